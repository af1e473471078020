/** The XML of S3's answers. */

export interface SimulatedObject {
  readonly key: string;
  readonly bytes: Uint8Array;
  readonly etag: string;
  readonly generation: string;
  readonly modified: Date;
}

const escapeXml = (text: string): string => text.replace(/[&<>"']/g, (one) => `&#${one.charCodeAt(0)};`);

const HEAD = '<?xml version="1.0" encoding="UTF-8"?>';

export const errorXml = (code: string, details: Readonly<Record<string, string>> = {}): string =>
  `${HEAD}<Error><Code>${code}</Code>${Object.entries(details)
    .map(([name, value]) => `<${name}>${escapeXml(value)}</${name}>`)
    .join('')}</Error>`;

export const bucketsXml = (names: readonly string[]): string =>
  `${HEAD}<ListAllMyBucketsResult><Owner><ID>1</ID></Owner><Buckets>${names
    .map((name) => `<Bucket><Name>${name}</Name></Bucket>`)
    .join('')}</Buckets></ListAllMyBucketsResult>`;

/** The list of a bucket (version 2). @param objects sorted by key */
export function objectsXml(
  bucket: string,
  objects: readonly SimulatedObject[],
  query: URLSearchParams,
): string {
  const prefix = query.get('prefix') ?? '';
  const after = query.get('start-after') ?? '';
  const most = Number(query.get('max-keys') ?? 1_000);
  const encoded = query.get('encoding-type') === 'url';
  const wanted = objects.filter(({ key }) => key.startsWith(prefix) && key > after);
  const keyOf = (key: string) => (encoded ? encodeURIComponent(key).replaceAll('%20', '+') : escapeXml(key));
  const entries = wanted
    .slice(0, most)
    .map(
      ({ key, bytes, etag, generation, modified }) =>
        `<Contents><Key>${keyOf(key)}</Key><LastModified>${modified.toISOString()}</LastModified>` +
        `<ETag>&quot;${etag}&quot;</ETag><Generation>${generation}</Generation><Size>${bytes.length}</Size></Contents>`,
    );
  return (
    `${HEAD}<ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Name>${bucket}</Name>` +
    `${encoded ? '<EncodingType>url</EncodingType>' : ''}<IsTruncated>${wanted.length > most}</IsTruncated>` +
    `${entries.join('')}</ListBucketResult>`
  );
}
