import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { LineupError } from '../../../src/domain/errors/errors.ts';
import { Secret } from '../../../src/domain/values/secret.ts';
import { readTarget } from '../../../src/sources/postgres/target.ts';
import { makeCertificate } from '../support/certificate.ts';

/** Whatever NODE_TLS_REJECT_UNAUTHORIZED says. */
const checked = { rejectUnauthorized: true };

const failureOf = (url: string, ca?: string): LineupError => {
  try {
    readTarget({ url, ca });
  } catch (error) {
    if (error instanceof LineupError) return error;
  }
  throw new Error('expected a LineupError');
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
    [
      'postgres:///?host=db.example.com&port=6000&user=an%40a&dbname=sh%20op',
      { host: 'db.example.com', port: 6000, user: 'an@a', database: 'sh op' },
    ],
    ['postgres://ana@/x?host=%2Frun%2Fpostgresql', { host: '/run/postgresql', user: 'ana', database: 'x' }],
    ['postgres://ana:p%40ss@/x?host=db.example.com', { host: 'db.example.com', user: 'ana' }],
    ['postgres://ana@:6000', { host: 'localhost', port: 6000, database: 'ana' }],
    ['postgres://ana@?host=/tmp', { host: '/tmp', database: 'ana' }],
    ['postgres://ana@h/x?options=-c%20search_path%3Dcrm', { options: '-c search_path=crm' }],
    ['postgres://ana@h/x?channel_binding=require', { channelBinding: true }],
    ['postgres://ana@h/x?application_name=crm&connect_timeout=3', { applicationName: 'crm', connectTimeoutMs: 3000 }],
    [
      'postgres://ana@h/x',
      { channelBinding: false, options: undefined, applicationName: 'lineup', connectTimeoutMs: 10_000 },
    ],
  ])('may be short: %s', (url, expected) => {
    expect(readTarget({ url })).toMatchObject(expected);
  });

  it.each([
    ['mysql://ana@h/x', 'not a PostgreSQL URL'],
    ['ana:secret@h/x', 'not a PostgreSQL URL'],
    ['postgres://ana:sec/ret@h/x', 'not a PostgreSQL URL'],
    ['postgres://ana:100%secret@h/x', 'Write %25'],
    ['postgres:///x?host=db.example.com&port=6000', 'has no user'],
    ['postgres://ana:1?secret=2@h/x', 'has no user'],
    ['postgres://ana:1#secret@h/x', 'has no user'],
    ['postgres://ana@h/x?port=1e9', 'The port of the PostgreSQL URL must be a whole number from 1 to 65535'],
    ['postgres://ana@h/x?port=x', 'The port of the PostgreSQL URL must be a whole number'],
    ['postgres://ana@h/x?connect_timeout=0', 'connect_timeout of the PostgreSQL URL must be a whole number'],
    ['postgres://ana@h/x?connect_timeout=-1', 'whole number from 1 to 600'],
    ['postgres://ana@h/x?sslmode=prefer', 'sslmode=prefer is unknown'],
    ['postgres://ana@h/x?sslmode=verify-ca', 'needs the certificate'],
    ['postgres://ana@h/x?sslrootcert=/etc/passwd', 'as the CA certificate'],
    ['postgres://ana@h/x?ssl=true', 'parameter "ssl"'],
    ['postgres://ana@h/x%00options%00secret', 'NUL'],
    ['postgres://ana@h/x?application_name=a%00', 'NUL'],
  ])('is refused with the reason: %s', (url, message) => {
    const failure = failureOf(url);
    expect(failure).toMatchObject({
      code: 'invalid_configuration',
      message: expect.stringContaining(message),
    });
    expect(inspect(failure)).not.toContain('secret');
  });
});

