/** The signature of a request, and the clock that it depends on. */
import { createHash, createHmac } from 'node:crypto';

/**
 * What the signature of a request covers.
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
  /** The path of the URL as it is sent, with the path of the base URL, without the query: `/api/v3/…`. */
  canonicalUri: string;
  /** The `Content-Type` header. Parameters such as a boundary are not signed. Empty or absent without a body. */
  contentType?: string | undefined;
  /** The exact body. Ignored when it is multipart: LINE signs those with the digest of the empty string. */
  body?: string | Uint8Array | undefined;
  /** The time in the `Date` header. */
  date: Date;
  accessKey: string;
  secretKey: string;
}

/**
 * The bearer token of one request: a JWS (HS256) over the body's digest, the content type, the day and the path.
 * Pure. JOSE libraries cannot make it, because LINE keeps the padding of the URL-safe base64.
 * Source: LINE Ads API, "Data General Partner", authentication.
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
  const digest = signedBody.length === 0 ? digestOfNothing : digestOf(signedBody);
  const day = input.date.toISOString().slice(0, 10).replaceAll('-', '');

  const header = JSON.stringify({ alg: 'HS256', kid: input.accessKey, typ: 'text/plain' });
  const payload = [digest, contentType, day, input.canonicalUri].join('\n');
  const signingInput = `${base64Url(Buffer.from(header))}.${base64Url(Buffer.from(payload))}`;
  const signature = createHmac('sha256', input.secretKey).update(signingInput).digest();
  return `${signingInput}.${base64Url(signature)}`;
}

const digestOf = (bytes: string | Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

/** Most requests have no body, or one that is not signed. */
const digestOfNothing = digestOf('');

/** URL-safe base64 with padding. Node's own `base64url` leaves the padding out. */
function base64Url(bytes: Buffer): string {
  return bytes.toString('base64').replaceAll('+', '-').replaceAll('/', '_');
}

/** LINE refuses a `Date` that is more than 15 minutes off. From 3 minutes on we warn, before LINE refuses. */
const WARN_FROM_MS = 3 * 60_000;

/** This machine's clock minus the server's, in ms. Undefined when the `Date` header is absent or unreadable. */
export function clockSkew(serverDate: string | null, now: number): number | undefined {
  const serverNow = Date.parse(serverDate ?? '');
  return Number.isNaN(serverNow) ? undefined : now - serverNow;
}

/** "Your clock is 20 minutes behind LINE's …", or undefined when the clocks agree well enough. */
export function describeSkew(skewMs: number | undefined): string | undefined {
  if (skewMs === undefined || Math.abs(skewMs) <= WARN_FROM_MS) return undefined;
  const minutes = Math.round(Math.abs(skewMs) / 60_000);
  const hours = Math.round(minutes / 60);
  const distance =
    minutes < 120 ? `${minutes} minutes` : hours < 72 ? `${hours} hours` : `${Math.round(hours / 24)} days`;
  return `Your clock is ${distance} ${skewMs < 0 ? 'behind' : 'ahead of'} LINE's; LINE accepts 15 minutes.`;
}
