/** Many people read the log, so it must not hold credentials. */
import { hostname } from 'node:os';
import { Writable } from 'node:stream';
import { expect, test } from 'vitest';
import { logEvents } from '../../src/contracts/event-log.ts';
import { LineupError } from '../../src/domain/errors/errors.ts';
import { sentence } from '../../src/domain/text/sentence.ts';
import { createLog, eventLog } from '../../src/server/log.ts';
import { mainDatabase } from '../support/databases.ts';

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

test('secrets are removed at any usual depth', () => {
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

test('a request is logged without its query and headers', () => {
  const request = { method: 'GET', url: '/api/v1/jobs?token=x', ip: '127.0.0.1', headers: { cookie: 'x' } };
  expect(logged({ req: request }).req).toEqual({ method: 'GET', path: '/api/v1/jobs', ip: '127.0.0.1' });
});

test('a line is plain JSON with a level name and a time', () => {
  expect(logged({ part: 'test' })).toEqual({
    level: 'info',
    time: expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/),
    part: 'test',
    msg: 'said',
  });
});

test('an event is a line with its name, its level, its meaning and its process', () => {
  const lines: Record<string, unknown>[] = [];
  const to = new Writable({
    write: (chunk, _, done) => {
      lines.push(JSON.parse(String(chunk)));
      done();
    },
  });
  const log = eventLog(createLog({ to, level: 'debug' }));
  log.record('run.lease_lost', { run_id: 'run_1', job_id: 'job_1' });
  log.record('run.waiting', { run_id: 'run_1' });
  expect(lines).toEqual([
    {
      level: 'warn',
      time: expect.any(String),
      event: 'run.lease_lost',
      run_id: 'run_1',
      job_id: 'job_1',
      host: hostname(),
      pid: process.pid,
      msg: logEvents['run.lease_lost'].meaning,
    },
    expect.objectContaining({ level: 'debug', event: 'run.waiting' }),
  ]);
});

test('our own errors are logged with code and cause, but without their sentence, which may hold the name of a file', () => {
  let text = '';
  const to = new Writable({
    write: (chunk, _, done) => {
      text += String(chunk);
      done();
    },
  });
  const log = eventLog(createLog({ to }));
  const cause = Object.assign(new Error('read failed'), { code: 'EIO' });
  const name = '/srv/exports/gold members.csv';
  const error = new LineupError('source_unreadable', sentence`The file ${name} cannot be read.`, { cause });
  log.record('chore.failed', { chore: 'staged', duration_ms: 3, err: error });
  expect(JSON.parse(text)).toMatchObject({ level: 'error', code: 'source_unreadable', err: { code: 'EIO' } });
  expect(text).not.toContain('gold members');
});

test('a database error is logged without the values of its statement', async () => {
  const { database, drop } = await mainDatabase.migrated();
  const value = {
    key: 'k',
    value: '"a secret of the row"',
    updated_by: 'aiko@example.com',
    updated_at: new Date(0),
  };
  const insert = () => database.db.insertInto('settings').values(value).execute();
  await insert();
  const refused = await insert().catch((error) => error);
  await drop();
  const { err } = logged({ err: new AggregateError([refused], 'Two at once.', { cause: refused }) });
  expect(err).toMatchObject({ aggregateErrors: [{ code: '23505', constraint: 'settings_pkey' }] });
  expect(logged({ err: refused }).err).toMatchObject({
    code: '23505',
    stack: expect.stringContaining('at '),
  });
  for (const kept of ['a secret of the row', 'aiko@example.com']) {
    expect(JSON.stringify([err, logged({ err: refused })])).not.toContain(kept);
  }
});
