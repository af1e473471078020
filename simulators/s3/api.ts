/** How an API request is processed: faults, signature, endpoint, answer. Buckets are in the path or in the host. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { arrive, waited } from '../shared/arrival.ts';
import { drain, forgetContentType, reset, send } from '../shared/http.ts';
import type { Reply } from '../shared/reply.ts';
import { bucketList, objectList, RefusalError, refused } from './answers.ts';
import type { Fault } from './faults.ts';
import { checkSignature } from './signature.ts';
import type { Interception, RequestRecord, World } from './world.ts';

interface Target {
  readonly endpoint: 'buckets' | 'list' | 'object';
  readonly bucket: string;
  readonly key: string;
}

/** @param onRequest called at the end of every API request, with or without an answer */
export function serveApi(app: FastifyInstance, world: World, onRequest: (record: RequestRecord) => void): void {
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
    const { record, faults } = arrive(world, {
      method,
      path,
      endpoint: target.endpoint,
      ...(range && { range }),
    });
    const has = (kind: Fault['kind']) => faults.find((fault) => fault.kind === kind);
    await waited(world, faults);
    if (has('reset')) {
      onRequest(record);
      return reset(request, reply);
    }
    if (has('changed')) change(world, target);
    const { bucket, key } = target;
    const instead = world.intercept({
      bucket: bucket || undefined,
      key: key || undefined,
      incoming: request.raw,
      port: request.socket.remotePort,
    });
    if (instead === 'silence') return reply.hijack();
    const whole = interceptedBy(instead) ?? replyTo(request, target, faults, record);
    record.status = whole.status;
    onRequest(record);
    if (instead && 'breakAfter' in instead) return cut(reply, whole, instead.breakAfter);
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
        throw new RefusalError(status, code, 'ordered by a fault', region ? { Region: region } : {});
      }
      if (!isBearer(world, headers)) {
        const { keys, region, clock } = world;
        checkSignature({ method, url: raw.url ?? '', headers }, keys, region, clock.server(0));
      }
      if (method !== 'GET' && method !== 'HEAD') throw new RefusalError(405, 'MethodNotAllowed', 'Not allowed.');
      return handle(target, new URL(raw.url ?? '', 'http://s3').searchParams, headers);
    } catch (error) {
      if (!(error instanceof RefusalError)) throw error;
      record.detail = `${error.code}: ${error.message}`;
      return refused(error);
    }
  }

  function handle({ endpoint, bucket, key }: Target, query: URLSearchParams, headers: Headers): Reply {
    const { buckets, settings } = world;
    if (endpoint === 'buckets') return bucketList(buckets.names());
    if (!buckets.has(bucket)) throw new RefusalError(404, 'NoSuchBucket', 'The bucket does not exist.');
    if (endpoint === 'object') return objectOf(world, bucket, key, headers, query.get('generation'));
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

/** @throws {RefusalError} for a token that is not accepted */
function isBearer({ tokens }: World, { authorization }: Headers): boolean {
  const [, token] = /^Bearer (.*)$/.exec(authorization ?? '') ?? [];
  if (token === undefined) return false;
  if (tokens.includes(token)) return true;
  throw new RefusalError(401, 'AuthenticationRequired', 'Authentication required.');
}

function interceptedBy(instead: Exclude<Interception, 'silence'> | undefined): Reply | undefined {
  if (!instead || 'breakAfter' in instead) return undefined;
  if ('body' in instead) return { status: 200, text: instead.body };
  const { status, code, details, headers } = instead;
  const reply = code === undefined ? { status, text: '' } : refused(new RefusalError(status, code, '', details));
  return { ...reply, headers: { ...('headers' in reply && reply.headers), ...headers } };
}

function targetOf({ raw, hostname }: FastifyRequest): Target {
  const path = (raw.url ?? '/').split('?', 1)[0]!.slice(1);
  const [, inHost] = /^([a-z0-9-]+)\.(?:s3\..+|localhost|127\.0\.0\.1)$/.exec(hostname) ?? [];
  const slash = path.indexOf('/');
  const [bucket, key] =
    inHost !== undefined ? [inHost, path] : slash === -1 ? [path, ''] : [path.slice(0, slash), path.slice(slash + 1)];
  const endpoint = bucket === '' ? 'buckets' : key === '' ? 'list' : 'object';
  return { endpoint, bucket: decodeURIComponent(bucket), key: decodeURIComponent(key) };
}

function objectOf({ buckets }: World, bucket: string, key: string, headers: Headers, asked: string | null): Reply {
  const object = buckets.get(bucket, key);
  if (!object || (asked !== null && asked !== object.generation))
    throw new RefusalError(404, 'NoSuchKey', 'The key does not exist.');
  const { body, etag, generation, modified } = object;
  if (headers['if-match'] !== undefined && headers['if-match'] !== etag) {
    throw new RefusalError(412, 'PreconditionFailed', 'A precondition did not hold.');
  }
  const about = {
    'content-type': 'binary/octet-stream',
    'accept-ranges': 'bytes',
    'last-modified': new Date(modified).toUTCString(),
    etag,
    'x-goog-generation': generation,
  };
  const [, from = '', to = ''] = /^bytes=(\d+)-(\d*)$/.exec(headers.range ?? '') ?? [];
  const isCurrent = headers['if-range'] === undefined || headers['if-range'] === etag;
  if (from === '' || !isCurrent) {
    return { status: 200, text: [body], headers: { ...about, 'content-length': String(body.length) } };
  }
  const start = Number(from);
  const end = Math.min(to === '' ? body.length : Number(to) + 1, body.length);
  if (start >= end) throw new RefusalError(416, 'InvalidRange', 'The range is not satisfiable.');
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

/** Drops the connection in the middle of the answer, or after some bytes of it. */
function cut(reply: FastifyReply, answer: Reply, bytes?: number): FastifyReply {
  const { status, text = '', headers } = answer;
  const parts = typeof text === 'string' ? [Buffer.from(text)] : [...text].map((part) => Buffer.from(part));
  const body = Buffer.concat(parts);
  if (bytes !== undefined && bytes >= body.length) return send(reply, answer);
  const { raw } = reply.hijack();
  raw.writeHead(status, { ...headers, 'content-length': body.length });
  // The sent data arrives before the connection ends.
  raw.write(body.subarray(0, bytes ?? body.length / 2), () => raw.socket?.destroySoon());
  return reply;
}
