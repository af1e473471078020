/** The log is read by many: what lets somebody in is not in it. */
import { Writable } from 'node:stream';
import { expect, test } from 'vitest';
import { createLog } from '../../src/server/log.ts';

function logged(entry: object): Record<string, unknown> {
  let text = '';
  const to = new Writable({
    write: (chunk, _, done) => {
      text += String(chunk);
      done();
    },
  });
  createLog({ to }).info(entry, 'said');
  return JSON.parse(text);
}

test('secrets are cut out at any usual depth', () => {
  const secrets = {
    authorization: 'Bearer lineup_x',
    cookie: 'lineup.session_token=x',
    'set-cookie': 'lineup.session_token=x',
    password: 'x',
    token: 'x',
    secret_key: 'x',
  };
  const cut = Object.fromEntries(Object.keys(secrets).map((name) => [name, '[secret]']));
  expect(logged({ ...secrets, headers: secrets, answer: { headers: secrets } })).toMatchObject({
    ...cut,
    headers: cut,
    answer: { headers: cut },
  });
});

test('a request is told without its query and headers', () => {
  const request = { method: 'GET', url: '/api/v1/jobs?token=x', ip: '127.0.0.1', headers: { cookie: 'x' } };
  expect(logged({ req: request }).req).toEqual({ method: 'GET', path: '/api/v1/jobs', ip: '127.0.0.1' });
});

test('a line is plain JSON with a word for its level and a time', () => {
  expect(logged({ part: 'test' })).toEqual({
    level: 'info',
    time: expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/),
    part: 'test',
    msg: 'said',
  });
});
