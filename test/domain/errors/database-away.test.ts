import { describe, expect, test } from 'vitest';
import { databaseFailure, isDatabaseAway } from '../../../src/domain/errors/database-away.ts';
import { LineupError } from '../../../src/domain/errors/errors.ts';

const errorOf = (code: string | undefined, message = 'a fault', more = {}) =>
  Object.assign(new Error(message), { ...(code !== undefined && { code }), ...more });

describe('a database is away', () => {
  test.each([
    ['57P01', 'terminating connection due to administrator command'],
    ['57P02', 'terminating connection because of crash of another server process'],
    ['57P03', 'the database system is not yet accepting connections'],
    ['08006', 'connection failure'],
    ['08003', 'connection does not exist'],
    ['53300', 'sorry, too many clients already'],
    ['08P01', 'server conn crashed?'],
    ['08P01', 'query_wait_timeout'],
    ['08P01', 'no more connections allowed (max_client_conn)'],
    ['08P01', 'pooler is shutting down'],
    ['08P01', 'server login has been failing, cached error: connect failed (server_login_retry)'],
    ['ECONNREFUSED', 'connect ECONNREFUSED 127.0.0.1:5432'],
    ['ECONNRESET', 'read ECONNRESET'],
    ['EPIPE', 'write EPIPE'],
    ['ETIMEDOUT', 'it sent nothing'],
    ['EAI_AGAIN', 'getaddrinfo EAI_AGAIN db'],
    [undefined, 'Connection terminated unexpectedly'],
    [undefined, 'Connection terminated due to connection timeout'],
    [undefined, 'timeout exceeded when trying to connect'],
    [undefined, 'Client has encountered a connection error and is not queryable'],
  ])('for now: %s %s', (code, message) => {
    expect(isDatabaseAway(errorOf(code, message))).toBe(true);
    expect(databaseFailure(errorOf(code, message))).toMatchObject({
      code: 'database_unreachable',
      retryable: true,
    });
  });

  test.each([
    ['08P01', 'no such database: nowhere'],
    ['08P01', 'no such user: nobody'],
    ['08P01', 'password authentication failed'],
    ['08P01', 'unsupported startup parameter: options'],
    ['23505', 'duplicate key value violates unique constraint'],
    ['42P01', 'relation "runs" does not exist'],
    ['28P01', 'password authentication failed for user "lineup"'],
    [undefined, 'Cannot read properties of undefined'],
  ])('not: %s %s', (code, message) => {
    expect(isDatabaseAway(errorOf(code, message))).toBe(false);
    expect(databaseFailure(errorOf(code, message))).toBeUndefined();
  });

  test('when its socket is missing, but not when another file is', () => {
    expect(isDatabaseAway(errorOf('ENOENT', 'connect ENOENT /run/.s.PGSQL.5432', { syscall: 'connect' }))).toBe(true);
    expect(isDatabaseAway(errorOf('ENOENT', 'open chunk', { syscall: 'open' }))).toBe(false);
  });
});

test('a full disk of the database passes, and an error with a sentence stays', () => {
  expect(databaseFailure(errorOf('53100'))).toMatchObject({ code: 'disk_full', retryable: true });
  expect(databaseFailure(new LineupError('line_unreachable', 'LINE does not answer.'))).toBeUndefined();
  for (const nothing of [undefined, null, 'text']) expect(databaseFailure(nothing)).toBeUndefined();
});
