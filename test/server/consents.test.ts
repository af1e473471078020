/** The way back from a consent: only our own pages, no secret in the log, and the person of the session. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { mainDatabase, useDatabase } from '../support/databases.ts';
import { setUp, signIn, type TestServer, testServer } from '../support/server.ts';
import { type Given, tokens, useCases } from '../support/use-cases.ts';
import { answers } from './answers.ts';

const CALLBACK = '/api/connect/callback';

describe('the way back from a consent', () => {
  const current = useDatabase(mainDatabase);
  let given: Given;
  let service: ReturnType<typeof useCases>;
  let server: TestServer;
  beforeEach(async () => {
    given = answers();
    service = useCases(given);
    server = await testServer(current.database, service);
  });
  afterEach(() => server.app.close());

  const come = (query: string, headers: Record<string, string | undefined> = {}, method: 'GET' | 'HEAD' = 'GET') =>
    server.app.inject({ method, url: `${CALLBACK}${query}`, headers: { host: 'lineup.example.com', ...headers } });
  const asked = () => service.calls.filter(({ operation }) => operation === 'consents.answer');

  test('leads to the page of the authorization, and the code is in no answer and in no log', async () => {
    await setUp(server);
    const cookie = await signIn(server);
    const answer = await come('?code=a-secret-code&state=a-secret-state&scope=yahooads', { cookie });
    expect(answer.statusCode).toBe(303);
    expect(answer.headers).toMatchObject({
      location: '/authorizations/aut_1?connect=connected',
      'referrer-policy': 'no-referrer',
      'cache-control': 'no-store',
    });
    expect(asked()).toEqual([
      {
        operation: 'consents.answer',
        values: [
          { code: 'a-secret-code', state: 'a-secret-state' },
          expect.objectContaining({ name: 'Aiko Tanaka', role: 'administrator', requestId: expect.any(String) }),
        ],
      },
    ]);
    expect(`${answer.body} ${JSON.stringify(answer.headers)} ${server.log()}`).not.toMatch(/a-secret/);
    expect(server.log()).toContain(CALLBACK);
  });

  test('without a session, with an API token, or with an ended session, nobody comes back', async () => {
    given.consents.answer = async (_, person) => ({
      authorizationId: 'aut_1',
      outcome: person ? 'connected' : 'signed_out',
    });
    for (const headers of [
      {},
      { authorization: `Bearer ${tokens.administrator}` },
      { cookie: 'lineup.session_token=invented' },
    ]) {
      const { location } = (await come('?code=c&state=s', headers)).headers;
      expect(location).toBe('/authorizations/aut_1?connect=signed_out');
    }
  });

  test('an address that no destination sends leads to the list, and a look ahead uses nothing up', async () => {
    for (const query of ['', '?code=c', '?state=', `?state=${'s'.repeat(513)}&code=c`, '?state=a&state=b&code=c']) {
      expect((await come(query)).headers.location).toBe('/authorizations');
    }
    expect((await come('?code=c&state=s', {}, 'HEAD')).statusCode).toBe(404);
    expect(asked()).toEqual([]);
    given.consents.answer = async () => ({ authorizationId: null, outcome: 'expired' });
    const target = 'https://evil.example.com';
    expect((await come(`?state=s&redirect=${target}&return_to=${target}`)).headers.location).toBe(
      '/authorizations?connect=expired',
    );
  });
});
