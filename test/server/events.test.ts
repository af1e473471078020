/** Live events on real sockets: resuming, heartbeats, ends, and a stop of the server during a stream. */
import { once } from 'node:events';
import { connect } from 'node:net';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import type { RunUpdate } from '../../src/contracts/run-progress.ts';
import type { RunEvent } from '../../src/domain/runs/run-events.ts';
import { internalFact, localized, sentence } from '../../src/domain/text/sentence.ts';
import { type Listening, listen } from '../../src/server/connections.ts';
import { mainDatabase, type TestDatabase } from '../support/databases.ts';
import { run, runReport } from '../support/examples.ts';
import { type TestServer, testServer } from '../support/server.ts';
import { type Given, tokens, useCases } from '../support/use-cases.ts';
import { answers } from './answers.ts';

let service: ReturnType<typeof useCases>;
let given: Given;
let updates: (after: number, signal: AbortSignal) => AsyncIterable<RunUpdate>;
let server: TestServer;
let listening: Listening;
let opened: TestDatabase;
beforeAll(async () => {
  opened = await mainDatabase.migrated();
});
afterAll(() => opened.drop());
beforeEach(async () => {
  given = answers();
  given.runs.watch = async (id, after, signal) => {
    await given.runs.get!(id);
    return updates(after, signal);
  };
  service = useCases(given);
  server = await testServer(opened.database, service, { heartbeatMs: 20 });
  listening = await listen(server.app, { port: 0 });
});
afterEach(async () => {
  await listening.stop(0);
});

const entry = (seq: number): RunUpdate => {
  const event: RunEvent = { type: 'not_taken', at: '2026-03-02T00:00:00.000Z', chunk: seq, reason: null };
  return { type: 'event', seq, event };
};

const watch = (headers: Record<string, string> = {}) =>
  fetch(`${listening.url}/api/v1/runs/run_1/events`, {
    headers: { authorization: `Bearer ${tokens.viewer}`, ...headers },
  });

/** Reads until `text` has arrived. */
async function readUntil(reader: ReadableStreamDefaultReader<Uint8Array>, text: string): Promise<string> {
  const decoder = new TextDecoder();
  let all = '';
  while (!all.includes(text)) {
    const { value, done } = await reader.read();
    if (done) throw new Error(`the stream ended before ${JSON.stringify(text)}: ${all}`);
    all += decoder.decode(value, { stream: true });
  }
  return all;
}

test('a run is followed to its end, through proxies that would buffer the stream', async () => {
  updates = async function* () {
    yield { type: 'run', run };
    yield entry(1);
    yield { type: 'progress', progress: { stage: 'queue', what: 'line' } };
    yield { type: 'run', run: { ...run, status: 'succeeded' } };
  };
  const answer = await watch();
  expect(Object.fromEntries(answer.headers)).toMatchObject({
    'content-type': 'text/event-stream; charset=utf-8',
    'cache-control': 'no-store, no-transform',
    'x-accel-buffering': 'no',
  });
  const frames = (await answer.text()).split('\n\n').filter(Boolean);
  expect(frames.map((frame) => frame.split('\n').slice(0, -1).join(' '))).toEqual([
    '',
    'event: run',
    'id: 1 event: event',
    'event: progress',
    'event: run',
    'event: end',
  ]);
  expect(JSON.parse(frames.at(-2)!.split('data: ')[1]!)).toMatchObject({ run: { status: 'succeeded' } });
});

test('a client that reconnects continues after the last event that it got', async () => {
  const asked: number[] = [];
  updates = async function* (after) {
    asked.push(after);
    for (const seq of [1, 2, 3]) if (seq > after) yield entry(seq);
  };
  const text = await (await watch({ 'last-event-id': '2' })).text();
  expect(asked).toEqual([2]);
  expect(text.match(/^id: \d+$/gm)).toEqual(['id: 3']);
  expect((await watch({ 'last-event-id': 'x' })).status).toBe(400);
});

