/** A script of calls that the client makes, for a simulator behind HTTP and for one in this process. */
import { onTestFinished } from 'vitest';
import { LineAdsClient, LineAdsError } from '../../packages/line-ads/src/index.ts';
import { inspect } from '../../simulators/line-ads/admin.ts';
import { connectionTo } from '../../simulators/line-ads/connection.ts';
import type { Fault } from '../../simulators/line-ads/index.ts';
import { createWorld, type World, type WorldOptions } from '../../simulators/line-ads/world.ts';
import { lines } from './client.ts';
import { startSim } from './sim.ts';

const time = Date.UTC(2026, 0, 5, 3);
const options: WorldOptions = { now: () => time, jobMs: 300, matchMs: 1000, rateLimit: 100_000 };

/** A simulator, and the client that talks to it. */
export interface Side {
  client: LineAdsClient;
  world: {
    addFault(fault: Fault): unknown;
    advance(ms: number): void;
    inspect(): ReturnType<typeof inspect>;
  };
}

function clientOf(baseUrl: string, fetch?: (url: URL, init: RequestInit) => Promise<Response>): LineAdsClient {
  return new LineAdsClient({
    accessKey: 'LINEADSAMPLE',
    secretKey: 'LINEADSECRETKEYSAMPLE',
    baseUrl,
    fetch,
    now: () => time,
    sleep: async () => {},
    random: () => 0.5,
    limiter: { acquire: async () => () => {} },
    maxRetries: 1,
  });
}

export function freshWorld(given: WorldOptions = {}): World {
  const closing = new AbortController();
  onTestFinished(() => closing.abort());
  return createWorld({ ...options, ...given }, closing.signal);
}

export function sideOf(world: World, baseUrl: string, connection = connectionTo(world)): Side {
  return {
    client: clientOf(baseUrl, connection),
    world: {
      addFault: (fault) => world.faults.add(fault),
      advance: (ms) => world.clock.advance(ms),
      inspect: () => inspect(world),
    },
  };
}

/** The same world twice: behind HTTP, and in this process. Both get the same URL, which messages show. */
export async function bothSides(given: WorldOptions = {}): Promise<[Side, Side]> {
  const sim = await startSim({ ...options, ...given });
  return [{ client: clientOf(sim.url), world: sim }, sideOf(freshWorld(given), sim.url)];
}

export const small: Buffer = Buffer.from(lines(1, 20));
/** More than the buffers of a socket hold, so that the client knows when it was not read to its end. */
const large: Buffer = Buffer.from(lines(1, 1).repeat(150_000));

const fileOf = (name: string, content: Buffer) => ({
  name,
  bytes: content.length,
  async *read() {
    for (let at = 0; at < content.length; at += 65_536) yield content.subarray(at, at + 65_536);
  },
});

export const told = (error: unknown) => {
  if (!(error instanceof LineAdsError)) throw error;
  const { code, outcome, status, reasons, message, attempts } = error;
  const cause = (error.cause as { code?: string } | undefined)?.code;
  return { code, outcome, status, reasons, message, attempts, cause };
};

/** A run of three chunks, with everything that a client may ask beside it. Returns what the client was told. */
export async function history({ client, world }: Side, faults: readonly Fault[], content = small): Promise<unknown[]> {
  const { customAudiences, adAccounts, linkRequests } = client;
  for (const fault of faults) world.addFault(fault);
  const answers: unknown[] = [];
  const ask = async <T>(call: Promise<T>): Promise<T | undefined> => {
    const answer = await call.then(
      (value) => ({ value }),
      (error: unknown) => ({ error: told(error) }),
    );
    answers.push(answer);
    return 'value' in answer ? answer.value : undefined;
  };
  const upload = (target: object, action: 'ADD' | 'REPLACE', name: string) =>
    ask(
      customAudiences.upload('A1', {
        ...target,
        action,
        idType: 'HASHED_EMAIL',
        file: fileOf(name, content),
      } as never),
    );

  await ask(adAccounts.list('G1').next());
  const made = await upload({ name: '優良顧客' }, 'ADD', 'r-1.txt');
  const [found] = (await ask(customAudiences.page('A1', { name: '優良' })))?.audienceGroups ?? [];
  const id = made?.id ?? found?.id ?? '5343822743475';
  for (const step of [2, 3]) {
    world.advance(150);
    await ask(customAudiences.uploadJobs('A1', id));
    world.advance(150);
    await ask(customAudiences.uploadJobs('A1', id));
    await upload({ id }, 'ADD', `r-${step}.txt`);
  }
  await upload({ id }, 'REPLACE', 'r-3.txt'); // A client should not: it is a violation.
  world.advance(1300);
  await ask(customAudiences.uploadJobs('A1', id));
  await ask(customAudiences.rename('A1', id, 'VIP'));
  await ask(customAudiences.createLookalike('A1', { name: 'Alike', sourceAudienceId: id, rate: 0.05 }));
  await ask(customAudiences.overlap('A1', { baseId: id, comparedIds: ['5343820000101'] }));
  await ask(customAudiences.mayUpload('A1'));
  await ask(customAudiences.delete('A1', ['5343820000202', '1']));
  await ask(customAudiences.delete('A1', '5343820000202'));
  const link = await ask(linkRequests.create('G1', 'A9'));
  await ask(linkRequests.cancel('G1', link?.id ?? 1));
  await ask(customAudiences.page('A9'));
  await ask(customAudiences.page('A1', { size: 3 }));
  return answers;
}

export const cases: [name: string, faults: Fault[], content?: Buffer][] = [
  ['none', []],
  [
    '429, once without and once with Retry-After',
    [
      { kind: 'status', status: 429, endpoint: 'upload' },
      { kind: 'status', status: 429, retryAfter: 7, endpoint: 'upload', nth: 3 },
    ],
  ],
  [
    '5xx before an upload, and after one',
    [
      { kind: 'status', endpoint: 'upload' },
      { kind: 'status', status: 502, when: 'after', endpoint: 'upload', nth: 2 },
    ],
  ],
  ['busy', [{ kind: 'busy', endpoint: 'upload', count: 2 }]],
  ['a reset before a request is read', [{ kind: 'reset', nth: 3, count: 3, method: 'GET' }]],
  ['a reset before an upload is read', [{ kind: 'reset', endpoint: 'upload', nth: 2 }], large],
  ['a reset when an upload is read', [{ kind: 'reset', when: 'read', endpoint: 'upload', nth: 2 }]],
  ['a reset after an upload', [{ kind: 'reset', when: 'after', fileName: 'r-2' }]],
  [
    'slow',
    [
      { kind: 'slow', ms: 2 },
      { kind: 'slow', ms: 2, when: 'after', endpoint: 'rename' },
    ],
  ],
  ['half an answer', [{ kind: 'garbled', endpoint: 'upload' }]],
  ['a failed job', [{ kind: 'job_failed', failedType: 'X', fileName: '-2.' }]],
  ['a partial job', [{ kind: 'job_partial', audienceCount: 5, nth: 2 }]],
  ['a stuck job', [{ kind: 'job_stuck' }]],
  ['a job that the list shows late', [{ kind: 'job_late', ms: 200 }]],
  ['a failed matching', [{ kind: 'match_failed', nth: 4 }]],
  ['a deleted audience', [{ kind: 'audience_deleted', endpoint: 'upload', nth: 2 }]],
  ['a renamed audience', [{ kind: 'audience_renamed', name: 'Other', endpoint: 'upload' }]],
  ['a revoked key', [{ kind: 'key_revoked', ms: 400, endpoint: 'upload', nth: 2 }]],
];
