/** The answers of S3: lists and errors, as XML. */
import type { Reply } from '../shared/reply.ts';
import type { StoredObject } from './objects.ts';

/** An error that S3 gives. */
export class RefusalError extends Error {
  readonly status: number;
  readonly code: string;
  /** Further elements of the error. */
  readonly more: Readonly<Record<string, string>>;

  constructor(status: number, code: string, message: string, more: Readonly<Record<string, string>> = {}) {
    super(message);
    this.status = status;
    this.code = code;
    this.more = more;
  }
}

const NAMESPACE = 'http://s3.amazonaws.com/doc/2006-03-01/';

export const refused = ({ status, code, message, more }: RefusalError): Reply =>
  xml(status, element('Error', element('Code', code) + element('Message', message) + elements(more)));

export const bucketList = (names: readonly string[]): Reply =>
  xml(
    200,
    `<ListAllMyBucketsResult xmlns="${NAMESPACE}"><Buckets>${names
      .map((name) => element('Bucket', element('Name', name)))
      .join('')}</Buckets></ListAllMyBucketsResult>`,
  );

export interface ObjectPage {
  readonly bucket: string;
  readonly prefix: string;
  readonly objects: readonly StoredObject[];
  /** For the next page. Undefined on the last one. */
  readonly next: string | undefined;
  /** Whether keys are URL-encoded, as the client asked. */
  readonly encoded: boolean;
}

export function objectList({ bucket, prefix, objects, next, encoded }: ObjectPage): Reply {
  const key = (text: string) => (encoded ? encodeURIComponent(text).replaceAll('%2F', '/') : text);
  const contents = objects.map(({ key: name, etag, generation, modified, body }) =>
    element(
      'Contents',
      elements({
        Key: key(name),
        LastModified: new Date(modified).toISOString(),
        ETag: etag,
        Generation: generation,
        Size: String(body.length),
        StorageClass: 'STANDARD',
      }),
    ),
  );
  const about = elements({
    Name: bucket,
    Prefix: key(prefix),
    KeyCount: String(objects.length),
    IsTruncated: String(next !== undefined),
    ...(encoded && { EncodingType: 'url' }),
    ...(next !== undefined && { NextContinuationToken: next }),
  });
  return xml(200, `<ListBucketResult xmlns="${NAMESPACE}">${about}${contents.join('')}</ListBucketResult>`);
}

const xml = (status: number, root: string): Reply => ({
  status,
  text: `<?xml version="1.0" encoding="UTF-8"?>\n${root}`,
  headers: { 'content-type': 'application/xml' },
});

const elements = (values: Readonly<Record<string, string>>): string =>
  Object.entries(values)
    .map(([name, value]) => element(name, escaped(value)))
    .join('');

const element = (name: string, content: string): string => `<${name}>${content}</${name}>`;

const escaped = (text: string): string => text.replaceAll(/[&<>"]/g, (character) => `&#${character.charCodeAt(0)};`);
