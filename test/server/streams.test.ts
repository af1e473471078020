/** The limits of streams, on real sockets. Each stream ends when its user loses the permission. */
import { once } from 'node:events';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { RunUpdate } from '../../src/contracts/run-progress.ts';
import type { Role } from '../../src/domain/people/people.ts';
import { type Listening, listen } from '../../src/server/connections.ts';
import type { StreamLimits } from '../../src/server/streams.ts';
import { mainDatabase, useDatabase } from '../support/databases.ts';
import { run } from '../support/examples.ts';
import { join, ORIGIN, setUp, signIn, type TestServer, testServer } from '../support/server.ts';
import { type Given, tokens, useCases } from '../support/use-cases.ts';
import { answers } from './answers.ts';

describe('streams', () => {
  const current = useDatabase(mainDatabase);
  let service: ReturnType<typeof useCases>;
  let given: Given;
  let updates: (after: number, signal: AbortSignal) => AsyncIterable<RunUpdate>;
  let server: TestServer;
  let listening: Listening;
  /** The current role of each token `lineup_<name>`. */
  let roles: Map<string, Role>;
  let watching: number;
  const start = async (streams: Partial<StreamLimits>) => {
    server = await testServer(current.database, service, { streams });
    listening = await listen(server.app, { port: 0 });
  };
  beforeEach(() => {
    given = answers();
    given.runs.watch = async (id, after, signal) => {
      await given.runs.get!(id);
      return updates(after, signal);
    };
    service = useCases(given);
    roles = new Map();
    watching = 0;
    given.apiTokens.authenticate = async (token) => {
      const name = token.reveal().replace('lineup_', '');
      const role = roles.get(name);
      return role && { id: `tok_${name}`, person: 'usr_1', name, role };
    };
    updates = async function* (_, signal) {
      watching += 1;
      yield { type: 'run', run };
      if (!signal.aborted) await once(signal, 'abort');
      watching -= 1;
    };
  });
  afterEach(() => listening.stop(0));

  const follow = (headers: Record<string, string>) => fetch(`${listening.url}/api/v1/runs/run_1/events`, { headers });
  const bearer = (name: string) => ({ authorization: `Bearer lineup_${name}` });

  test('a viewer who opens two hundred streams gets fifty; the API still works, and other users have their own limit', async () => {
    await start({});
    roles.set('one', 'viewer').set('other', 'viewer');
    const answers: Response[] = [];
    for (const hundred of [1, 2].map(() => Array.from({ length: 100 }, () => follow(bearer('one'))))) {
      answers.push(...(await Promise.all(hundred)));
    }
    const taken = answers.filter(({ status }) => status === 200);
    const refused = answers.filter(({ status }) => status === 429);
    expect([taken.length, refused.length]).toEqual([50, 150]);
    expect(await refused[0]!.json()).toMatchObject({ code: 'too_many_requests', retryable: true });
    expect(refused[0]!.headers.get('retry-after')).toBe('10');
    expect((await fetch(`${listening.url}/api/v1/jobs`, { headers: bearer('one') })).status).toBe(200);
    const others = await follow(bearer('other'));
    expect(others.status).toBe(200);
    // A client that closes one may open another.
    await taken[0]!.body?.cancel();
    await expect.poll(() => watching).toBe(50);
    const again = await follow(bearer('one'));
    expect(again.status).toBe(200);
    for (const answer of [...refused.slice(1), ...taken.slice(1), others, again]) await answer.body?.cancel();
  });

  test('all streams together have a limit, too; a stream that is refused for another reason does not count', async () => {
    await start({ all: 3 });
    for (const name of ['a', 'b']) roles.set(name, 'viewer');
    for (let n = 0; n < 10; n += 1) {
      const none = await fetch(`${listening.url}/api/v1/runs/run_9/events`, { headers: bearer('a') });
      expect(none.status).toBe(404);
      await none.body?.cancel();
    }
    const open = [await follow(bearer('a')), await follow(bearer('b')), await follow(bearer('b'))];
    expect(open.map(({ status }) => status)).toEqual([200, 200, 200]);
    expect((await follow(bearer('a'))).status).toBe(429);
    for (const answer of open) await answer.body?.cancel();
    await expect.poll(() => watching).toBe(0);
    // A stream says nothing about the speed of the server.
    const metrics = await (await fetch(`${listening.url}/metrics`, { headers: bearer('a') })).text();
    const counted = metrics.match(/lineup_http_request_duration_seconds_count\{.*events.*\} .*/g);
    expect(counted).toEqual([
      'lineup_http_request_duration_seconds_count{method="GET",route="/api/v1/runs/:id/events",status="404"} 10',
      'lineup_http_request_duration_seconds_count{method="GET",route="/api/v1/runs/:id/events",status="429"} 1',
    ]);
  });

  test('a stream ends with its token, and survives an unreachable database', async () => {
    await start({ checkEveryMs: 20 });
    roles.set('revoked', 'viewer').set('kept', 'viewer');
    const [revoked, kept] = [await follow(bearer('revoked')), await follow(bearer('kept'))];
    const authenticate = service.apiTokens.authenticate;
    let asked = 0;
    given.apiTokens.authenticate = async () => {
      asked += 1;
      throw new Error('the database is unreachable');
    };
    await expect.poll(() => asked).toBeGreaterThan(4);
    expect(watching).toBe(2);
    given.apiTokens.authenticate = authenticate;
    roles.delete('revoked');
    // There is no `end` event. The client reconnects, and gets the reason.
    expect(await revoked.text()).not.toContain('event: end');
    expect((await follow(bearer('revoked'))).status).toBe(401);
    expect(watching).toBe(1);
    await kept.body?.cancel();
  });

  test('a stream ends when its user may not do any more what it does; what a viewer may see goes on', async () => {
    let stopped = 0;
    given.jobs.actOnChosen = async (_, __, ___, signal) =>
      (async function* () {
        yield { type: 'jobs', count: 2_000 } as const;
        if (!signal.aborted) await once(signal, 'abort');
        stopped += 1;
      })();
    await start({ checkEveryMs: 20 });
    await setUp(server);
    const admin = { cookie: await signIn(server) };
    const person = { name: 'Bert Braun', email: 'bert@example.com', role: 'editor' } as const;
    const id = await join(server, admin.cookie, person);
    roles.set('editor', 'editor');
    const pause = (headers: Record<string, string>) =>
      fetch(`${listening.url}/api/v1/jobs/bulk/actions/pause`, {
        method: 'POST',
        headers: { ...headers, origin: ORIGIN, 'content-type': 'application/json' },
        body: JSON.stringify({ jobs: { ids: ['job_1'] } }),
      });
    const cookie = await signIn(server, person.email);
    const [byPerson, byToken, seen] = [
      await pause({ cookie }),
      await pause(bearer('editor')),
      await follow({ cookie }),
    ];
    expect([byPerson.status, byToken.status, seen.status]).toEqual([200, 200, 200]);

    const change = {
      method: 'PATCH',
      url: `/api/v1/users/${id}`,
      headers: admin,
      payload: { role: 'viewer' },
    } as const;
    expect((await server.browse(change)).statusCode).toBe(200);
    roles.set('editor', 'viewer');
    // Neither is told that all was done.
    for (const answer of [byPerson, byToken]) expect(await answer.text()).not.toContain('event: end');
    expect(stopped).toBe(2);
    expect((await pause(bearer('editor'))).status).toBe(403);
    expect(watching).toBe(1);
    await seen.body?.cancel();
  });

  test.each([
    ['signs out', (cookie: string) => ({ method: 'DELETE', url: '/api/v1/session', headers: { cookie } })],
    [
      'is disabled',
      (_: string, id: string) => ({
        method: 'PATCH',
        url: `/api/v1/users/${id}`,
        headers: { authorization: `Bearer ${tokens.administrator}` },
        payload: { disabled: true },
      }),
    ],
  ] as const)('a stream ends when its user %s', async (_, request) => {
    await start({ checkEveryMs: 20 });
    roles.set('administrator', 'administrator');
    await setUp(server);
    const person = { name: 'Bert Braun', email: 'bert@example.com', role: 'viewer' } as const;
    const id = await join(server, await signIn(server), person);
    const cookie = await signIn(server, person.email);
    const stream = await follow({ cookie });
    expect(stream.status).toBe(200);
    expect((await server.browse(request(cookie, id))).statusCode).toBeLessThan(300);
    await stream.text();
    expect((await follow({ cookie })).status).toBe(401);
  });
});
