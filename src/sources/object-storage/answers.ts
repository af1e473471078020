/** Reads the XML that storage sends: lists of objects, lists of buckets, and errors. */
import { visitWhole, XmlError } from '../files/workbook/xml.ts';

export interface ListedObject {
  readonly key: string;
  readonly size: number;
  /** Milliseconds since 1970. */
  readonly modified: number;
  /** The version. Undefined when the list does not have it. */
  readonly tag: string | undefined;
}

export interface ObjectList {
  readonly objects: readonly ListedObject[];
  /** More objects follow. */
  readonly more: boolean;
  /** Names the list that follows. Undefined when the server sends no token. */
  readonly token: string | undefined;
}

export interface StorageError {
  readonly code: string;
  /** The region that the request must go to. */
  readonly region: string | undefined;
  /** It concerns an encryption whose key Lineup does not have. */
  readonly encryption: boolean;
}

/** The most objects that one list holds. */
export const PAGE = 1_000;
/** A longer one would not fit into a URL. */
const LONGEST_TOKEN = 4_000;

/** @throws {XmlError} for anything but a list of objects */
export async function readObjects(text: string, version: string): Promise<ObjectList> {
  const objects: ListedObject[] = [];
  let entry: Record<string, string> = {};
  const list: Record<string, string> = {};
  await visitLeaves(text, 'ListBucketResult', {
    leaf: (path, value) => {
      if (path.length === 2) list[path[1]!] = value;
      else if (path[1] === 'Contents' && path.length === 3) entry[path[2]!] = value;
    },
    close: (path) => {
      if (path[1] !== 'Contents' || path.length !== 2) return;
      objects.push(objectOf(entry, version));
      entry = {};
      if (objects.length > PAGE) throw new XmlError('objects');
    },
  });
  const token = list.NextContinuationToken || undefined;
  if (token && token.length > LONGEST_TOKEN) throw new XmlError('token');
  const isEncoded = list.EncodingType === 'url';
  return {
    objects: isEncoded ? objects.map((object) => ({ ...object, key: decoded(object.key) })) : objects,
    more: list.IsTruncated === 'true',
    token,
  };
}

function objectOf(entry: Record<string, string>, version: string): ListedObject {
  const size = Number(entry.Size);
  const modified = Date.parse(entry.LastModified ?? '');
  if (!entry.Key || !/^\d{1,15}$/.test(entry.Size ?? '') || Number.isNaN(modified)) throw new XmlError('object');
  return { key: entry.Key, size, modified, tag: readTag(entry[version]) };
}

/** Keys may hold characters that XML cannot, so Lineup asks for encoded ones. */
function decoded(key: string): string {
  try {
    return decodeURIComponent(key.replaceAll('+', ' '));
  } catch {
    throw new XmlError('key');
  }
}

/** @throws {XmlError} for anything but a list of buckets */
export async function readBuckets(text: string): Promise<string[]> {
  const names: string[] = [];
  await visitLeaves(text, 'ListAllMyBucketsResult', {
    leaf: (path, value) => {
      if (path.slice(1).join() === 'Buckets,Bucket,Name') names.push(value);
    },
  });
  return names.sort();
}

/** Undefined for anything but an error in XML. */
export async function readError(text: string): Promise<StorageError | undefined> {
  const fields: Record<string, string> = {};
  try {
    await visitLeaves(text, 'Error', {
      leaf: (path, value) => {
        if (path.length === 2) fields[path[1]!] = value;
      },
    });
  } catch (error) {
    if (error instanceof XmlError) return undefined;
    throw error;
  }
  const { Code = '', Region = '', Message = '' } = fields;
  if (!/^[A-Za-z.]{1,60}$/.test(Code)) return undefined;
  return {
    code: Code,
    region: readRegion(Region),
    encryption: /server.side.encryption/i.test(Message),
  };
}

export const readRegion = (text: string | undefined): string | undefined =>
  /^[a-z0-9-]{1,40}$/.test(text ?? '') ? text : undefined;

/** A version, without quotes. A weak one (`W/"…"`) may stay the same when bytes change. */
export const readTag = (text: string | undefined): string | undefined =>
  /^"?([\x21\x23-\x7e]{1,200})"?$/.exec(text?.trim() ?? '')?.[1];

interface LeafVisitor {
  /** @param path the names of the elements, from the outermost */
  leaf(path: readonly string[], text: string): void;
  close?(path: readonly string[]): void;
}

/** @throws {XmlError} when the document is damaged, or has another outermost element */
async function visitLeaves(text: string, root: string, visitor: LeafVisitor): Promise<void> {
  const path: string[] = [];
  let content = '';
  let isLeaf = false;
  let seen = false;
  await visitWhole(once(text), {
    open: (name) => {
      if (path.length === 0 && name !== root) throw new XmlError('root');
      seen = true;
      path.push(name);
      content = '';
      isLeaf = true;
    },
    text: (part) => {
      content += part;
    },
    close: () => {
      if (isLeaf) visitor.leaf(path, content);
      isLeaf = false;
      visitor.close?.(path);
      path.pop();
    },
  });
  if (!seen) throw new XmlError('root');
}

async function* once(text: string): AsyncGenerator<Uint8Array, void> {
  yield new TextEncoder().encode(text);
}
