/** A client that is given its time, its randomness and its transport uses no other. */
import * as nodeCrypto from 'node:crypto';
import { syncBuiltinESMExports } from 'node:module';
import { performance } from 'node:perf_hooks';
import * as timers from 'node:timers/promises';
import { expect, it } from 'vitest';
import { LineAdsClient } from '../src/index.ts';
import { audience, failureOf, START } from './helpers.ts';

/** What the machine offers, by its holder and its name. */
const sources: readonly [holder: object, names: readonly string[]][] = [
  [globalThis, ['setTimeout', 'setInterval', 'setImmediate', 'fetch']],
  [Date, ['now']],
  [performance, ['now']],
  [Math, ['random']],
  [globalThis.crypto, ['randomUUID', 'getRandomValues']],
  [builtin(timers), ['setTimeout', 'setInterval', 'setImmediate']],
  [builtin(nodeCrypto), ['randomUUID', 'randomBytes', 'randomInt', 'randomFillSync']],
];

/** The object behind a built-in module, whose properties may be replaced. */
function builtin(module: object): object {
  return (module as { default: object }).default;
}

/** Runs `work` while everything among the sources throws, and what imports of built-in modules give. */
async function without<T>(work: () => Promise<T>): Promise<T> {
  const restore: (() => void)[] = [];
  for (const [holder, names] of sources) {
    for (const name of names) {
      const own = Object.getOwnPropertyDescriptor(holder, name);
      const fail = () => {
        throw new Error(`${name} of the machine was used`);
      };
      Object.defineProperty(holder, name, { value: fail, configurable: true, writable: true });
      restore.push(() => {
        if (own) Object.defineProperty(holder, name, own);
        else Reflect.deleteProperty(holder, name);
      });
    }
  }
  syncBuiltinESMExports();
  try {
    return await work();
  } finally {
    for (const reset of restore) reset();
    syncBuiltinESMExports();
  }
}

const file = {
  name: 'x.txt',
  bytes: 6,
  read: async function* () {
    yield Buffer.from('first\n');
  },
};

/** Calls of each kind, with a retry, a timeout and forms. Gives what was sent, and all waits. */
async function calls() {
  let time = START;
  let seed = 0;
  const sent: string[] = [];
  const sleeps: number[] = [];
  const deadlines: { ms: number; signal: AbortSignal | undefined; expire: () => void }[] = [];
  const answers = [
    () => new Response(null, { status: 503 }),
    () => Response.json({ jobs: [] }),
    () => Response.json(audience),
    () => Response.json({ errors: [] }, { status: 400 }),
    () => {
      deadlines.at(-1)!.expire();
      return new Promise<never>(() => {});
    },
  ];
  const client = new LineAdsClient({
    accessKey: 'LINEADSAMPLE',
    secretKey: 'LINEADSECRETKEYSAMPLE',
    limiter: { acquire: async () => () => {} },
    now: () => time++,
    random: () => {
      seed = (seed * 5 + 3) % 64;
      return seed / 64;
    },
    sleep: async (ms) => void sleeps.push(ms),
    deadline: (ms, signal) =>
      new Promise((resolve) => {
        deadlines.push({ ms, signal, expire: resolve });
      }),
    fetch: async (url, { method, headers, body }) => {
      const lines = [...new Headers(headers)].map(([name, value]) => `${name}: ${value}`);
      const content = body ? await new Response(body).text() : '';
      sent.push([`${method} ${url.href}`, ...lines, content].join('\n'));
      return answers.shift()!();
    },
  });
  const { customAudiences } = client;
  await customAudiences.uploadJobs('A1', '1');
  await customAudiences.upload('A1', { id: '1', action: 'ADD', idType: 'IFA', file });
  await customAudiences.mayUpload('A1');
  const { code } = await failureOf(customAudiences.uploadJobs('A1', '1', { maxRetries: 0 }));
  return { sent, sleeps, code, deadlines };
}

it('uses neither time, nor chance, nor network but its own, and does the same each time', async () => {
  const { deadlines, ...first } = await without(calls);
  expect(first.code).toBe('timeout');
  expect(first.sent).toHaveLength(5);
  expect(first.sleeps).toHaveLength(1);
  expect(first.sent[2]).toMatch(/content-type: multipart\/form-data; boundary=[0-9a-f]{8}(-[0-9a-f]+){4}\n/);
  expect(deadlines.map(({ ms }) => ms)).toEqual([14_000, 14_000, 600_000, 14_000, 14_000]);
  expect(deadlines.every(({ signal }) => signal?.aborted)).toBe(true);
  const { deadlines: _, ...second } = await without(calls);
  expect(second).toEqual(first);
});
