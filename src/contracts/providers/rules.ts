/** Rules for the values of configurations that several providers share. */
import { z } from 'zod';
import { isPlainLine } from '../../domain/text/plain-text.ts';
import { issueText } from '../../domain/text/sentence.ts';
import { MAX_URL, notPlain } from '../../domain/values/bounds.ts';

/** A key is printable ASCII without spaces. Without this check, a badly copied key would only fail at its first use. */
export const key = z
  .string()
  .trim()
  .min(1, issueText`Enter the key.`)
  .max(4_000)
  .regex(/^[\x21-\x7e]*$/, issueText`This contains a space or an invalid character. Copy the key again.`);

/** Only scheme, host and port. Paths are appended to it, so anything else would be lost. */
export const origin = z
  .url({ protocol: /^https?$/, error: issueText`Enter a URL like https://api.lytics.io.` })
  .max(MAX_URL)
  .refine(isPlainLine, notPlain)
  .refine((text) => {
    const url = URL.parse(text);
    return url !== null && `${url.pathname}${url.search}${url.hash}${url.username}` === '/';
  }, issueText`Enter only the origin, like https://api.lytics.io, without a path, a query or a user.`);

/** Room for a bundle of several certificates. The code that connects checks them. */
export const certificates = z.string().trim().max(100_000);

/** Only the key of a service account of Google. Other files name programs to run, or addresses to fetch. */
export const serviceAccountKey = z
  .string()
  .trim()
  .max(20_000)
  .refine(isServiceAccountKey, issueText`Paste the whole JSON key file of the service account.`);

function isServiceAccountKey(text: string): boolean {
  try {
    const { type, client_email, private_key } = JSON.parse(text) as Record<string, unknown>;
    return type === 'service_account' && typeof client_email === 'string' && typeof private_key === 'string';
  } catch {
    return false;
  }
}
