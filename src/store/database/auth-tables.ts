/**
 * The names of the sign-in tables for better-auth, which uses camel case while our tables use snake case. Spread each
 * entry into the option of the same name (`admin` into the `schema` of its plugin). A test compares them with the
 * tables that the migrations make. The file is here, and not with its only importer, because it changes together with
 * the migrations.
 */
const timestamps = { createdAt: 'created_at', updatedAt: 'updated_at' } as const;

export const authTables = {
  user: {
    modelName: 'users',
    fields: { emailVerified: 'email_verified', ...timestamps },
    additionalFields: {
      disabledAt: { type: 'date', required: false, input: false, fieldName: 'disabled_at' },
      disabledBy: { type: 'string', required: false, input: false, fieldName: 'disabled_by' },
      disabledBecause: { type: 'string', required: false, input: false, fieldName: 'disabled_because' },
    },
  },
  session: {
    modelName: 'sessions',
    fields: {
      userId: 'user_id',
      expiresAt: 'expires_at',
      ipAddress: 'ip_address',
      userAgent: 'user_agent',
      ...timestamps,
    },
    additionalFields: {
      providerSessionId: { type: 'string', required: false, input: false, fieldName: 'provider_session_id' },
    },
  },
  account: {
    modelName: 'accounts',
    fields: {
      userId: 'user_id',
      accountId: 'account_id',
      providerId: 'provider_id',
      accessToken: 'access_token',
      refreshToken: 'refresh_token',
      idToken: 'id_token',
      accessTokenExpiresAt: 'access_token_expires_at',
      refreshTokenExpiresAt: 'refresh_token_expires_at',
      ...timestamps,
    },
  },
  verification: {
    modelName: 'verifications',
    fields: { expiresAt: 'expires_at', ...timestamps },
  },
  rateLimit: {
    modelName: 'sign_in_rates',
    fields: { lastRequest: 'last_request' },
  },
  admin: {
    user: { fields: { banReason: 'ban_reason', banExpires: 'ban_expires' } },
    session: { fields: { impersonatedBy: 'impersonated_by' } },
  },
} as const;
