/** The other side of the toy: lists of members behind HTTP, in memory. It shares no code with the provider. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export const clientSecret = 'toy-client-secret-4711';
export const tokenLifeMs = 3_600_000;
const jobMs = 1_000;
const pageSize = 50;
const placesPerSecond = 4;
const pauseMs = 5_000;

export type Endpoint = 'token' | 'lists' | 'create' | 'rename' | 'remove' | 'upload' | 'jobs';

/** What goes wrong with the next request of an endpoint, or with the job that it makes. */
export interface ToyFault {
  readonly on: Endpoint;
  readonly kind:
    | 'refuse'
    | 'lose_before'
    | 'lose_after'
    | 'kill'
    | 'too_many'
    | 'silence'
    | 'revoke'
    | 'job_failed'
    | 'job_late'
    | 'job_word';
}

interface List {
  readonly id: string;
  name: string;
  readonly created: number;
  days: number;
  readonly members: Set<string>;
  /** Nothing can be sent to it. */
  isStopped?: boolean;
}

interface Job {
  readonly id: string;
  readonly list: string;
  readonly field: string;
  readonly at: number;
  readonly lines: readonly string[];
  readonly error: string | null;
  readonly shownAt: number;
  readonly word: string | null;
}

export interface ToySimulator {
  readonly url: string;
  readonly lists: Map<string, List>;
  readonly jobs: Job[];
  /** Requests that a correct client does not make. */
  readonly violations: string[];
  readonly tokens: string[];
  /** Each request, as "POST /lists". */
  readonly requests: string[];
  fault(fault: ToyFault): void;
  /** No job ends before the returned function is called. */
  holdJobs(): () => void;
  /** Forgets the tokens that it has given. */
  revokeTokens(): void;
  /** From now on it refuses the credentials. */
  revokeClient(): void;
  addList(name: string, members?: readonly string[], days?: number): string;
  advance(ms: number): void;
  close(): Promise<void>;
}

interface Reply {
  readonly status: number;
  readonly body: unknown;
}

const ok = (body: unknown): Reply => ({ status: 200, body });
const refused = (status: number, error: string): Reply => ({ status, body: { error } });

