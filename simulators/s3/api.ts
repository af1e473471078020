/** How an API request is processed: faults, signature, endpoint, answer. Buckets are in the path or in the host. */
import { setTimeout as delay } from 'node:timers/promises';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { drain, forgetContentType, reset, send } from '../shared/http.ts';
import type { Reply } from '../shared/reply.ts';
import { bucketList, objectList, Refusal, refused } from './answers.ts';
import type { Fault } from './faults.ts';
import { checkSignature } from './signature.ts';
import { addRequest, type RequestRecord, type World } from './world.ts';

interface Target {
  readonly endpoint: 'buckets' | 'list' | 'object';
  readonly bucket: string;
  readonly key: string;
}

/** @param onRequest called at the end of every API request, with or without an answer */
export function serveApi(
  app: FastifyInstance,
  world: World,
  onRequest: (record: RequestRecord) => void,
): void {
  app.register(async (scope) => {
    scope.route({
      method: scope.supportedMethods,
      url: '/*',
      onRequest: async (request) => forgetContentType(request),
      handler: (request, reply) => answer(request, reply),
    });
  });

  async function answer(request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
    await drain(request);
    const target = targetOf(request);
    const { method, originalUrl: path, headers } = request;
    const range = headers.range;
    const record = addRequest(world, { method, path, endpoint: target.endpoint, ...(range && { range }) });
    const faults = world.faults.meet(target.endpoint);
    record.faults.push(...faults.map(({ kind }) => kind));
    const has = (kind: Fault['kind']) => faults.find((fault) => fault.kind === kind);
    for (const fault of faults) {
      if (fault.kind !== 'slow') continue;
      await delay(fault.ms, undefined, { signal: world.closing }).catch(() => {});
    }
    if (has('reset')) {
      onRequest(record);
      return reset(request, reply);
    }
    if (has('changed')) change(world, target);
    const whole = replyTo(request, target, faults, record);
    record.status = whole.status;
    onRequest(record);
    if (has('cut')) return cut(reply, whole);
    return send(reply, method === 'HEAD' ? { ...whole, text: '' } : whole);
  }

  function replyTo(
    { method, raw, headers }: FastifyRequest,
    target: Target,
    faults: readonly Fault[],
    record: RequestRecord,
  ): Reply {
    try {
      const ordered = faults.find((fault) => fault.kind === 'status');
      if (ordered) {
        const { status = 503, code = 'SlowDown', region } = ordered;
        throw new Refusal(status, code, 'ordered by a fault', region ? { Region: region } : {});
      }
      checkSignature(
        { method, url: raw.url ?? '', headers },
        world.keys,
        world.region,
        world.clock.server(0),
      );
      if (method !== 'GET' && method !== 'HEAD') throw new Refusal(405, 'MethodNotAllowed', 'Not allowed.');
      return handle(target, new URL(raw.url ?? '', 'http://s3').searchParams, headers);
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      record.detail = `${error.code}: ${error.message}`;
      return refused(error);
    }
  }

  function handle({ endpoint, bucket, key }: Target, query: URLSearchParams, headers: Headers): Reply {
    const { buckets, settings } = world;
    if (endpoint === 'buckets') return bucketList(buckets.names());
    if (!buckets.has(bucket)) throw new Refusal(404, 'NoSuchBucket', 'The bucket does not exist.');
    if (endpoint === 'object') return objectOf(world, bucket, key, headers);
    const prefix = query.get('prefix') ?? '';
    const token = query.get('continuation-token');
    const after = token === null ? (query.get('start-after') ?? '') : fromToken(token);
    const most = Math.min(Number(query.get('max-keys') ?? 1_000), settings.pageSize);
    const found = buckets.list(bucket, prefix, after);
    const objects = found.slice(0, most);
    const last = objects.at(-1);
    const next = last && found.length > most ? toToken(last.key) : undefined;
    return objectList({ bucket, prefix, objects, next, encoded: query.get('encoding-type') === 'url' });
  }
}

type Headers = FastifyRequest['headers'];

const toToken = (key: string): string => Buffer.from(key).toString('base64url');
const fromToken = (token: string): string => Buffer.from(token, 'base64url').toString();

function targetOf({ raw, hostname }: FastifyRequest): Target {
  const path = new URL(raw.url ?? '/', 'http://s3').pathname.slice(1);
  const [, inHost] = /^([a-z0-9.-]+)\.(?:localhost|127\.0\.0\.1)$/.exec(hostname) ?? [];
  const slash = path.indexOf('/');
  const [bucket, key] =
    inHost !== undefined
      ? [inHost, path]
      : slash === -1
        ? [path, '']
        : [path.slice(0, slash), path.slice(slash + 1)];
  const endpoint = bucket === '' ? 'buckets' : key === '' ? 'list' : 'object';
  return { endpoint, bucket: decodeURIComponent(bucket), key: decodeURIComponent(key) };
}

function objectOf({ buckets }: World, bucket: string, key: string, headers: Headers): Reply {
  const object = buckets.get(bucket, key);
  if (!object) throw new Refusal(404, 'NoSuchKey', 'The key does not exist.');
  const { body, etag, modified } = object;
  if (headers['if-match'] !== undefined && headers['if-match'] !== etag) {
    throw new Refusal(412, 'PreconditionFailed', 'A precondition did not hold.');
  }
  const about = {
    'content-type': 'binary/octet-stream',
    'accept-ranges': 'bytes',
    'last-modified': new Date(modified).toUTCString(),
    etag,
  };
  const [, from = '', to = ''] = /^bytes=(\d+)-(\d*)$/.exec(headers.range ?? '') ?? [];
  const isCurrent = headers['if-range'] === undefined || headers['if-range'] === etag;
  if (from === '' || !isCurrent) {
    return { status: 200, text: [body], headers: { ...about, 'content-length': String(body.length) } };
  }
  const start = Number(from);
  const end = Math.min(to === '' ? body.length : Number(to) + 1, body.length);
  if (start >= end) throw new Refusal(416, 'InvalidRange', 'The range is not satisfiable.');
  return {
    status: 206,
    text: [body.subarray(start, end)],
    headers: {
      ...about,
      'content-length': String(end - start),
      'content-range': `bytes ${start}-${end - 1}/${body.length}`,
    },
  };
}

function change({ buckets, clock }: World, { bucket, key }: Target): void {
  const object = buckets.get(bucket, key);
  if (object) buckets.put(bucket, key, Buffer.concat([object.body, Buffer.from('\n')]), clock.time() + 1);
}

/** Drops the connection in the middle of the answer. */
function cut(reply: FastifyReply, { status, text = '', headers }: Reply): FastifyReply {
  const { raw } = reply.hijack();
  const parts = typeof text === 'string' ? [Buffer.from(text)] : [...text].map((part) => Buffer.from(part));
  const body = Buffer.concat(parts);
  raw.writeHead(status, { ...headers, 'content-length': body.length });
  raw.write(body.subarray(0, body.length / 2), () => raw.socket?.resetAndDestroy());
  return reply;
}
