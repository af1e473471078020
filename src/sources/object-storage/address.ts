/** How a person names objects: `s3://bucket/key`, a pattern of keys, or `newest:` and one of these. */
import { LineupError } from '../../domain/errors/errors.ts';
import { splitSheet } from '../../domain/files/file-names.ts';
import { sentence } from '../../domain/text/sentence.ts';

export type Scheme = 's3' | 'gs';

export interface ObjectAddress {
  /** The text without the sheet. */
  readonly text: string;
  readonly bucket: string;
  /** A key, a pattern of keys, or with `newest` a folder: empty, or with a slash at its end. */
  readonly key: string;
  /** Only the object that was changed last. */
  readonly newest: boolean;
  /** The sheet of a workbook. */
  readonly sheet: string | undefined;
}

/** The longest key, in bytes. */
const LONGEST_KEY = 1_024;

/** It becomes a part of the host's name. */
const isBucket = (text: string): boolean => /^[A-Za-z0-9][A-Za-z0-9._-]{1,221}$/.test(text);

/** A presigned URL, written with another scheme. Its signature is a secret, and an error would repeat it. */
const isSigned = (key: string): boolean =>
  /[?&](?:X-(?:Amz|Goog)-[A-Za-z-]+|AWSAccessKeyId|GoogleAccessId|Signature)=/i.test(key);

/** @throws {LineupError} `invalid_argument` */
export function readAddress(scheme: Scheme, text: string): ObjectAddress {
  const { file, sheet } = splitSheet(text);
  const [, newest, found, bucket = '', key = ''] = /^(newest:)?([a-z0-9]+):\/\/([^/]*)\/(.*)$/s.exec(file) ?? [];
  const isKey =
    (key !== '' || newest !== undefined) &&
    Buffer.byteLength(key) <= LONGEST_KEY &&
    !/\p{Cc}/u.test(key) &&
    !isSigned(key);
  const isClosed = newest !== undefined || !key.endsWith('/');
  if (found === scheme && isBucket(bucket) && isKey && isClosed) {
    return { text: file, bucket, key, newest: newest !== undefined, sheet };
  }
  const [single, several, last] = [
    `${scheme}://bucket/exports/members.csv`,
    `${scheme}://bucket/exports/*.csv`,
    `newest:${scheme}://bucket/exports/`,
  ];
  throw new LineupError(
    'invalid_argument',
    sentence`Enter an object like ${single}, a pattern of objects like ${several}, or ${last} for the newest object of a folder.`,
  );
}

/** The name of an object in messages. */
export const nameOfObject = (scheme: Scheme, bucket: string, key: string): string =>
  `${scheme}://${bucket}/${key.replaceAll(/\p{Cc}/gu, '?')}`;

/** Whether a URL can name the key: a URL cannot have `.` and `..` as names of folders. */
const isReadable = (key: string): boolean =>
  !/\p{Cc}/u.test(key) && !key.split('/').some((name) => name === '.' || name === '..');

/** @throws {LineupError} `source_unsupported` */
export function assertReadable(key: string, name: string): void {
  if (isReadable(key)) return;
  throw new LineupError(
    'source_unsupported',
    sentence`${name} cannot be read, because its key contains “.” or “..” as the name of a folder, or a control character. Rename the object.`,
  );
}

/**
 * Whether an object may be an audience: not the marker of a folder, and not hidden, as in Hadoop (`_SUCCESS`, `.tmp`).
 */
export const isShown = (key: string): boolean =>
  isReadable(key) && key.split('/').every((name) => name !== '' && !/^[._]/.test(name));
