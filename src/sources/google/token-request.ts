/** Sends the signed request for an access token to Google. */
import type { NetworkAccess } from '../../contracts/network.ts';
import { explainNetwork } from '../files/http/request.ts';
import { jsonOf, post, readText, withDeadline } from '../http.ts';
import type { ServiceAccountOptions, TokenAnswer } from './auth.ts';

export type PostToken = ServiceAccountOptions['post'];

/** Where a service account gets its access token. */
export const TOKEN_URL = 'https://oauth2.googleapis.com/token';

/** A token has some kilobytes. */
const MAX_BYTES = 64_000;
const TIMEOUT_MS = 30_000;

/**
 * @param network the guard for a server that an authorization names. Google’s own needs none
 * @throws {LineupError} in its calls: `source_failed` when the server cannot be reached, and the guard’s refusal
 */
export const tokenPost =
  (network?: NetworkAccess): PostToken =>
  async (address, form, signal) => {
    const url = new URL(address);
    try {
      network?.assertAllowed(url.hostname);
      return await withDeadline(TIMEOUT_MS, signal, (inner) => exchange(url, form, network, inner));
    } catch (error) {
      signal?.throwIfAborted();
      throw explainNetwork('An access token of Google', url.host, error);
    }
  };

async function exchange(
  url: URL,
  form: string,
  network: NetworkAccess | undefined,
  signal: AbortSignal,
): Promise<TokenAnswer> {
  const headers = { 'content-type': 'application/x-www-form-urlencoded' };
  // A connection that is kept open could belong to another server.
  const guard = network && { agent: false as const, lookup: network.lookup };
  const answer = await post(url, { headers, ...guard, signal }, form);
  try {
    const text = await readText(answer, MAX_BYTES, TIMEOUT_MS, signal);
    return { status: answer.statusCode ?? 0, body: jsonOf(text ?? '') };
  } finally {
    answer.destroy();
  }
}
