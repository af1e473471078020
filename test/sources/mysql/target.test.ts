import { expect, test } from 'vitest';
import { readTarget } from '../../../src/sources/mysql/target.ts';
import { makeCertificate } from '../support/certificate.ts';

const base = 'mysql://reader:p%2Fw%25@db.example.com';

test('a URL gives the server, the database and the user', () => {
  const target = readTarget({ url: `${base}/shop` });
  expect(target).toMatchObject({
    host: 'db.example.com',
    port: 3306,
    socket: undefined,
    database: 'shop',
    user: 'reader',
    connectTimeoutMs: 10_000,
    label: 'MySQL "shop" (reader@db.example.com:3306)',
  });
  expect(target.password.reveal()).toBe('p/w%');
  expect(readTarget({ url: 'mariadb://ana@[::1]:3307/?connect_timeout=3' })).toMatchObject({
    host: '::1',
    port: 3307,
    database: undefined,
    connectTimeoutMs: 3_000,
    tls: false,
    label: 'MySQL (ana@::1:3307)',
  });
});

test('the connection is encrypted and the certificate checked, except on this machine', () => {
  const { cert } = makeCertificate('db.example.com');
  const tlsOf = (parameters: string, ca?: string) => readTarget({ url: `${base}?${parameters}`, ca }).tls;
  expect(tlsOf('')).toEqual({ ca: undefined, rejectUnauthorized: true });
  expect(tlsOf('ssl-mode=verify_identity', cert)).toEqual({ ca: cert, rejectUnauthorized: true });
  expect(tlsOf('ssl-mode=VERIFY_CA', cert)).toMatchObject({
    ca: cert,
    rejectUnauthorized: true,
    checkServerIdentity: expect.any(Function),
  });
  expect(tlsOf('ssl-mode=REQUIRED')).toEqual({ rejectUnauthorized: false });
  expect(tlsOf('ssl-mode=DISABLED')).toBe(false);
  expect(readTarget({ url: 'mysql://a@127.0.0.1/x' }).tls).toBe(false);
  expect(readTarget({ url: `${base}` }).clearPassword).toBe(true);
  for (const mode of ['REQUIRED', 'DISABLED'])
    expect(readTarget({ url: `${base}?ssl-mode=${mode}` }).clearPassword).toBe(false);
});

test.each([
  ['postgres://a:hunter2@b/c', 'not a MySQL URL'],
  ['nonsense hunter2', 'not a MySQL URL'],
  ['mysql://db.example.com/shop', 'has no user'],
  ['mysql://:hunter2@b/c', 'has no user'],
  ['mysql://a:hun?ter2@b/c', 'use % codes for the characters'],
  ['mysql://a:hunter2%@b/c', 'a % without a code'],
  ['mysql://a%00:hunter2@b/c', 'NUL'],
  ['mysql://a:hunter2@b:0/c', 'port of the MySQL URL must be a whole number'],
  [`${base}?connect_timeout=0`, 'connect_timeout of the MySQL URL'],
  [`${base}?ssl-mode=PREFERRED`, 'ssl-mode=PREFERRED cannot be used'],
  [`${base}?ssl-mode=VERIFY_CA`, 'needs the certificate of your authority'],
  [`${base}?local_infile=1`, 'unknown parameter "local_infile"'],
  [`${base}?multipleStatements=true`, 'unknown parameter "multipleStatements"'],
  [`${base}?flags=LOCAL_FILES`, 'unknown parameter "flags"'],
  [`${base}?socket=/run/mysqld/mysqld.sock`, 'names a Unix socket'],
  [`${base}?ssl-ca=/etc/passwd`, 'names a certificate file'],
])('%s is refused', (url, message) => {
  const attempt = () => readTarget({ url });
  expect(attempt).toThrow(message);
  expect(attempt).not.toThrow('hunter2');
});

test('only the owner of the machine may name a socket and a file', () => {
  const url = `${base}/shop?socket=%2Frun%2Fmysqld%2Fmysqld.sock`;
  expect(readTarget({ url, ownMachine: true })).toMatchObject({
    socket: '/run/mysqld/mysqld.sock',
    tls: false,
    clearPassword: true,
    label: 'MySQL "shop" (reader@/run/mysqld/mysqld.sock)',
  });
  expect(() => readTarget({ url: `${base}?socket=relative`, ownMachine: true })).toThrow('absolute path');
  expect(() => readTarget({ url: `${base}?ssl-ca=/nowhere.pem`, ownMachine: true })).toThrow(
    'The certificate file /nowhere.pem (ssl-ca) cannot be read.',
  );
  expect(() => readTarget({ url: base, ca: 'no certificate' })).toThrow('not in PEM format');
});
