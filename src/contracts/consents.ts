/** The consent of a person in the browser, which an authorization needs whose destination asks for one. */
import { z } from 'zod';
import { localizedShape } from '../domain/text/localized.ts';
import { issueText } from '../domain/text/sentence.ts';

/** Below the public address: where the destination sends the browser back to. It is registered there. */
export const CONSENT_PATH = '/api/connect/callback';

/** `redirect`: the destination sends the browser back with a code · `code`: it shows one, and the person enters it. */
export const consentWay = z.enum(['redirect', 'code']);

export const newConsent = z.strictObject({
  /** Of the authorization, as the person sees it. */
  revision: z.number().int().positive().max(2_000_000_000),
  by: consentWay,
  replace_identity: z
    .boolean()
    .default(false)
    .describe('Whether another person than before may consent at the destination. Without it, that is refused.'),
});
export type NewConsent = z.infer<typeof newConsent>;

export const consentAttempt = z.object({
  url: z.string().describe('The person opens it in the browser, and consents there.'),
  by: consentWay,
  expires_at: z.string(),
});
export type ConsentAttempt = z.infer<typeof consentAttempt>;

export const consentCode = z.strictObject({
  code: z
    .string()
    .trim()
    .min(1, issueText`Enter the code.`)
    .max(2_000)
    // The page of the destination shows nothing else.
    .regex(/^[\x21-\x7e]+$/, issueText`Enter the code as the page shows it.`),
});

/** Whether and by whom an authorization is connected. */
export const connection = z.object({
  connected: z.boolean().describe('Whether somebody has consented for these credentials.'),
  by: z.string().nullable().describe('The person here who has connected it.'),
  at: z.string().nullable(),
  identity: z.string().nullable().describe('Who has consented at the destination, as a Business ID.'),
  refreshed_at: z.string().nullable().describe('When the destination gave the last access token.'),
  account: z
    .object({ id: z.string(), name: z.string().nullable() })
    .nullable()
    .describe('The base account. Null until one is chosen.'),
  redirect_uri: z
    .string()
    .nullable()
    .describe('To register at the destination. Null where the installation has no public address.'),
});
export type Connection = z.infer<typeof connection>;

export const baseAccount = z.object({
  id: z.string(),
  name: z.string().nullable(),
  is_manager: z.boolean().describe('Whether it manages other accounts.'),
  problem: z.object(localizedShape).nullable().describe('Why nothing can be sent through it.'),
});
export type BaseAccountView = z.infer<typeof baseAccount>;

export const baseAccountChoice = z.strictObject({
  revision: newConsent.shape.revision,
  account_id: z.string().trim().min(1, issueText`Choose an account.`).max(100),
});
