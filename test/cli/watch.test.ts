/** The client of the service, with servers that behave as a network, a restart or another version would. */
import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { ApiClient } from '../../src/cli/api/client.ts';
import { watchRun } from '../../src/cli/runs/follow.ts';
import type { RunProgress } from '../../src/contracts/run-progress.ts';
import { LineupError } from '../../src/domain/errors/errors.ts';
import { Secret } from '../../src/domain/values/secret.ts';
import { commandHere } from '../support/command.ts';
import { job, run, runReport } from '../support/examples.ts';

/** A server that answers its nth connection with the nth handler, and records the requests. */
async function answering(...handlers: ((response: ServerResponse) => void)[]) {
  const asked: { url: string | undefined; after: string | undefined }[] = [];
  const server = createServer((request, response) => {
    const after = request.headers['last-event-id'];
    const handler = handlers[asked.push({ url: request.url, after: after?.toString() }) - 1];
    if (handler) handler(response);
    else request.socket.destroy();
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const abort = new AbortController();
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const client = new ApiClient({ url, token: new Secret('lineup_x'), signal: abort.signal });
  return { asked, abort, client, session: { client, signal: abort.signal } };
}

const events =
  (...updates: { type: string; [key: string]: unknown }[]) =>
  (response: ServerResponse): void => {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.write('retry: 2000\n\n: \n\n');
    for (const update of updates) {
      const id = 'seq' in update ? `id: ${update.seq}\n` : '';
      response.write(`${id}event: ${update.type}\ndata: ${JSON.stringify(update)}\n\n`);
    }
  };
const thenBreak = (write: (response: ServerResponse) => void) => (response: ServerResponse) => {
  write(response);
  // After the data is sent, because a reset would discard it.
  response.write('', () => setImmediate(() => response.socket?.destroy()));
};
const thenEnd = (write: (response: ServerResponse) => void) => (response: ServerResponse) => {
  write(response);
  response.end();
};

const going = { type: 'run', run: { ...run, status: 'running' } };
const ended = { type: 'run', run: { ...run, status: 'succeeded' } };
const entry = (seq: number) => ({ type: 'event', seq, event: { type: 'an event of a newer version' } });

test('a run with too many followers is polled until it has ended', async () => {
  const json = (status: number, body: unknown) => (response: ServerResponse) => {
    response.writeHead(status, { 'content-type': 'application/json' });
    response.end(JSON.stringify(body));
  };
  const refused = json(429, { code: 'too_many_requests', detail: 'Too many.', retryable: true });
  // More rounds than the client waits for an unreachable service.
  const rounds = Array.from({ length: 40 }, () => [refused, json(200, going.run)]).flat();
  const { session, asked } = await answering(...rounds, refused, json(200, ended.run));
  const result = await watchRun(session, 'run_1', { reconnectMs: 1, onProgress: () => {} });
  expect(result.status).toBe('succeeded');
  expect(asked.slice(0, 2).map(({ url }) => url)).toEqual(['/api/v1/runs/run_1/events', '/api/v1/runs/run_1']);
});

test('a wait goes on with the run that takes the place of one', async () => {
  const json = (body: unknown) => (response: ServerResponse) => {
    response.writeHead(200, { 'content-type': 'application/json' });
    response.end(JSON.stringify(body));
  };
  const another = { ...run, id: 'run_2', status: 'succeeded' } as const;
  const { progress: _, part_at_line: __, ...first } = run;
  const { progress: ___, part_at_line: ____, ...second } = another;
  const { client, asked } = await answering(
    json({ items: [job], next: null, total: 1, before: 0 }),
    json({ ...job, status: 'runnable', last_run: first }),
    thenEnd(events({ type: 'run', run: { ...run, status: 'interrupted' } })),
    json({ ...job, status: 'runnable', last_run: second }),
    thenEnd(events({ type: 'run', run: another })),
    json(runReport),
    json({ ...job, status: 'completed', last_run: second }),
  );
  const environment = { ...process.env, LINEUP_URL: client.url, LINEUP_TOKEN: 'lineup_x' };
  const { code } = await commandHere(['jobs', 'run', job.id, '--wait'], { cwd: process.cwd(), environment });
  expect([code, asked[4]?.url]).toEqual([0, '/api/v1/runs/run_2/events']);
}, 30_000);

test('the end of a failed run waits for what the service decides of its job', async () => {
  const json = (body: unknown) => (response: ServerResponse) => {
    response.writeHead(200, { 'content-type': 'application/json' });
    response.end(JSON.stringify(body));
  };
  const error = {
    code: 'server_error',
    message: 'LINE answered 503.',
    sentence: null,
    reason: null,
    retryable: true,
    resumable: true,
    allowShrinkTo: null,
  };
  const failed = { ...run, status: 'failed', error } as const;
  const { progress: _, part_at_line: __, ...last_run } = failed;
  const { client } = await answering(
    thenEnd(events({ type: 'run', run: failed })),
    json({ ...runReport, status: 'failed', error }),
    json({ ...job, status: 'runnable', last_run }),
    json({ ...job, status: 'sleeping', condition: 'retrying', next_run_at: run.queued_at, last_run }),
    json({ operations: [] }),
  );
  const environment = { ...process.env, LINEUP_URL: client.url, LINEUP_TOKEN: 'lineup_x' };
  const { code, stderr } = await commandHere(['runs', 'watch', run.id], { cwd: process.cwd(), environment });
  expect([code, stderr]).toEqual([75, expect.stringContaining('The service tries again at')]);
}, 30_000);

test('a run is followed across broken connections, each time from the last event', async () => {
  const progress = {
    type: 'progress',
    progress: { stage: 'wait', chunk: 1, chunks: 2, jobStatus: 'WORKING' },
  };
  const { asked, session } = await answering(
    thenBreak(events(going, entry(1), entry(2), progress)),
    (response) => response.socket?.destroy(),
    (response) => response.writeHead(502).end('Bad Gateway'),
    thenEnd(events(going, entry(3))),
    thenEnd(events(ended)),
  );
  const seen: RunProgress[] = [];
  const result = await watchRun(session, 'run_1', {
    reconnectMs: 1,
    onProgress: (progress) => void seen.push(progress),
  });
  expect(result.status).toBe('succeeded');
  expect(seen).toEqual([progress.progress]);
  expect(asked.map(({ after }) => after)).toEqual(['0', '2', '2', '2', '3']);
});

test('the client gives up after a while if the service is unreachable, and at once after a refusal', async () => {
  const away = await answering(thenBreak(events(going)));
  await expect(watchRun(away.session, 'run_1', { reconnectMs: 1, onProgress: () => {} })).rejects.toMatchObject({
    code: 'service_unreachable',
  });
  expect(away.asked.length).toBeGreaterThan(20);

  const refusing = await answering((response) => {
    response.writeHead(404, { 'content-type': 'application/problem+json' });
    response.end(JSON.stringify({ code: 'not_found', detail: 'There is no run "run_1".' }));
  });
  await expect(watchRun(refusing.session, 'run_1', { reconnectMs: 1, onProgress: () => {} })).rejects.toMatchObject({
    code: 'not_found',
    message: 'There is no run "run_1".',
  });
  expect(refusing.asked).toHaveLength(1);
});

test('Ctrl-C ends the waiting', async () => {
  const { abort, session } = await answering(events(going));
  const watching = watchRun(session, 'run_1', { reconnectMs: 1, onProgress: () => {} });
  abort.abort(new LineupError('interrupted', 'Interrupted.'));
  await expect(watching).rejects.toMatchObject({ code: 'interrupted' });
});

test.each([
  ['another version', 200, '{"items": [], "next": 7}'],
  ['a page of another site', 200, '<html>'],
  ['a missing page', 404, 'Not Found'],
  ['a redirect, which must not get the token', 302, ''],
])('%s is reported as another program or version', async (_, status, body) => {
  const { client } = await answering((response) => {
    response.writeHead(status, { location: 'https://elsewhere.example.com' });
    response.end(body);
  });
  await expect(client.call('GET /jobs')).rejects.toMatchObject({
    code: 'service_incompatible',
    message: expect.stringContaining(`HTTP ${status}`),
  });
});
