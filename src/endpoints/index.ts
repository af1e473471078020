/** The type of all endpoints of the HTTP API, for a client that calls any of them. */
import type { apiTokenEndpoints } from './api-tokens.ts';
import type { auditLogEndpoints } from './audit-log.ts';
import type { authorizationEndpoints } from './authorizations.ts';
import type { customAudienceEndpoints } from './custom-audiences.ts';
import type { jobEndpoints } from './jobs.ts';
import type { meEndpoints } from './me.ts';
import type { notificationChannelEndpoints } from './notification-channels.ts';
import type { providerEndpoints } from './providers.ts';
import type { runEndpoints } from './runs.ts';
import type { settingEndpoints } from './settings.ts';
import type { signInEndpoints, singleSignOnEndpoints } from './sign-in.ts';
import type { sourceEndpoints } from './sources.ts';
import type { uploadEndpoints } from './uploads.ts';
import type { userEndpoints } from './users.ts';

export type Endpoints = typeof jobEndpoints &
  typeof runEndpoints &
  typeof authorizationEndpoints &
  typeof customAudienceEndpoints &
  typeof sourceEndpoints &
  typeof uploadEndpoints &
  typeof settingEndpoints &
  typeof notificationChannelEndpoints &
  typeof userEndpoints &
  typeof apiTokenEndpoints &
  typeof auditLogEndpoints &
  typeof meEndpoints &
  typeof providerEndpoints &
  typeof signInEndpoints &
  typeof singleSignOnEndpoints;
