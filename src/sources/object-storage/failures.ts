/** The sentences for refusals of a storage. They hold none of its own text, except the name of a region and codes. */
import type { IncomingHttpHeaders } from 'node:http';
import { parseRetryAfter } from '../../../packages/client-core/src/timing.ts';
import { LineupError } from '../../domain/errors/errors.ts';
import { internalFact, type Sentence, sentence } from '../../domain/text/sentence.ts';
import { changed } from '../files/http/read.ts';
import { refusedBy, UnavailableError } from '../files/http/request.ts';
import { readRegion, type StorageError } from './answers.ts';
import type { Dialect } from './store.ts';

/** What was asked for. */
export interface Asked {
  readonly dialect: Dialect;
  /** For the name of the region that was wrong. */
  readonly region: string;
  readonly host: string;
  readonly purpose: 'read' | 'list' | 'buckets';
  readonly bucket: string | undefined;
  /** The object, or the bucket, for messages. */
  readonly name: string;
  /** Only one version of the object was asked for. */
  readonly pinned: boolean;
}

export interface Answered {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  /** Undefined for an answer that is not an error in XML. */
  readonly error: StorageError | undefined;
  /** The time of this machine. */
  readonly now: number;
}

const FAULTS_OF_CREDENTIALS: Readonly<Record<string, (label: string) => Sentence>> = {
  ExpiredToken: expired,
  TokenRefreshRequired: expired,
  InvalidToken: (label) =>
    sentence`${label} does not accept the session token. Copy the three values of the temporary credentials again.`,
  InvalidAccessKeyId: unknownKey,
  InvalidSecurity: unknownKey,
  SignatureDoesNotMatch: (label) =>
    sentence`${label} does not accept the secret access key: it does not belong to this access key ID. Copy both again.`,
  RequestTimeTooSkewed: (label) =>
    sentence`${label} refuses requests with a wrong time. Set the clock of this machine automatically (NTP, chrony).`,
};

function expired(label: string): Sentence {
  return sentence`${label} answers that the session token has expired. Enter new temporary credentials, or the access key of a user.`;
}

function unknownKey(label: string): Sentence {
  return sentence`${label} does not know this access key. It is wrong, or was deleted. Ask the administrator of the storage for another one.`;
}

/** For an answer without an object or a list. */
export function refusal(asked: Asked, { status, headers, error, now }: Answered): LineupError {
  const { name, dialect, bucket = '', purpose } = asked;
  const reason = error?.code ?? String(status);
  const failure = (code: LineupError['code'], text: Sentence) => new LineupError(code, text, { reason });
  if (status === 412 || (asked.pinned && status === 404 && error?.code !== 'NoSuchBucket')) return changed(name);
  const credentials = Object.hasOwn(FAULTS_OF_CREDENTIALS, reason) && FAULTS_OF_CREDENTIALS[reason];
  if (credentials) return failure('source_unauthorized', credentials(dialect.label));
  const region = error?.region ?? readRegion(headers['x-amz-bucket-region']?.toString());
  if (isElsewhere(status, reason)) return failure('source_unreadable', otherRegion(asked, region));
  if (reason === 'NoSuchBucket' || (purpose !== 'read' && status === 404)) {
    const place = internalFact(asked.host, sentence`the endpoint of the authorization`);
    return failure('source_not_found', sentence`There is no bucket ${bucket} at ${place}. Check the name.`);
  }
  if (reason === 'InvalidObjectState') {
    return failure(
      'source_unreadable',
      sentence`${name} is archived. Restore it in the storage, or move it to another storage class.`,
    );
  }
  if (error?.encryption && status === 400) {
    return failure(
      'source_unsupported',
      sentence`${name} is encrypted with a key that the storage does not keep (SSE-C). Lineup cannot read it. Store it with another encryption.`,
    );
  }
  if (status === 401) {
    return failure(
      'source_unauthorized',
      sentence`${dialect.label} does not accept the credentials. They are wrong, or were revoked. Enter new ones.`,
    );
  }
  // Google needs a project to list its buckets, and not every key has one.
  if (purpose === 'buckets' && (status === 403 || status === 400)) return new BucketsDeniedError(reason);
  if (status === 403) return failure('source_unauthorized', denied(asked));
  const retryAfterMs = parseRetryAfter(headers['retry-after'] ?? null, headers.date ?? null, now);
  if (reason === 'RequestTimeout' || reason === 'SlowDown') {
    return new UnavailableError(
      sentence`${name} could not be fetched: the server answered HTTP ${String(status)}.`,
      reason,
      retryAfterMs,
    );
  }
  return refusedBy(name, status, retryAfterMs);
}

const isElsewhere = (status: number, code: string): boolean =>
  status === 301 ||
  status === 307 ||
  ['AuthorizationHeaderMalformed', 'IllegalLocationConstraintException', 'PermanentRedirect'].includes(code);

function otherRegion({ bucket = '', region, dialect }: Asked, right: string | undefined): Sentence {
  if (right === undefined || right === region) {
    return sentence`The bucket ${bucket} is not in the region ${region}. Enter the region of the bucket in the authorization (AWS_REGION on the command line).`;
  }
  return bucket === ''
    ? sentence`${dialect.label} expects the region ${right}, not ${region}. Enter it in the authorization (AWS_REGION on the command line).`
    : sentence`The bucket ${bucket} is in the region ${right}, not in ${region}. Enter it in the authorization (AWS_REGION on the command line).`;
}

/** The credentials are accepted, but do not allow to list the buckets. */
export class BucketsDeniedError extends LineupError {
  constructor(reason: string) {
    super(
      'source_unauthorized',
      sentence`These credentials may not list the buckets. Enter a bucket in the authorization, or the path of an object in the export.`,
      { reason },
    );
  }
}

const denied = ({ purpose, name, dialect: { rights }, bucket = '' }: Asked): Sentence =>
  purpose === 'read'
    ? sentence`${name} cannot be read: the storage denies access, or the object does not exist. Check the name, and ask the owner of the bucket for the right ${rights.read}.`
    : sentence`The objects of the bucket ${bucket} cannot be listed: the storage denies access. Ask the owner of the bucket for the right ${rights.list}.`;
