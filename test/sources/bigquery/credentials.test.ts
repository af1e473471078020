import { expect, test } from 'vitest';
import { credentialsFromEnvironment } from '../../../src/compose/source-credentials.ts';
import { machineTokens, readServiceAccountKey, serviceAccountTokens } from '../../../src/sources/google/auth.ts';
import { optionalPart } from '../../../src/sources/optional-part.ts';
import { readMembers } from '../support/values.ts';
import { openAudience, pathsOf, startBigQuery } from './support.ts';

const key = '{"type":"service_account","client_email":"a@b.example","private_key":"x"}';

test.each([
  [{ LINEUP_BIGQUERY_CREDENTIALS: key }, { service_account_key: key, project: '' }],
  [
    { LINEUP_BIGQUERY_CREDENTIALS: key, GOOGLE_CLOUD_PROJECT: 'my-project' },
    { service_account_key: key, project: 'my-project' },
  ],
  [
    { GOOGLE_CLOUD_PROJECT: 'my-project', LINEUP_BIGQUERY_LOCATION: 'EU' },
    { project: 'my-project', location: 'EU' },
  ],
])('the command line takes the method whose variables are set', (variables: Record<string, string>, expected) => {
  const found = credentialsFromEnvironment('bigquery', (name) => variables[name]);
  expect(found).toMatchObject({ byte_limit_gb: '100', ...expected });
  expect('service_account_key' in found).toBe('service_account_key' in expected);
});

test.each([
  [{}, /LINEUP_BIGQUERY_CREDENTIALS and GOOGLE_CLOUD_PROJECT are not set/],
  [
    { LINEUP_BIGQUERY_CREDENTIALS: '/path/to/key.json' },
    /LINEUP_BIGQUERY_CREDENTIALS cannot be used\. Paste the whole JSON key file/,
  ],
  [{ LINEUP_BIGQUERY_CREDENTIALS: key, LINEUP_BIGQUERY_ENDPOINT: 'https://example.com' }, /LINEUP_BIGQUERY_ENDPOINT/],
  [{ LINEUP_BIGQUERY_CREDENTIALS: key, LINEUP_BIGQUERY_BYTE_LIMIT_GB: '0' }, /from 1 to 999,999/],
  [{ LINEUP_BIGQUERY_CREDENTIALS: key, GOOGLE_CLOUD_PROJECT: 'My Project' }, /GOOGLE_CLOUD_PROJECT/],
])('a wrong value is named', (variables: Record<string, string>, text) => {
  expect(() => credentialsFromEnvironment('bigquery', (name) => variables[name])).toThrow(text);
});

test('an access token serves until shortly before its end', async () => {
  const sim = await startBigQuery();
  let now = Date.now();
  let asked = 0;
  const tokens = serviceAccountTokens({
    key: readServiceAccountKey(sim.credentials),
    scope: 'x',
    tokenUrl: `${sim.origin}/token`,
    post: async (url, body) => {
      asked += 1;
      const answer = await fetch(url, { method: 'POST', body });
      return { status: answer.status, body: await answer.json() };
    },
    clock: { now: () => new Date(now) },
  });
  const first = await tokens(undefined);
  now += 50 * 60_000;
  expect(await tokens(undefined)).toBe(first);
  now += 6 * 60_000;
  expect(await tokens(undefined)).not.toBe(first);
  expect(asked).toBe(2);
});

test('a source asks for one token, and for sessions with only its fields', async () => {
  const sim = await startBigQuery();
  const source = await openAudience(sim, 'crm.members');
  await readMembers(await source.scan(['phone']));
  await source.preview('email', 3);
  expect(pathsOf(sim, 'token')).toEqual(['/token']);
  expect(pathsOf(sim, 'session')).toHaveLength(2);
});

/** Tokens of a machine whose library gives these answers, one after the other. */
function machineWith(...answers: (string | Error)[]) {
  return machineTokens('a-scope', async () => ({
    getAccessToken: async () => {
      const next = answers.shift();
      if (typeof next === 'string') return next;
      throw next;
    },
  }));
}

const failing = (more: object) => Object.assign(new Error('failed'), more);

test.each<[string, Error, string]>([
  ['the connection is lost', failing({ code: 'ECONNRESET' }), 'ECONNRESET'],
  ['the same below', failing({ cause: { code: 'EAI_AGAIN' } }), 'EAI_AGAIN'],
  ['the metadata server fails', failing({ status: 503 }), '503'],
  ['the same in an answer', failing({ response: { status: 500 } }), '500'],
])('a machine that gets no token for a moment is asked again: %s', async (_what, error, reason) => {
  const tokens = machineWith(error, 'token');
  await expect(tokens(undefined)).rejects.toMatchObject({ code: 'source_failed', reason, retryable: true });
  expect(await tokens(undefined)).toBe('token');
});

test('a machine without credentials is unauthorized, but not one that had a token', async () => {
  const none = failing({ message: 'Could not load the default credentials.' });
  await expect(machineWith(none)(undefined)).rejects.toMatchObject({ code: 'source_unauthorized' });
  const tokens = machineWith('token', none);
  await tokens(undefined);
  await expect(tokens(undefined)).rejects.toMatchObject({ code: 'source_failed', retryable: true });
});

test('a stop is not a missing token', async () => {
  const stop = AbortSignal.abort(new Error('stopped'));
  await expect(machineWith('token')(stop)).rejects.toThrow('stopped');
});

test('a part that was left out is named with its command', async () => {
  const missing = Object.assign(new Error('x'), { code: 'ERR_MODULE_NOT_FOUND' });
  await expect(optionalPart('AWS', () => Promise.reject(missing), 'some-part')).rejects.toMatchObject({
    code: 'source_unsupported',
    message: expect.stringContaining('npm install some-part'),
  });
  const other = new Error('x');
  await expect(optionalPart('AWS', () => Promise.reject(other), 'some-part')).rejects.toBe(other);
});
