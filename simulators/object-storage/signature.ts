/** Verifies AWS Signature Version 4 of a GET, as the documentation of S3 describes it. */
import { createHash, createHmac } from 'node:crypto';
import type { IncomingMessage } from 'node:http';

export interface StorageKey {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
}

/** The clocks of both sides may differ by so much. */
const MOST_SKEW_MS = 15 * 60_000;

const hmac = (key: string | Buffer, text: string): Buffer => createHmac('sha256', key).update(text).digest();

const encode = (text: string): string =>
  encodeURIComponent(text).replace(/[!'()*]/g, (one) => `%${one.charCodeAt(0).toString(16).toUpperCase()}`);

const AUTHORIZATION =
  /^AWS4-HMAC-SHA256 Credential=([^/]+)\/(\d{8})\/([^/]+)\/s3\/aws4_request, SignedHeaders=([^,]+), Signature=([0-9a-f]{64})$/;

/** Undefined for a valid signature, else the code of S3's error. @param region undefined: any */
export function signatureFault(
  request: IncomingMessage,
  keys: readonly StorageKey[],
  region: string | undefined,
  now: Date,
): string | undefined {
  const found = AUTHORIZATION.exec(request.headers.authorization ?? '');
  if (!found) return 'AccessDenied';
  const [, id, date = '', signedRegion = '', names = '', signature] = found;
  const key = keys.find(({ accessKeyId }) => accessKeyId === id);
  if (!key) return 'InvalidAccessKeyId';
  if (region !== undefined && signedRegion !== region) return 'AuthorizationHeaderMalformed';
  if (key.sessionToken !== undefined && request.headers['x-amz-security-token'] !== key.sessionToken) {
    return 'InvalidToken';
  }
  const time = String(request.headers['x-amz-date']);
  if (Math.abs(timeOf(time) - now.getTime()) > MOST_SKEW_MS) return 'RequestTimeTooSkewed';
  const scope = `${date}/${signedRegion}/s3/aws4_request`;
  const digest = createHash('sha256')
    .update(canonical(request, names.split(';')))
    .digest('hex');
  const dated = hmac(`AWS4${key.secretAccessKey}`, date);
  const signing = hmac(hmac(hmac(dated, signedRegion), 's3'), 'aws4_request');
  const right = hmac(signing, `AWS4-HMAC-SHA256\n${time}\n${scope}\n${digest}`).toString('hex');
  return right === signature ? undefined : 'SignatureDoesNotMatch';
}

function canonical(request: IncomingMessage, names: readonly string[]): string {
  const [path = '', search = ''] = (request.url ?? '').split('?');
  const pairs = [...new URLSearchParams(search)].map(([name, value]) => `${encode(name)}=${encode(value)}`);
  return [
    'GET',
    path
      .split('/')
      .map((part) => encode(decodeURIComponent(part)))
      .join('/'),
    pairs.sort().join('&'),
    ...names.map((name) => `${name}:${String(request.headers[name]).trim()}`),
    '',
    names.join(';'),
    String(request.headers['x-amz-content-sha256']),
  ].join('\n');
}

/** `20260105T120000Z`. */
const timeOf = (text: string): number =>
  Date.parse(text.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/, '$1-$2-$3T$4:$5:$6Z'));