test('an unknown run or a missing sign-in is reported before a stream starts', async () => {
  const answer = await fetch(`${listening.url}/api/v1/runs/run_9/events`, {
    headers: { authorization: `Bearer ${tokens.viewer}` },
  });
  expect(answer.status).toBe(404);
  expect(await answer.json()).toMatchObject({ code: 'not_found' });
  expect((await watch({ authorization: 'Bearer lineup_none' })).status).toBe(401);
});

test('the events and the report of a run show a viewer no host and no database', async () => {
  const place = internalFact('shop at db.internal', sentence`The PostgreSQL database`);
  const error = {
    code: 'source_failed',
    ...localized(sentence`${place} cannot be read.`),
    reason: null,
    retryable: true,
    resumable: false,
    allowShrinkTo: null,
  };
  updates = async function* () {
    yield { type: 'run', run: { ...run, status: 'failed', error } };
  };
  given.runs.document = async () => ({ ...runReport, status: 'failed', error });
  const ask = async (token: string, path: string) =>
    (
      await fetch(`${listening.url}/api/v1/runs/run_1/${path}`, {
        headers: { authorization: `Bearer ${token}` },
      })
    ).text();
  for (const path of ['events', 'report', 'report.csv']) {
    expect(await ask(tokens.editor, path)).toContain('shop at db.internal');
    const shown = await ask(tokens.viewer, path);
    expect(shown).toContain('The PostgreSQL database cannot be read.');
    expect(shown).not.toContain('db.internal');
  }
});

test('silence is filled with heartbeats, and the server notices when the client leaves', async () => {
  const gone = Promise.withResolvers<void>();
  updates = async function* (_, signal) {
    yield { type: 'run', run };
    await once(signal, 'abort');
    gone.resolve();
  };
  const reader = (await watch()).body!.getReader();
  await readUntil(reader, '\n\n: \n\n');
  await reader.cancel();
  await gone.promise;
});

test('an error during a stream ends it and is logged, and the server stays up', async () => {
  updates = async function* () {
    yield { type: 'run', run };
    throw new Error('the database went away');
  };
  const answer = await watch();
  await expect(answer.text()).rejects.toThrow();
  expect(server.log()).toContain('the database went away');
  expect((await fetch(`${listening.url}/health`)).status).toBe(200);
});

test('a stop ends streams, lets requests finish, and accepts no new ones', async () => {
  updates = async function* (_, signal) {
    yield { type: 'run', run };
    await once(signal, 'abort');
  };
  const begun = Promise.withResolvers<void>();
  const release = Promise.withResolvers<void>();
  const { list } = given.jobs;
  given.jobs.list = async (page) => {
    begun.resolve();
    await release.promise;
    return list!(page);
  };
  const reader = (await watch()).body!.getReader();
  await readUntil(reader, 'event: run');
  const slow = fetch(`${listening.url}/api/v1/jobs`, {
    headers: { authorization: `Bearer ${tokens.viewer}` },
  });
  await begun.promise;
  // No connection has to be cut. That would take ten minutes here.
  const stopped = listening.stop(600_000);
  const rest: string[] = [];
  for (let part = await reader.read(); !part.done; part = await reader.read()) {
    rest.push(new TextDecoder().decode(part.value));
  }
  // The run continues, so its watcher must connect again.
  expect(rest.join('')).not.toContain('event: end');
  const { port } = new URL(listening.url);
  const socket = connect(Number(port), '127.0.0.1');
  const [error] = await once(socket, 'error');
  expect(error).toMatchObject({ code: 'ECONNREFUSED' });
  release.resolve();
  expect((await slow).status).toBe(200);
  await stopped;
});

test('requests that do not finish are cut', async () => {
  const begun = Promise.withResolvers<void>();
  given.jobs.list = () => {
    begun.resolve();
    return new Promise(() => {});
  };
  const hanging = fetch(`${listening.url}/api/v1/jobs`, {
    headers: { authorization: `Bearer ${tokens.viewer}` },
  });
  await begun.promise;
  await Promise.all([listening.stop(10), expect(hanging).rejects.toThrow()]);
});
