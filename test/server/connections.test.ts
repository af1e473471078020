/** Below the routes, on real sockets: invalid HTTP, too much data, and missing data. */
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { type Listening, listen } from '../../src/server/connections.ts';
import { mainDatabase, type TestDatabase } from '../support/databases.ts';
import { type TestServer, testServer } from '../support/server.ts';
import { type Given, tokens, useCases } from '../support/use-cases.ts';
import { answers } from './answers.ts';

let service: ReturnType<typeof useCases>;
let given: Given;
let server: TestServer;
let listening: Listening;
let opened: TestDatabase;
let sockets: Socket[] = [];
beforeAll(async () => {
  opened = await mainDatabase.migrated();
  given = answers();
  service = useCases(given);
  server = await testServer(opened.database, service, { patience: { headersMs: 300, bodyMs: 300 } });
  listening = await listen(server.app, { port: 0 });
});
afterEach(() => {
  for (const socket of sockets) socket.destroy();
  sockets = [];
});
afterAll(async () => {
  await listening.stop(0);
  await opened.drop();
});

/** Sends `text` unchanged. */
function dial(text: string): Socket {
  const socket = connect(Number(new URL(listening.url).port), '127.0.0.1');
  sockets.push(socket);
  socket.on('error', () => {});
  socket.write(text);
  return socket;
}

/** All data until the server ends the connection. */
async function readUntilEnd(socket: Socket): Promise<string> {
  let all = '';
  socket.on('data', (part) => {
    all += String(part);
  });
  await once(socket, 'close');
  return all;
}

function problemIn(answer: string) {
  const [head = '', body = ''] = answer.split('\r\n\r\n');
  expect(head.toLowerCase()).toContain('content-type: application/problem+json');
  expect(head.toLowerCase()).toContain('connection: close');
  const problem = JSON.parse(body) as Record<string, unknown>;
  expect(head).toMatch(new RegExp(`^HTTP/1.1 ${problem.status} `));
  expect(head.toLowerCase()).toContain(`x-request-id: ${problem.request_id}`);
  return problem;
}

const post = (path: string, headers: string, body = '') =>
  `POST ${path} HTTP/1.1\r\nhost: localhost\r\n${headers}\r\n\r\n${body}`;
const json = 'content-type: application/json\r\ncontent-length: 1000';
const bearer = (token: string) => `authorization: Bearer ${token}`;

test.each([
  ['no HTTP', 'GARBAGE\r\n\r\n', 400, 'invalid_argument'],
  ['two lengths', post('/health', 'content-length: 1\r\ncontent-length: 2'), 400, 'invalid_argument'],
  ['an endless address', `GET /${'x'.repeat(20_000)}`, 431, 'request_headers_too_large'],
  [
    'endless headers',
    `GET /health HTTP/1.1\r\nx-long: ${'x'.repeat(20_000)}\r\n\r\n`,
    431,
    'request_headers_too_large',
  ],
  ...['a', 'localhost'].map((second): [string, string, number, string] => [
    `a second host "${second}"`,
    `GET /health HTTP/1.1\r\nhost: localhost\r\nHost: ${second}\r\nconnection: close\r\n\r\n`,
    400,
    'invalid_argument',
  ]),
  ['no host', 'GET /health HTTP/1.1\r\nconnection: close\r\n\r\n', 400, 'invalid_argument'],
  ...['a b', 'x/../y', 'x@y', 'http://x', '[::1', 'x:y', 'x?', 'x#', ''].map(
    (host): [string, string, number, string] => [
      `the host "${host}"`,
      `GET /api/v1/sign-in HTTP/1.1\r\nhost: ${host}\r\nconnection: close\r\n\r\n`,
      400,
      'invalid_argument',
    ],
  ),
  ['headers that never arrive', 'GET /health HTTP/1.1\r\nhost: local', 408, 'request_too_slow'],
  [
    'a body that never arrives',
    post('/api/v1/jobs', `${bearer(tokens.editor)}\r\n${json}`, '{"name":'),
    408,
    'request_too_slow',
  ],
  [
    'a chunked body that never arrives',
    post('/api/v1/session', 'transfer-encoding: chunked\r\ncontent-type: application/json', '5\r\n{"ema'),
    408,
    'request_too_slow',
  ],
])('%s gets a problem response, and the connection ends', async (_, text, status, code) => {
  expect(problemIn(await readUntilEnd(dial(text)))).toMatchObject({ status, code });
});

test('a connection ends if the body of a refused request never arrives', async () => {
  const answer = await readUntilEnd(dial(post('/api/v1/jobs', json, '{')));
  expect(answer).toMatch(/^HTTP\/1.1 401 /);
  // The server sends no second answer.
  expect(answer.match(/HTTP\/1.1/g)).toHaveLength(1);
});

test.each(['localhost', 'api:8080', '[::1]:8080', '198.51.100.7', 'my_host.example.'])(
  'a valid host: %s',
  async (host) => {
    const answer = await readUntilEnd(dial(`GET /health HTTP/1.1\r\nhost: ${host}\r\nconnection: close\r\n\r\n`));
    expect(answer).toMatch(/^HTTP\/1.1 200 /);
  },
);

test('a silent connection ends', async () => {
  expect(await readUntilEnd(dial(''))).not.toContain(' 200 ');
});

test('an upload may take longer than any other body', async () => {
  const begun = Promise.withResolvers<void>();
  given.uploads.create = async (_, { bytes }) => {
    let size = 0;
    for await (const block of bytes) {
      if (size === 0) begun.resolve();
      size += block.length;
    }
    return { ...(await service.uploads.get('upl_1')), bytes: size };
  };
  const headers = `${bearer(tokens.editor)}\r\ncontent-type: application/octet-stream\r\ncontent-length: 10`;
  const slow = dial(post('/api/v1/uploads?name=a.csv', headers, 'email'));
  const answer = once(slow, 'data');
  await begun.promise;
  // Twice the time after which another half-sent body is ended. That one began after this upload.
  for (let n = 0; n < 2; n += 1)
    await readUntilEnd(dial(post('/api/v1/jobs', `${bearer(tokens.editor)}\r\n${json}`, '{')));
  slow.write('\na@b.');
  const [output] = await answer;
  expect(String(output)).toMatch(/^HTTP\/1.1 201 /);
  expect(String(output)).toContain('"bytes":10');
});
