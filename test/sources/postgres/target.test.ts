import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { LineupError } from '../../../src/contracts/errors.ts';
import { Secret } from '../../../src/contracts/secret.ts';
import { readTarget } from '../../../src/sources/postgres/target.ts';
import { makeCertificate } from '../support/postgres-proxy.ts';

const failureOf = (url: string, ca?: string): LineupError => {
  try {
    readTarget({ url, ca });
  } catch (error) {
    if (error instanceof LineupError) return error;
  }
  throw new Error('a LineupError was expected');
};

describe('a connection URL', () => {
  it('names server, database and user', () => {
    const target = readTarget({ url: new Secret('postgres://an%40a:p%2Fss@db.example.com:6000/sh%20op') });
    expect(target).toMatchObject({ host: 'db.example.com', port: 6000, user: 'an@a', database: 'sh op' });
    expect(target.password.reveal()).toBe('p/ss');
    expect(target.label).toBe('PostgreSQL "sh op" (an@a@db.example.com:6000)');
    expect(inspect(target, { depth: 9 })).not.toContain('p/ss');
  });

  it.each([
    ['postgres://ana@db.example.com', { host: 'db.example.com', port: 5432, database: 'ana' }],
    ['postgresql://ana@[2001:db8::1]/x', { host: '2001:db8::1', port: 5432, database: 'x' }],
    ['postgres://ana@localhost/x?host=%2Frun%2Fpostgresql', { host: '/run/postgresql', tls: false }],
    ['postgres://ana@%2Frun%2Fpostgresql/x', { host: '/run/postgresql', tls: false }],
    ['postgres:///x?host=db.example.com&port=6000', { user: '' }],
    ['postgres://ana@h/x?options=-c%20search_path%3Dcrm', { options: '-c search_path=crm' }],
    ['postgres://ana@h/x?channel_binding=require', { channelBinding: true }],
    [
      'postgres://ana@h/x?application_name=crm&connect_timeout=3',
      { applicationName: 'crm', connectTimeoutMs: 3000 },
    ],
    [
      'postgres://ana@h/x',
      { channelBinding: false, options: undefined, applicationName: 'lineup', connectTimeoutMs: 10_000 },
    ],
  ])('may be short: %s', (url, expected) => {
    if ('user' in expected) expect(failureOf(url).message).toContain('names no user');
    else expect(readTarget({ url })).toMatchObject(expected);
  });

  it.each([
    ['mysql://ana@h/x', 'no PostgreSQL URL'],
    ['ana:secret@h/x', 'no PostgreSQL URL'],
    ['postgres://ana:sec/ret@h/x', 'no PostgreSQL URL'],
    ['postgres://ana:100%secret@h/x', 'write %25'],
    ['postgres://ana:1?secret=2@h/x', 'names no user'],
    ['postgres://ana:1#secret@h/x', 'names no user'],
    ['postgres://ana@h/x?port=1e9', 'The port of the PostgreSQL URL must be a whole number from 1 to 65535'],
    ['postgres://ana@h/x?port=x', 'The port of the PostgreSQL URL must be a whole number'],
    ['postgres://ana@h/x?connect_timeout=0', 'connect_timeout of the PostgreSQL URL must be a whole number'],
    ['postgres://ana@h/x?connect_timeout=-1', 'whole number from 1 to 600'],
    ['postgres://ana@h/x?sslmode=prefer', 'sslmode=prefer is not known'],
    ['postgres://ana@h/x?sslmode=verify-ca', 'needs the certificate'],
    ['postgres://ana@h/x?sslrootcert=/etc/passwd', 'beside the URL'],
    ['postgres://ana@h/x?ssl=true', 'parameter "ssl"'],
  ])('that cannot be used says why: %s', (url, message) => {
    const failure = failureOf(url);
    expect(failure).toMatchObject({
      code: 'invalid_configuration',
      message: expect.stringContaining(message),
    });
    expect(inspect(failure)).not.toContain('secret');
  });
});

describe('sslmode', () => {
  const ca = makeCertificate('authority.example.com').cert;
  const tls = (parameters: string, authority?: string, host = 'db.example.com') =>
    readTarget({ url: `postgres://ana@${host}/x?${parameters}`, ca: authority }).tls;
  const unnamed = { ca, checkServerIdentity: expect.any(Function) };

  it.each([
    ['', undefined, { ca: undefined }],
    ['', ca, { ca }],
    ['', '', { ca: undefined }],
    ['sslmode=verify-full', ca, { ca }],
    ['sslmode=verify-ca', ca, unnamed],
    ['sslmode=require', ca, unnamed],
    ['sslmode=require', undefined, { rejectUnauthorized: false }],
    ['sslmode=disable', undefined, false],
  ])('"%s" (%#)', (parameters, authority, expected) => {
    expect(tls(parameters, authority)).toEqual(expected);
  });

  it.each(['no certificate', ca.slice(0, -60), 'x'.repeat(2000)])(
    'needs a whole authority (%#)',
    (authority) => {
      expect(failureOf('postgres://ana@h/x', authority)).toMatchObject({
        code: 'invalid_configuration',
        message: expect.stringContaining('not in PEM form'),
      });
    },
  );

  it.each(['localhost', '127.0.0.1', '127.9.9.9', '[::1]', '%2Ftmp'])('need not be given for %s', (host) => {
    expect(tls('', undefined, host)).toBe(false);
    expect(tls('sslmode=verify-full', undefined, host)).toEqual({ ca: undefined });
  });

  it.each(['127.0.0.1.example.com', 'localhost.example.com', '128.0.0.1'])(
    'is the strictest for %s',
    (host) => {
      expect(tls('', undefined, host)).toEqual({ ca: undefined });
    },
  );
});
