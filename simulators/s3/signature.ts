/** Signature Version 4 of a request, in its `Authorization` header, as a server checks it. */
import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import { RefusalError } from './answers.ts';

export interface Keys {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  /** Of temporary credentials. Undefined: they have none. */
  readonly sessionToken: string | undefined;
}

export interface SignedRequest {
  readonly method: string;
  /** The path and the query as they were sent. */
  readonly url: string;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
}

/** How far the clock of a client may be off. */
const SKEW_MS = 15 * 60_000;

/** Undefined for a header that S3 does not understand. */
function partsOf(header: string) {
  const [credential = '', signedHeaders = '', signed = '', ...more] = header.split(/, ?/);
  const [, id, day, scope] =
    /^AWS4-HMAC-SHA256 Credential=([^/]+)\/(\d{8})\/([a-z0-9-]+)\/s3\/aws4_request$/.exec(credential) ?? [];
  const [, names] = /^SignedHeaders=([a-z0-9;-]+)$/.exec(signedHeaders) ?? [];
  const [, signature] = /^Signature=([0-9a-f]{64})$/.exec(signed) ?? [];
  return id && day && scope && names && signature && more.length === 0
    ? { id, day, scope, names, signature }
    : undefined;
}

/** @param region `*` for any. @throws {RefusalError} with the code that S3 gives */
export function checkSignature(request: SignedRequest, keys: Keys, region: string, now: number): void {
  const header = (name: string): string => String(request.headers[name] ?? '');
  if (!header('authorization')) throw new RefusalError(403, 'AccessDenied', 'Access Denied');
  const parts = partsOf(header('authorization'));
  if (!parts) throw new RefusalError(400, 'AuthorizationHeaderMalformed', 'The header is malformed.');
  const { id, day, scope, names, signature } = parts;
  if (id !== keys.accessKeyId) {
    throw new RefusalError(403, 'InvalidAccessKeyId', 'The access key does not exist in our records.');
  }
  if (region !== '*' && scope !== region) {
    const message = `The region '${scope}' is wrong; expecting '${region}'`;
    throw new RefusalError(400, 'AuthorizationHeaderMalformed', message, { Region: region });
  }
  const date = header('x-amz-date');
  const at = Date.parse(date.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/, '$1-$2-$3T$4:$5:$6Z'));
  if (!(Math.abs(at - now) <= SKEW_MS)) {
    throw new RefusalError(403, 'RequestTimeTooSkewed', 'The request time and the current time differ too much.');
  }
  const token = header('x-amz-security-token');
  if (token !== (keys.sessionToken ?? '')) throw new RefusalError(400, 'InvalidToken', 'The token is malformed.');

  const signed = names.split(';');
  const canonical = canonicalRequest(request, signed);
  const credential = `${day}/${scope}/s3/aws4_request`;
  const text = ['AWS4-HMAC-SHA256', date, credential, sha256(canonical)].join('\n');
  const key = [day, scope, 's3', 'aws4_request'].reduce<Buffer>(
    (secret, part) => hmac(secret, part),
    Buffer.from(`AWS4${keys.secretAccessKey}`),
  );
  const isRight = timingSafeEqual(hmac(key, text), Buffer.from(signature, 'hex'));
  if (!isRight || !signed.includes('host') || !signed.includes('x-amz-date')) {
    throw new RefusalError(403, 'SignatureDoesNotMatch', 'The signature does not match the one we calculated.');
  }
}

function canonicalRequest({ method, url, headers }: SignedRequest, signed: readonly string[]): string {
  const [path = '', query = ''] = url.split('?', 2);
  const pairs = query === '' ? [] : query.split('&').map((pair) => (pair.includes('=') ? pair : `${pair}=`));
  return [
    method,
    path,
    pairs.sort().join('&'),
    ...signed.map((name) => `${name}:${String(headers[name] ?? '').trim()}`),
    '',
    signed.join(';'),
    String(headers['x-amz-content-sha256'] ?? ''),
  ].join('\n');
}

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');
const hmac = (key: Buffer, text: string): Buffer => createHmac('sha256', key).update(text).digest();
