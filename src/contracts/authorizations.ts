/** Authorizations: stored credentials, as the HTTP API takes and gives them. */
import { z } from 'zod';
import { adAccountId, plainLine, plainLines } from './bounds.ts';
import { localizedShape, sentenceSchema } from './localized.ts';
import { findMethod } from './providers.ts';
import { issueText } from './sentence.ts';

export const authorizationHealth = z.enum(['healthy', 'unhealthy', 'unknown']);
export type AuthorizationHealth = z.infer<typeof authorizationHealth>;

const label = plainLine(issueText`Enter a label.`).max(120);
const description = plainLines().max(1000);
/** Its method has the bounds of each value. */
const configurationTexts = z.record(z.string().max(100), z.string().max(100_000));

/**
 * Whether the credentials are tried before they are saved. `first`: only those that work are saved. `anyway`: they are saved
 * whatever was found, which is told as their health. Left out: they are not tried.
 */
const verify = z.enum(['first', 'anyway']).optional();
/** For LINE Ads: the ad account to try them with; without one they are tried later. */
const verifyWith = { verify, adaccount_id: adAccountId.optional() };

/** A new authorization; the configuration is checked against its method, each problem at its key. */
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
          message: issueText`There is no such provider and method.`,
        });
        return;
      }
      for (const issue of method.configuration.safeParse(value.configuration).error?.issues ?? []) {
        context.addIssue({
          code: 'custom',
          path: ['configuration', ...issue.path],
          message: issue.message,
        });
      }
    },
    // Also when another field is wrong: every problem is told at once.
    { when: () => true },
  )
  // Kept as its method understands it: trimmed, defaults filled in.
  .transform((value) => ({
    ...value,
    configuration: configurationOf(value.provider, value.method, value.configuration),
  }));
export type NewAuthorization = z.infer<typeof newAuthorization>;

/**
 * A configuration as its method understands it.
 * @throws {z.ZodError} each problem at its key
 */
export function configurationOf(
  provider: string,
  method: string,
  configuration: Record<string, string>,
): Record<string, string> {
  return findMethod(provider, method)?.configuration.parse(configuration) ?? configuration;
}

/**
 * What may be edited. A new configuration replaces the whole old one, which nobody can read back;
 * `configurationOf` checks it, for only the stored authorization knows its method.
 */
export const authorizationChange = z.strictObject({
  label: label.optional(),
  description: description.optional(),
  configuration: configurationTexts.optional(),
  ...verifyWith,
});
export type AuthorizationChange = z.infer<typeof authorizationChange>;

/** An authorization as the API gives it: everything but its configuration. */
export const authorization = z.object({
  id: z.string(),
  provider: z.string(),
  method: z.string(),
  label: z.string(),
  description: z.string(),
  health: authorizationHealth,
  health_reason: z.string().nullable(),
  health_reason_sentence: sentenceSchema.nullish(),
  health_checked_at: z.string().nullable(),
  /** For LINE Ads: the ad account that LINE last accepted the key with. */
  adaccount_id: z.string().nullable(),
  /** Send it back with a change, so that two people do not overwrite each other. */
  revision: z.number().int(),
  created_by: z.string(),
  created_at: z.string(),
  updated_by: z.string(),
  updated_at: z.string(),
});
export type Authorization = z.infer<typeof authorization>;

/** What was found when credentials were tried. */
export const verification = z.object({
  health: authorizationHealth,
  /**
   * Each thing that was looked at; `ok` is null when an earlier failure left it unknown. One that is in nobody's way may be bad
   * while the health is good: rights that are not needed.
   */
  checks: z.array(z.object({ name: z.string(), ok: z.boolean().nullable(), ...localizedShape })).readonly(),
});
export type Verification = z.infer<typeof verification>;
