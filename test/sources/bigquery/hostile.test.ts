/** Servers that answer in ways that BigQuery would not. */
import { expect, test } from 'vitest';
import { Secret } from '../../../src/domain/values/secret.ts';
import { serveFiles } from '../support/file-server.ts';
import { startBigQuery, swiftProvider } from './support.ts';

const never = new AbortController().signal;

/** The failure of `verify` at a server that gives a token, and then this answer. */
async function failureAt(answer: Parameters<typeof serveFiles>[0], silenceMs = 5_000) {
  const sim = await startBigQuery();
  const server = await serveFiles((request, response, count) => {
    if (request.url !== '/token') return answer(request, response, count);
    response.writeHead(200).end(JSON.stringify({ access_token: 'an-invented-token', expires_in: 3600 }));
  });
  const credentials = new Secret({ service_account_key: sim.credentials, endpoint: server.origin });
  const failure = await swiftProvider({ silenceMs })
    .verify(credentials, never)
    .then(
      () => undefined,
      (error: unknown) => error,
    );
  expect(String(failure)).not.toMatch(/an-invented-token|PRIVATE|secret-answer/);
  return failure;
}

test.each([
  ['no JSON', '<html>secret-answer</html>', 200],
  ['another form', '{"datasets":"secret-answer"}', 200],
  ['an error with a text', '{"error":{"message":"secret-answer","errors":[{"reason":"secret-answer 1"}]}}', 400],
  ['an error without a form', 'secret-answer', 404],
])('%s ends with a sentence of our own', async (_what, body, status) => {
  const failure = await failureAt((_request, response) => response.writeHead(status).end(body));
  expect(failure).toMatchObject({ code: expect.stringMatching(/^source_/) });
});

test('an endless answer is cut off', async () => {
  const block = Buffer.alloc(1_000_000, ' ');
  const failure = await failureAt((_request, response) => {
    const more = () => {
      while (!response.destroyed && response.write(block));
    };
    response.writeHead(200);
    response.on('drain', more);
    more();
  });
  expect(failure).toMatchObject({ code: 'source_failed' });
});

test('a server that says nothing is given up', async () => {
  const failure = await failureAt(() => {}, 50);
  expect(failure).toMatchObject({ code: 'source_failed', reason: 'timeout' });
});

test('a list that never ends is read by pages', async () => {
  const sim = await startBigQuery();
  const server = await serveFiles((request, response, count) => {
    const body =
      request.url === '/token'
        ? { access_token: 'an-invented-token', expires_in: 3600 }
        : { nextPageToken: String(count) };
    response.writeHead(200).end(JSON.stringify(body));
  });
  const credentials = new Secret({ service_account_key: sim.credentials, endpoint: server.origin });
  const page = await swiftProvider().audiences(credentials, { limit: 5 }, never);
  expect(page).toEqual({ items: [], next: expect.any(String) });
  const asked = server.requests.length;
  expect(asked).toBeLessThan(40);
  await swiftProvider().audiences(credentials, { limit: 5, cursor: page.next! }, never);
  expect(server.requests.length).toBeLessThan(2 * asked + 1);
});

test('a redirect is not followed', async () => {
  const elsewhere = await serveFiles((_request, response) => response.end('{}'));
  await failureAt((_request, response) => response.writeHead(302, { location: elsewhere.origin }).end());
  expect(elsewhere.requests).toEqual([]);
});
