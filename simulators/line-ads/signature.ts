/**
 * Verifies the signature of a request (JWS, HS256). It always uses the bytes that arrived,
 * never a parsed and rebuilt form.
 */
import { createHmac, hash, timingSafeEqual } from 'node:crypto';
import { RefusalError } from './refusal.ts';

export interface SignedRequest {
  /** The `Authorization` and `Date` headers, as they came. */
  authorization: string | undefined;
  date: string | undefined;
  /** The `Content-Type` header without parameters; empty when there is no body. */
  contentType: string;
  /** The body. null when there is none, or when it is multipart, which is not signed. */
  body: Uint8Array | null;
  /** The path with `/api`, without the query. */
  canonicalUri: string;
}

const tolerance = 15 * 60_000;
const segment = /^[\w-]+={0,2}$/;
const imfDate =
  /^(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun), \d\d (?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) \d{4} \d\d:\d\d:\d\d GMT$/;

const unauthorized = (detail: string, property?: string) =>
  new RefusalError(401, 'AUTHORIZATION_FAILED', { property, detail });

/** LINE documents the padding, but not whether it is required. Some programs leave it out. */
export type TokenPadding = 'optional' | 'required';

export interface Verifier {
  /** The secret key of an access key. Undefined when the key is unknown. */
  secretOf: (accessKey: string) => string | undefined;
  /** The server's clock in milliseconds. */
  now: number;
  tokenPadding: TokenPadding;
}

/**
 * Checks the whole signature of a request.
 * @returns the access key that signed
 * @throws {RefusalError} 401; its detail says what is wrong
 */
export function verifySignature(request: SignedRequest, { secretOf, now, tokenPadding }: Verifier): string {
  const token = /^Bearer (.+)$/.exec(request.authorization ?? '')?.[1];
  if (!token) throw unauthorized('the Authorization header must be "Bearer <token>"', 'Authorization');
  const day = checkDate(request.date, now);

  const [header = '', payload = '', signature = '', ...more] = token.split('.');
  const isPart = (part: string) => isBase64Url(part, tokenPadding);
  if (more.length > 0 || ![header, payload, signature].every(isPart)) {
    const padding = tokenPadding === 'required' ? ' with padding' : '';
    throw unauthorized(`the token must be three parts in URL-safe base64${padding}, joined by dots`);
  }
  const accessKey = readHeader(Buffer.from(header, 'base64url').toString('utf8'));
  const secret = secretOf(accessKey);
  if (secret === undefined) throw unauthorized('the access key (kid) is not known');

  const expected = createHmac('sha256', secret).update(`${header}.${payload}`).digest();
  const got = Buffer.from(signature, 'base64url');
  if (got.length !== expected.length || !timingSafeEqual(got, expected))
    throw unauthorized('the signature does not fit the secret key');

  const lines = Buffer.from(payload, 'base64url').toString('utf8').split('\n');
  if (lines.length !== 4) throw unauthorized(`the payload must have 4 lines, it has ${lines.length}`);
  const digest = hash('sha256', request.body ?? '');
  compare('digest of the body', lines[0], digest);
  compare('content type', lines[1], request.contentType);
  compare('date', lines[2], day);
  compare('canonical URI', lines[3], request.canonicalUri);
  return accessKey;
}

/** If there is padding, it must be complete: half a padding is always a mistake. */
function isBase64Url(part: string, padding: TokenPadding): boolean {
  if (!segment.test(part)) return false;
  if (padding === 'required' || part.endsWith('=')) return part.length % 4 === 0;
  return part.length % 4 !== 1;
}

function compare(name: string, got: string | undefined, expected: string): void {
  if (got !== expected) throw unauthorized(`the ${name} in the payload is "${got}", the request has "${expected}"`);
}

/** Checks the Date header and returns its day as `YYYYMMDD`. */
function checkDate(header: string | undefined, now: number): string {
  const time = header !== undefined && imfDate.test(header) ? Date.parse(header) : Number.NaN;
  if (Number.isNaN(time)) throw unauthorized('the Date header must be there, in the form of RFC 1123', 'Date');
  const apart = time - now;
  if (Math.abs(apart) > tolerance) {
    throw unauthorized(
      `the Date header is ${Math.round(Math.abs(apart) / 60_000)} minutes ${apart < 0 ? 'behind' : 'ahead of'} the server's clock`,
      'Date',
    );
  }
  return new Date(time).toISOString().slice(0, 10).replaceAll('-', '');
}

/** Reads the JOSE header, which must have exactly its three fields, and returns the access key. */
function readHeader(json: string): string {
  let header: unknown;
  try {
    header = JSON.parse(json);
  } catch {
    throw unauthorized('the JOSE header is not JSON');
  }
  const fields = new Map(typeof header === 'object' && header !== null ? Object.entries(header) : []);
  const kid: unknown = fields.get('kid');
  const exact = fields.size === 3 && fields.get('alg') === 'HS256' && fields.get('typ') === 'text/plain';
  if (!exact || typeof kid !== 'string' || json !== json.trim()) {
    throw unauthorized('the JOSE header must hold exactly alg "HS256", kid and typ "text/plain"');
  }
  return kid;
}