describe('a URL from the owner of the machine', () => {
  const { cert } = makeCertificate('authority.example.com');
  let folder = '';
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'lineup-test-authority-'));
    await writeFile(join(folder, 'ca.pem'), cert);
    await writeFile(join(folder, 'none.pem'), 'no certificate');
  });
  afterAll(() => rm(folder, { recursive: true }));
  const read = (url: string) => readTarget({ url, ownMachine: true });

  it('may name the file of an authority', () => {
    const url = `postgres://ana@db.example.com/x?sslrootcert=${encodeURIComponent(join(folder, 'ca.pem'))}`;
    expect(read(url).tls).toEqual({ ...checked, ca: cert });
    expect(read(`${url}&sslmode=verify-ca`).tls).toEqual({
      ...checked,
      ca: cert,
      checkServerIdentity: expect.any(Function),
    });
    expect(read('postgres://ana@db.example.com/x?sslrootcert=system').tls).toEqual({
      ...checked,
      ca: undefined,
    });
  });

  it.each([
    ['postgres://ana@h/x?sslrootcert=FOLDER/nothing.pem', 'nothing.pem (sslrootcert) cannot be read'],
    ['postgres://ana@h/x?sslrootcert=FOLDER', '(sslrootcert) cannot be read'],
    ['postgres://ana@h/x?sslrootcert=/dev/zero', '(sslrootcert) cannot be read'],
    ['postgres://ana@h/x?sslrootcert=FOLDER/none.pem', 'not in PEM form'],
    ['postgres://ana@h/x?sslrootcert=system&sslmode=verify-ca', 'needs the certificate'],
    ['postgres://ana:1?secret=2@h/x', 'has no user'],
    ['postgres://ana:1#secret@h/x', 'has no user'],
    ['postgres://ana@h/x?sslkey=/etc/key', 'parameter "sslkey"'],
  ])('is refused with the reason: %s', (url, message) => {
    const reading = () => read(url.replace('FOLDER', folder));
    expect(reading).toThrow(expect.objectContaining({ code: 'invalid_configuration' }));
    expect(reading).toThrow(message);
  });

  it('uses the user of the system if it names none', () => {
    const { username } = userInfo();
    expect(read('postgres:///shop?host=/run/postgresql')).toMatchObject({
      host: '/run/postgresql',
      user: username,
      database: 'shop',
    });
    expect(read('postgres:///')).toMatchObject({ host: 'localhost', user: username, database: username });
  });
});

describe('sslmode', () => {
  const ca = makeCertificate('authority.example.com').cert;
  const tls = (parameters: string, authority?: string, host = 'db.example.com') =>
    readTarget({ url: `postgres://ana@${host}/x?${parameters}`, ca: authority }).tls;
  const unnamed = { ...checked, ca, checkServerIdentity: expect.any(Function) };

  it.each([
    ['', undefined, { ...checked, ca: undefined }],
    ['', ca, { ...checked, ca }],
    ['', '', { ...checked, ca: undefined }],
    ['sslmode=verify-full', ca, { ...checked, ca }],
    ['sslmode=verify-ca', ca, unnamed],
    ['sslmode=require', ca, unnamed],
    ['sslmode=require', undefined, { rejectUnauthorized: false }],
    ['sslmode=disable', undefined, false],
  ])('"%s" (%#)', (parameters, authority, expected) => {
    expect(tls(parameters, authority)).toEqual(expected);
  });

  it.each(['no certificate', ca.slice(0, -60), 'x'.repeat(2000)])('needs a complete authority (%#)', (authority) => {
    expect(failureOf('postgres://ana@h/x', authority)).toMatchObject({
      code: 'invalid_configuration',
      message: expect.stringContaining('not in PEM form'),
    });
  });

  it.each(['localhost', '127.0.0.1', '127.9.9.9', '[::1]', '%2Ftmp'])('may be left out for %s', (host) => {
    expect(tls('', undefined, host)).toBe(false);
    expect(tls('sslmode=verify-full', undefined, host)).toEqual({ ...checked, ca: undefined });
  });

  it.each(['127.0.0.1.example.com', 'localhost.example.com', '128.0.0.1'])('is the strictest for %s', (host) => {
    expect(tls('', undefined, host)).toEqual({ ...checked, ca: undefined });
  });
});
