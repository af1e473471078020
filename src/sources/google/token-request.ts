/** Sends the signed request for an access token to Google. */
import { withDeadline } from '../../../packages/line-ads/src/retry.ts';
import { explainNetwork } from '../files/http/request.ts';
import { post, readText } from '../http.ts';
import type { ServiceAccountOptions, TokenAnswer } from './auth.ts';

export type PostToken = ServiceAccountOptions['post'];

/** A token has some kilobytes. */
const MOST_BYTES = 64_000;
const TIMEOUT_MS = 30_000;

/** @throws {LineupError} `source_failed` when Google cannot be reached */
export const postForm: PostToken = async (address, form, signal) => {
  const url = new URL(address);
  try {
    return await withDeadline(TIMEOUT_MS, signal, (inner) => exchange(url, form, inner));
  } catch (error) {
    signal?.throwIfAborted();
    throw explainNetwork('An access token of Google', url.host, error);
  }
};

async function exchange(url: URL, form: string, signal: AbortSignal): Promise<TokenAnswer> {
  const headers = { 'content-type': 'application/x-www-form-urlencoded' };
  const answer = await post(url, { headers, signal }, form);
  try {
    const text = await readText(answer, MOST_BYTES, TIMEOUT_MS, signal);
    return { status: answer.statusCode ?? 0, body: parse(text ?? '') };
  } finally {
    answer.destroy();
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
