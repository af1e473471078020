/** Authorizations (stored credentials) in the HTTP API. */
import { z } from 'zod';
import { localizedShape, translatable } from '../domain/text/localized.ts';
import { issueText } from '../domain/text/sentence.ts';
import { adAccountId, plainLine, plainLines } from '../domain/values/bounds.ts';
import { connection } from './consents.ts';
import { checkConfiguration, configurationOf, findMethod } from './providers/index.ts';

export const authorizationHealth = z.enum(['healthy', 'unhealthy', 'unknown']);
export type AuthorizationHealth = z.infer<typeof authorizationHealth>;

const label = plainLine(issueText`Enter a label.`).max(120);
const description = plainLines().max(1000);
/** The method's own schema limits each value. */
const configurationTexts = z.record(z.string().max(100), z.string().max(100_000));

/**
 * Whether to verify credentials before saving. `first`: save them only if they work. `anyway`: save them with the
 * result as their health. Without a value: do not verify.
 */
const verify = z.enum(['first', 'anyway']).optional();
/** For LINE Ads: the ad account to verify with. Without one, verification happens later. */
const verifyWith = { verify, adaccount_id: adAccountId.optional() };

/** A new authorization. Its method checks the configuration and reports each problem at its key. */
export const newAuthorization = z
  .strictObject({
    provider: z.string().max(100),
    method: z.string().max(100),
    label,
    description: description.default(''),
    configuration: configurationTexts,
    ...verifyWith,
  })
  .superRefine(
    (value: Partial<Record<'provider' | 'method' | 'configuration', unknown>>, context) => {
      if (typeof value !== 'object' || value === null) return;
      const method = findMethod(String(value.provider), String(value.method));
      if (!method) {
        context.addIssue({
          code: 'custom',
          path: ['method'],
          message: issueText`This provider does not have this method.`,
        });
        return;
      }
      for (const issue of checkConfiguration(method, value.configuration).error?.issues ?? []) {
        context.addIssue({
          code: 'custom',
          path: ['configuration', ...issue.path],
          message: issue.message,
        });
      }
    },
    // Also when another field is wrong, to report all problems at once.
    { when: () => true },
  )
  // Saved in the normalised form of its method: trimmed, with defaults.
  .transform((value) => ({
    ...value,
    configuration: configurationOf(value.provider, value.method, value.configuration),
  }));
export type NewAuthorization = z.infer<typeof newAuthorization>;

/**
 * A change of an authorization. A new configuration replaces the whole old one, because nobody can read the old one.
 * `configurationOf` checks it, because only the stored authorization has the method.
 */
export const authorizationChange = z.strictObject({
  label: label.optional(),
  description: description.optional(),
  configuration: configurationTexts.optional(),
  ...verifyWith,
});
export type AuthorizationChange = z.infer<typeof authorizationChange>;

/** An authorization without its configuration. */
export const authorization = z.object({
  id: z.string(),
  provider: z.string(),
  method: z.string(),
  label: z.string(),
  description: z.string(),
  health: authorizationHealth,
  health_reason: z.string().nullable(),
  health_reason_sentence: translatable('health_reason'),
  health_checked_at: z.string().nullable(),
  /** Its credentials were lost with their key, and a person must enter them again. Only when true. */
  enter_again: z.boolean().optional(),
  /** For LINE Ads: the ad account of the last successful verification. */
  adaccount_id: z.string().nullable(),
  /** The keys of its configuration that have a value. Only in the list. */
  configured: z.array(z.string()).readonly().optional(),
  /**
   * The keys that refer to a secret outside Lineup, with their references, for those who may change authorizations.
   * Only when there are any.
   */
  references: z.record(z.string(), z.string()).optional(),
  /** Only where a person consents in the browser. */
  connection: connection.optional(),
  /** Send it with a change, so that two people do not overwrite each other's changes. */
  revision: z.number().int(),
  created_by: z.string(),
  created_at: z.string(),
  updated_by: z.string(),
  updated_at: z.string(),
});
export type Authorization = z.infer<typeof authorization>;

/** The result of verifying credentials. */
export const verification = z.object({
  health: authorizationHealth,
  /**
   * All checks. `ok` is null when an earlier failure left the result unknown. A harmless check may fail while the
   * health is good, for example unnecessary rights.
   */
  checks: z.array(z.object({ name: z.string(), ok: z.boolean().nullable(), ...localizedShape })).readonly(),
});
export type Verification = z.infer<typeof verification>;