export async function startToySimulator(now: () => number = Date.now): Promise<ToySimulator> {
  let aheadMs = 0;
  let ids = 0;
  let isClientRevoked = false;
  let isHeld = false;
  let pausedUntil = 0;
  const valid = new Map<string, number>();
  const faults: ToyFault[] = [];
  const arrivals: number[] = [];
  const time = () => now() + aheadMs;
  const id = () => {
    ids += 1;
    return String(ids);
  };
  const lists = new Map<string, List>();
  const jobs: Job[] = [];
  const violations: string[] = [];
  const tokens: string[] = [];
  const requests: string[] = [];

  const faultOf = (on: Endpoint): ToyFault['kind'] | undefined => {
    const at = faults.findIndex((fault) => fault.on === on);
    const kind = faults[at]?.kind;
    if (kind !== undefined && kind !== 'kill') faults.splice(at, 1);
    return kind;
  };

  const stateOf = ({ at, error, word }: Job) => {
    const age = time() - at;
    if (age < jobMs / 2) return 'waiting';
    if (age < jobMs || isHeld) return word ?? 'running';
    return error ? 'broken' : 'done';
  };

  const completeJobs = () => {
    for (const job of jobs) {
      if (stateOf(job) !== 'done') continue;
      for (const line of job.lines) lists.get(job.list)?.members.add(line);
    }
  };

  const shown = ({ id, name, created, days, members, isStopped = false }: List) => ({
    id,
    name,
    created,
    days,
    members: members.size,
    stopped: isStopped,
  });

  const mint = (body: string): Reply => {
    const { secret } = JSON.parse(body) as { secret: string };
    if (isClientRevoked || secret !== clientSecret) return refused(401, 'client_refused');
    const token = `toy-token-${id()}-${Math.random().toString(36).slice(2)}`;
    tokens.push(token);
    valid.set(token, time() + tokenLifeMs);
    return ok({ token, expires_at: valid.get(token) });
  };

  const tooMany = (): boolean => {
    const at = time();
    if (at < pausedUntil) violations.push('a request during the pause');
    while (arrivals[0] !== undefined && arrivals[0] <= at - 1_000) arrivals.shift();
    arrivals.push(at);
    if (arrivals.length <= placesPerSecond) return at < pausedUntil;
    violations.push('too many requests in a second');
    return true;
  };

  const upload = (list: List | undefined, query: URLSearchParams, body: string, kind: string | undefined): Reply => {
    if (!list) return refused(404, 'no_such_list');
    const field = query.get('field') ?? '';
    const [heading, ...lines] = body.split('\n').filter((line) => line !== '');
    if (heading !== `sha256_${field}`) return refused(400, 'no_heading');
    if (lines.length < 3) return refused(400, 'too_few');
    const job: Job = {
      id: id(),
      list: list.id,
      field,
      at: time(),
      lines,
      error: kind === 'job_failed' ? 'try_again' : null,
      shownAt: time() + (kind === 'job_late' ? 60_000 : 0),
      word: kind === 'job_word' ? 'polishing' : null,
    };
    jobs.push(job);
    return ok({ job: job.id });
  };

  const create = (body: string): Reply => {
    const { name, days } = JSON.parse(body) as { name: string; days: number };
    if (name.length > 40) return refused(400, 'name_too_long');
    if ([...lists.values()].some((list) => list.name === name)) return refused(409, 'name_exists');
    const list = { id: id(), name, created: time(), days, members: new Set<string>() };
    lists.set(list.id, list);
    return ok(shown(list));
  };

  const listed = (query: URLSearchParams): Reply => {
    const wanted = query.get('ids')?.split(',');
    const found = [...lists.values()].filter(
      ({ id, name }) =>
        (!wanted || wanted.includes(id)) &&
        (query.get('name') ?? name) === name &&
        name.includes(query.get('search') ?? ''),
    );
    const size = Number(query.get('size') ?? pageSize);
    const from = (Number(query.get('page') ?? 1) - 1) * size;
    return ok({
      lists: found
        .reverse()
        .slice(from, from + size)
        .map(shown),
      more: found.length > from + size,
    });
  };

  const carryOut = (endpoint: Endpoint, url: URL, body: string, kind: string | undefined): Reply => {
    const list = lists.get(url.pathname.split('/')[2] ?? '');
    if (endpoint === 'lists') return listed(url.searchParams);
    if (endpoint === 'create') return create(body);
    if (endpoint === 'upload') return upload(list, url.searchParams, body, kind);
    if (!list) return refused(404, 'no_such_list');
    if (endpoint === 'rename') Object.assign(list, JSON.parse(body));
    if (endpoint === 'remove') lists.delete(list.id);
    if (endpoint !== 'jobs') return ok(shown(list));
    const listedJobs = jobs.filter((job) => job.list === list.id && job.shownAt <= time());
    return ok({
      jobs: listedJobs.map((job) => ({
        id: job.id,
        field: job.field,
        at: job.at,
        state: stateOf(job),
        error: stateOf(job) === 'broken' ? job.error : null,
      })),
    });
  };

  const handle = async (request: IncomingMessage, response: ServerResponse) => {
    const url = new URL(request.url ?? '', 'http://toy');
    const endpoint = endpointOf(request.method ?? '', url.pathname);
    requests.push(`${request.method} ${url.pathname}`);
    const kind = faultOf(endpoint);
    if (kind === 'kill') return void request.socket.destroy();
    let body = '';
    for await (const block of request) body += String(block);
    if (kind === 'silence') return;
    if (kind === 'lose_before') return void request.socket.destroy();
    const reply = ({ status, body }: Reply) => {
      if (kind === 'lose_after') return void request.socket.destroy();
      response.writeHead(status, { 'content-type': 'application/json' });
      response.end(JSON.stringify(body));
    };
    if (endpoint === 'token') return reply(mint(body));
    if (tooMany() || kind === 'too_many') {
      pausedUntil = time() + pauseMs;
      return reply(refused(429, 'slow_down'));
    }
    const token = (request.headers.authorization ?? '').replace('Bearer ', '');
    if (kind === 'revoke') valid.delete(token);
    if ((valid.get(token) ?? 0) <= time()) return reply(refused(401, 'token_expired'));
    if (kind === 'refuse') return reply(refused(400, 'bad_value'));
    completeJobs();
    reply(carryOut(endpoint, url, body, kind));
  };

  const server = createServer((request, response) => {
    // A request that was broken off was not taken.
    handle(request, response).catch(() => response.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    lists,
    jobs,
    violations,
    tokens,
    requests,
    fault: (fault) => void faults.push(fault),
    holdJobs: () => {
      isHeld = true;
      return () => {
        isHeld = false;
      };
    },
    revokeTokens: () => valid.clear(),
    revokeClient: () => {
      isClientRevoked = true;
      valid.clear();
    },
    addList: (name, members = [], days = 30) => {
      const list = { id: id(), name, created: time(), days, members: new Set(members) };
      lists.set(list.id, list);
      return list.id;
    },
    advance: (ms) => {
      aheadMs += ms;
      completeJobs();
    },
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function endpointOf(method: string, path: string): Endpoint {
  if (path === '/token') return 'token';
  if (path.endsWith('/uploads')) return 'upload';
  if (path.endsWith('/jobs')) return 'jobs';
  const name = ({ GET: 'lists', POST: 'create', PATCH: 'rename', DELETE: 'remove' } as const)[method];
  return name ?? 'lists';
}
