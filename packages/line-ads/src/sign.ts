import { createHash, createHmac } from 'node:crypto';

/**
 * What a request is signed by.
 *
 * @example
 * import type { SignInput } from '@lineup/line-ads';
 *
 * const input: SignInput = {
 *   canonicalUri: '/api/v3/adaccounts/A1/custom-audiences',
 *   date: new Date(),
 *   accessKey: 'my-access-key',
 *   secretKey: 'my-secret-key',
 * };
 */
export interface SignInput {
  /** The path of the URL as it is sent, with the base URL's own path and without the query: `/api/v3/…`. */
  canonicalUri: string;
  /** The `Content-Type` header; parameters such as a boundary are cut off. Empty or absent without a body. */
  contentType?: string | undefined;
  /** The exact body. Not read when it is multipart: LINE signs those with the digest of the empty string. */
  body?: string | Uint8Array | undefined;
  /** The moment that the `Date` header names. */
  date: Date;
  accessKey: string;
  secretKey: string;
}

/**
 * The bearer token of one request: a JWS (HS256) over the body's digest, the content type, the day and the path.
 * Pure. JOSE libraries do not make this form, for LINE keeps the padding of the URL-safe base64.
 * Source of the rules: LINE Ads API, "Data General Partner", authentication.
 *
 * @example
 * import { sign } from '@lineup/line-ads';
 *
 * const date = new Date();
 * const canonicalUri = '/api/v3/adaccounts/A1/custom-audiences';
 * const token = sign({ canonicalUri, date, accessKey: 'my-access-key', secretKey: 'my-secret-key' });
 * await fetch(`https://ads.line.me${canonicalUri}`, {
 *   headers: { authorization: `Bearer ${token}`, date: date.toUTCString() },
 * });
 */
export function sign(input: SignInput): string {
  const contentType = (input.contentType ?? '').split(';', 1)[0]!.trim();
  const signedBody = contentType === 'multipart/form-data' ? '' : (input.body ?? '');
  const digest = createHash('sha256').update(signedBody).digest('hex');
  const day = input.date.toISOString().slice(0, 10).replaceAll('-', '');

  const header = JSON.stringify({ alg: 'HS256', kid: input.accessKey, typ: 'text/plain' });
  const payload = [digest, contentType, day, input.canonicalUri].join('\n');
  const signingInput = `${base64Url(Buffer.from(header))}.${base64Url(Buffer.from(payload))}`;
  const signature = createHmac('sha256', input.secretKey).update(signingInput).digest();
  return `${signingInput}.${base64Url(signature)}`;
}

/** URL-safe base64 with padding; Node's own `base64url` leaves the padding out. */
function base64Url(bytes: Buffer): string {
  return bytes.toString('base64').replaceAll('+', '-').replaceAll('/', '_');
}
