/**
 * A read-only stand-in for S3, and for the XML API of Google Cloud Storage: lists and objects, versions, ranges, signatures
 * and tokens. Written from their documentation. Buckets are in the path, or in the first label of a host like
 * `members.s3.example`.
 */
import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { bucketsXml, errorXml, objectsXml, type SimulatedObject } from './answers.ts';
import { type StorageKey, signatureFault } from './signature.ts';

export type { StorageKey };

export interface StorageRequest {
  /** Undefined for the list of buckets. */
  readonly bucket: string | undefined;
  /** Undefined for a list. */
  readonly key: string | undefined;
  readonly incoming: IncomingMessage;
  /** The port of the client: one for each connection. */
  readonly port: number | undefined;
  /** How many requests there have been, with this one. */
  readonly count: number;
}

export type StorageFault =
  | {
      readonly status: number;
      readonly code?: string;
      readonly details?: Readonly<Record<string, string>>;
      readonly headers?: Readonly<Record<string, string>>;
    }
  /** Sends so many bytes of the body, and breaks the connection. */
  | { readonly breakAfter: number }
  /** Sends this instead. */
  | { readonly body: string }
  /** Never answers. */
  | 'silence';

export interface StorageSimulatorOptions {
  readonly keys?: readonly StorageKey[];
  /** Bearer tokens that are accepted. */
  readonly tokens?: readonly string[];
  /** The region that signatures must name. @default any */
  readonly region?: string;
  readonly now: () => Date;
  /** Asked for each request. Undefined: the normal answer. */
  readonly fault?: (request: StorageRequest) => StorageFault | undefined;
}

export interface StorageSimulator {
  /** For example `http://127.0.0.1:41234`. */
  readonly origin: string;
  readonly port: number;
  readonly requests: readonly StorageRequest[];
  /** Stores an object, and creates its bucket. */
  put(bucket: string, key: string, content: string | Uint8Array, modified?: Date): void;
  close(): Promise<void>;
}

export async function startStorageSimulator(options: StorageSimulatorOptions): Promise<StorageSimulator> {
  const buckets = new Map<string, Map<string, SimulatedObject>>();
  const requests: StorageRequest[] = [];
  let generation = 1_700_000_000_000_000;
  const server = createServer((incoming, response) => {
    const request = {
      ...placeOf(incoming),
      incoming,
      port: incoming.socket.remotePort,
      count: requests.length + 1,
    };
    requests.push(request);
    answer(request, response, buckets, options);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    origin: `http://127.0.0.1:${port}`,
    port,
    requests,
    put: (bucket, key, content, modified = options.now()) => {
      generation += 1;
      const bytes = Buffer.from(content);
      const etag = createHash('md5').update(bytes).digest('hex');
      const objects = buckets.get(bucket) ?? new Map<string, SimulatedObject>();
      objects.set(key, { key, bytes, etag, generation: String(generation), modified });
      buckets.set(bucket, objects);
    },
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function placeOf({ url = '', headers }: IncomingMessage): Pick<StorageRequest, 'bucket' | 'key'> {
  const [path = ''] = url.split('?');
  const segments = path.split('/').slice(1).map(decodeURIComponent);
  const virtual = /^([a-z0-9-]+)\.s3\./.exec(headers.host ?? '')?.[1];
  if (virtual !== undefined) segments.unshift(virtual);
  const [bucket = '', ...rest] = segments;
  const key = rest.join('/');
  return { bucket: bucket === '' ? undefined : bucket, key: key === '' ? undefined : key };
}

function answer(
  request: StorageRequest,
  response: ServerResponse,
  buckets: ReadonlyMap<string, ReadonlyMap<string, SimulatedObject>>,
  { keys = [], tokens = [], region, now, fault }: StorageSimulatorOptions,
): void {
  const { incoming, bucket, key } = request;
  const refuse = (status: number, code: string, details?: Readonly<Record<string, string>>) =>
    response.writeHead(status, { 'content-type': 'application/xml' }).end(errorXml(code, details));
  const wrong = fault?.(request);
  if (wrong === 'silence') return;
  if (wrong && 'body' in wrong) return void response.end(wrong.body);
  if (wrong && 'status' in wrong) {
    const body = wrong.code === undefined ? '' : errorXml(wrong.code, wrong.details);
    return void response.writeHead(wrong.status, wrong.headers).end(body);
  }
  const bearer = /^Bearer (.*)$/.exec(incoming.headers.authorization ?? '')?.[1];
  if (bearer !== undefined) {
    if (!tokens.includes(bearer)) return void refuse(401, 'AuthenticationRequired');
  } else {
    const code = signatureFault(incoming, keys, region, now());
    const malformed = code === 'AuthorizationHeaderMalformed';
    if (code !== undefined)
      return void refuse(malformed ? 400 : 403, code, malformed ? { Region: region! } : {});
  }
  if (bucket === undefined) return void response.end(bucketsXml([...buckets.keys()].sort()));
  const objects = buckets.get(bucket);
  if (!objects) return void refuse(404, 'NoSuchBucket');
  const query = new URLSearchParams(incoming.url?.split('?')[1]);
  if (key === undefined) {
    const sorted = [...objects.values()].sort((one, other) => (one.key < other.key ? -1 : 1));
    return void response.end(objectsXml(bucket, sorted, query));
  }
  const object = objects.get(key);
  const asked = query.get('generation');
  if (!object || (asked !== null && asked !== object.generation)) return void refuse(404, 'NoSuchKey');
  const condition = incoming.headers['if-match'];
  if (condition !== undefined && condition !== `"${object.etag}"`) {
    return void refuse(412, 'PreconditionFailed', { Condition: 'If-Match' });
  }
  sendObject(object, incoming.headers.range, response, wrong?.breakAfter);
}

function sendObject(
  { bytes, etag, generation, modified }: SimulatedObject,
  range: string | undefined,
  response: ServerResponse,
  breakAfter: number | undefined,
): void {
  const [, from, to] = /^bytes=(\d+)-(\d*)$/.exec(range ?? '') ?? [];
  const start = from === undefined ? 0 : Number(from);
  const end = to ? Math.min(Number(to) + 1, bytes.length) : bytes.length;
  const part = bytes.subarray(start, end);
  response.writeHead(from === undefined ? 200 : 206, {
    etag: `"${etag}"`,
    'x-goog-generation': generation,
    'last-modified': modified.toUTCString(),
    'content-length': part.length,
    ...(from !== undefined && { 'content-range': `bytes ${start}-${end - 1}/${bytes.length}` }),
  });
  if (breakAfter === undefined || breakAfter >= part.length) response.end(part);
  // The sent data arrives before the connection ends.
  else response.write(part.subarray(0, breakAfter), () => response.socket?.destroySoon());
}
