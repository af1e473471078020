/** The path of every API request: route, faults, token, endpoint, faults again. */
import type { IncomingMessage } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import { readBody } from '../shared/body.ts';
import type { Reply } from '../shared/reply.ts';
import { errorReply, Refusal, type Version } from './answers.ts';
import type { Fault } from './faults.ts';
import { findRoute } from './routes/table.ts';
import { addRequest, type RequestRecord, type World } from './world.ts';

/**
 * How the answer goes out: whole, half of its JSON, half of its bytes before the connection drops, or nothing but a
 * reset (on order, or because the client has gone away).
 */
export type Outcome =
  | { readonly delivery: 'whole' | 'garbled' | 'cut'; readonly reply: Reply }
  | { readonly delivery: 'reset' };

export async function answerApi(
  world: World,
  incoming: IncomingMessage,
): Promise<{ outcome: Outcome; record: RequestRecord }> {
  const url = incoming.url ?? '';
  const [path = '', search = ''] = url.split(/\?(.*)/s);
  const query = new URLSearchParams(search);
  const found = findRoute(path);
  const record = addRequest(world, {
    method: incoming.method ?? '',
    path: url,
    endpoint: found?.route.name ?? 'unknown',
  });
  const faults = world.faults.meet(record.endpoint);
  record.faults.push(...faults.map(({ kind }) => kind));
  if (!(await waited(world, record, faults))) return { outcome: { delivery: 'reset' }, record };
  const version: Version = path.startsWith('/api/') ? 'v1' : 'v2';
  const methods = found?.route.methods ?? ['GET'];
  const body = methods.includes('POST') ? (await readBody(incoming).catch(() => '')).toString() : '';
  const reply = answered(world, version, record, faults, () => {
    const mistake = refusalFor(world, tokenOf(incoming, query));
    if (mistake) throw mistake;
    if (!found) throw new Refusal(404, 'no such endpoint');
    if (!methods.includes(record.method)) throw new Refusal(405, 'method not allowed');
    return found.route.handle({
      world,
      id: found.id,
      query,
      version,
      body,
      faults,
      record,
    });
  });
  return { outcome: deliver(reply, faults), record };
}

/** Lets the time pass that this request takes; false when the simulator closes meanwhile. */
async function waited(world: World, { endpoint }: RequestRecord, faults: readonly Fault[]): Promise<boolean> {
  const page = endpoint === 'scan' ? world.settings.pageMs : 0;
  const ms = faults.reduce((sum, fault) => sum + (fault.kind === 'slow' ? fault.ms : 0), page);
  if (ms === 0) return true;
  return delay(ms, true, { signal: world.closing }).catch(() => false);
}

/** The handler's answer, or the error that it or an ordered status gives, in the shape of this version. */
function answered(
  world: World,
  version: Version,
  record: RequestRecord,
  faults: readonly Fault[],
  handle: () => Reply,
): Reply {
  const ordered = faults.find((fault) => fault.kind === 'status');
  try {
    if (ordered) throw new Refusal(ordered.status ?? 503, ordered.message ?? 'ordered by a fault');
    return handle();
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    record.detail = error.message;
    const reply = errorReply(version, world.settings, error, new Date(world.clock.time()));
    if (ordered?.retryAfter === undefined) return reply;
    return { ...reply, headers: { 'Retry-After': String(ordered.retryAfter) } };
  }
}

/** It comes as it is, without `Bearer`; older clients put it into the URL. */
const tokenOf = ({ headers }: IncomingMessage, query: URLSearchParams): string =>
  headers.authorization ?? query.get('key') ?? query.get('access_token') ?? '';

function refusalFor(world: World, given: string): Refusal | undefined {
  const token = world.tokens.get(given);
  if (!token) return new Refusal(401, 'Not authorized');
  return token.mayRead ? undefined : new Refusal(403, 'The token lacks the role for this');
}

function deliver(reply: Reply, faults: readonly Fault[]): Outcome {
  const has = (kind: Fault['kind']) => faults.some((fault) => fault.kind === kind);
  if (has('reset')) return { delivery: 'reset' };
  return { delivery: has('cut') ? 'cut' : has('garbled') ? 'garbled' : 'whole', reply };
}
