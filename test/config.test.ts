import { globSync, readdirSync, readFileSync } from 'node:fs';
import { inspect } from 'node:util';
import Fastify from 'fastify';
import { describe, expect, test } from 'vitest';
import { readConfig } from '../src/config/config.ts';
import { proxyVariables } from '../src/config/proxy.ts';
import { readerEnvironment } from '../src/config/reader-environment.ts';
import { providers } from '../src/contracts/providers/index.ts';

const server = async (environment: Record<string, string>) => (await readConfig(environment)).server();
const remote = async (environment: Record<string, string>) => (await readConfig(environment)).remote();

test('the defaults suit one process on one machine', async () => {
  expect(await server({})).toEqual({
    databaseUrl: undefined,
    secretKey: undefined,
    publicUrl: undefined,
    trustProxy: false,
    logLevel: 'info',
    oidc: undefined,
    auditTargets: { file: undefined, webhook: undefined },
    internalHosts: [],
    memberFingerprints: true,
    metricsPerJob: false,
    secretsOutside: undefined,
  });
  expect(await remote({})).toBeUndefined();
});

const oidc = {
  LINEUP_OIDC_ISSUER: 'https://login.example.com',
  LINEUP_OIDC_CLIENT_ID: 'lineup',
  LINEUP_OIDC_CLIENT_SECRET: 's',
};

test('the roles of groups keep any name, and people are then asked about each hour', async () => {
  const roles = { administrator: ['a=b', 'Marketing, Tokyo'], viewer: ['*', '0b5f9a3e-6f0c-4a53-9c43-1d2e3f4a5b6c'] };
  const own = { ...oidc, LINEUP_OIDC_SCOPES: ' groups  x:y ' };
  expect((await server(own)).oidc).toMatchObject({
    groupsClaim: 'groups',
    scopes: ['groups', 'x:y'],
    roles: undefined,
  });
  expect((await server(own)).oidc?.recheckMs).toBeUndefined();
  const withRoles = { ...own, LINEUP_OIDC_ROLES: JSON.stringify(roles) };
  expect((await server(withRoles)).oidc).toMatchObject({ roles, recheckMs: 3_600_000 });
  expect((await server({ ...withRoles, LINEUP_OIDC_RECHECK_MINUTES: '0' })).oidc?.recheckMs).toBeUndefined();
});

test.each([
  [{ LINEUP_PUBLIC_URL: 'lineup.example.com' }, 'LINEUP_PUBLIC_URL is not a valid URL'],
  [{ LINEUP_PUBLIC_URL: 'https://user:pass@lineup.example.com' }, 'LINEUP_PUBLIC_URL'],
  [{ LINEUP_PUBLIC_URL: 'https://tools.example.com/lineup' }, 'LINEUP_PUBLIC_URL has a path'],
  [{ LINEUP_TRUST_PROXY: 'proxy.example.com' }, 'LINEUP_TRUST_PROXY takes false, or the addresses'],
  [{ LINEUP_TRUST_PROXY: 'true' }, 'anybody could pretend to be the proxy'],
  [{ LINEUP_TRUST_PROXY: '1' }, 'LINEUP_TRUST_PROXY takes'],
  [{ LINEUP_TRUST_PROXY: '0.0.0.0/0' }, 'LINEUP_TRUST_PROXY takes'],
  [{ LINEUP_TRUST_PROXY: '10.0.0.1,10.0.0.0/33' }, 'LINEUP_TRUST_PROXY takes'],
  [{ LINEUP_READER_MEMORY_MB: '100' }, 'LINEUP_READER_MEMORY_MB takes a whole number from 256 to'],
  [{ LINEUP_LOG_LEVEL: 'loud' }, 'LINEUP_LOG_LEVEL takes debug, info, warn, error, silent, but got "loud"'],
  [{ LINEUP_OIDC_ISSUER: 'https://login.example.com' }, 'LINEUP_OIDC_CLIENT_ID and LINEUP_OIDC_CLIENT_SECRET are'],
  [{ ...oidc, LINEUP_OIDC_CREATE_USERS: 'yes' }, 'LINEUP_OIDC_CREATE_USERS takes true, false'],
  ...[
    'line-admins=administrator',
    '[]',
    '{}',
    '{"viewer": []}',
    '{"admin": ["a"]}',
    '{"viewer": "a"}',
    '{"viewer": [""]}',
    '{"viewer": [7]}',
    `{"viewer": ["${'a'.repeat(257)}"]}`,
    JSON.stringify({ viewer: Array.from({ length: 501 }, (_, n) => `g${n}`) }),
  ].map((LINEUP_OIDC_ROLES): [object, string] => [
    { ...oidc, LINEUP_OIDC_ROLES },
    'LINEUP_OIDC_ROLES takes a JSON object with the groups of each role, such as',
  ]),
  [{ LINEUP_AUDIT_LOG_PATH: 'audit.jsonl' }, 'LINEUP_AUDIT_LOG_PATH takes the whole path of a file'],
  [{ LINEUP_AUDIT_LOG_PATH: '/var/log/' }, 'LINEUP_AUDIT_LOG_PATH takes the whole path of a file'],
  [{ LINEUP_AUDIT_LOG_URL: 'https://a:b@siem.example.com' }, 'LINEUP_AUDIT_LOG_URL is not a valid URL'],
  [{ LINEUP_AUDIT_LOG_AUTHORIZATION: 'Bearer x' }, 'LINEUP_AUDIT_LOG_URL is not set. LINEUP_AUDIT_LOG_AUTHORIZATION'],
  [
    { LINEUP_AUDIT_LOG_URL: 'https://siem.example.com', LINEUP_AUDIT_LOG_SIGNING_KEY: 'short' },
    'LINEUP_AUDIT_LOG_SIGNING_KEY takes whsec_ and at least 24 bytes in base64',
  ],
  [{ ...oidc, LINEUP_OIDC_RECHECK_MINUTES: '1000' }, 'LINEUP_OIDC_RECHECK_MINUTES takes a whole number from 0 to 720'],
  [{ ...oidc, LINEUP_OIDC_SCOPES: 'a "b"' }, 'LINEUP_OIDC_SCOPES takes names of scopes, separated by spaces'],
])('%o is refused', async (environment, message) => {
  await expect(server(environment as Record<string, string>)).rejects.toThrow(message);
});

test('internal hosts are separated by commas, and each must be valid', async () => {
  expect(await server({ LINEUP_INTERNAL_HOSTS: ' db:5432, 10.0.0.0/8 ,/run/postgresql,' })).toMatchObject({
    internalHosts: ['db:5432', '10.0.0.0/8', '/run/postgresql'],
  });
  await expect(server({ LINEUP_INTERNAL_HOSTS: 'db,http://x' })).rejects.toThrow(
    /^LINEUP_INTERNAL_HOSTS takes hosts.* got "http:\/\/x"/,
  );
});

test.each([
  ['false', false],
  ['10.0.0.1, 192.168.0.0/16,::1', '10.0.0.1, 192.168.0.0/16,::1'],
])('the trusted proxies: %s', async (value, trustProxy) => {
  expect((await server({ LINEUP_TRUST_PROXY: value })).trustProxy).toEqual(trustProxy);
  await Fastify({ trustProxy }).close();
});

test('a process that reads sources gets no secrets', () => {
  const environment = {
    PATH: '/usr/bin',
    NODE_EXTRA_CA_CERTS: '/etc/ca.pem',
    https_proxy: 'http://proxy:3128',
    DATABASE_URL: 'postgres://lineup:secret@db/lineup',
    LINEUP_SECRET_KEY: 'secret',
    LINE_ADS_SECRET_KEY: 'secret',
    PGPASSWORD: 'secret',
    NODE_OPTIONS: '--inspect',
  };
  expect(readerEnvironment(environment)).toEqual({
    PATH: '/usr/bin',
    NODE_EXTRA_CA_CERTS: '/etc/ca.pem',
    NODE_USE_ENV_PROXY: '1',
    ...proxyVariables(environment),
  });
});

test('it gets credentials of the machine only if the operator allows it', () => {
  const machine = {
    AWS_ACCESS_KEY_ID: 'AKIA',
    AWS_ROLE_ARN: 'arn',
    GOOGLE_CLOUD_PROJECT: 'shop',
    HOME: '/home/lineup',
  };
  const others = { LINEUP_SECRET_KEY: 'secret', DATABASE_URL: 'postgres://lineup@db/lineup' };
  expect(readerEnvironment({ ...machine, ...others, LINEUP_MACHINE_CREDENTIALS: 'false' })).toEqual({});
  const allowed = { ...machine, LINEUP_MACHINE_CREDENTIALS: 'true' };
  expect(readerEnvironment({ ...allowed, ...others })).toEqual(machine);
});

test('the handbook lists every variable, and the program reads every listed variable', () => {
  const source = readdirSync('src/config').map((file) => readFileSync(`src/config/${file}`, 'utf8'));
  const ofSources = providers.flatMap(({ methods }) =>
    methods.flatMap(({ fields }) =>
      fields.flatMap(({ variable = [], secondVariable = [] }) => [variable, secondVariable].flat()),
    ),
  );
  const read = new Set([...(source.join('\n').match(/\b(LINEUP|LINE_ADS|DATABASE)_[A-Z_]+\b/g) ?? []), ...ofSources]);
  const pages = globSync('docs/{operations/*,sources*}.md');
  const named = pages.flatMap((page) => readFileSync(page, 'utf8').match(/(?<=`)[A-Z][A-Z0-9]*_[A-Z0-9_]+/g) ?? []);
  const reported = new Set(named.filter((name) => /^(LINEUP|LINE_ADS|DATABASE)_/.test(name) || read.has(name)));
  // Every variable may be in a file (test/variable-files.test.ts).
  const variables = (names: Set<string>) => [...new Set([...names].map((name) => name.replace(/_FILE$/, '')))].sort();
  expect(variables(reported)).toEqual(variables(read));
});

describe('secrets', () => {
  const environment = {
    LINEUP_SECRET_KEY: 'an invented key',
    LINEUP_URL: 'https://lineup.example.com/',
    LINEUP_TOKEN: 'lineup_invented',
    LINEUP_OIDC_ISSUER: 'https://login.example.com/',
    LINEUP_OIDC_CLIENT_ID: 'lineup',
    LINEUP_OIDC_CLIENT_SECRET: 'an invented secret',
  };

  test('can be read by the code that needs them, and are never printed', async () => {
    const settings = await server(environment);
    const service = await remote(environment);
    expect(settings.secretKey?.reveal()).toBe('an invented key');
    expect(settings.oidc?.clientSecret.reveal()).toBe('an invented secret');
    expect([service?.url, service?.token.reveal()]).toEqual(['https://lineup.example.com', 'lineup_invented']);
    expect(inspect([settings, service], { depth: 9 })).not.toMatch(/invented/);
  });

  test('are required: a service without a token is an error', async () => {
    const { LINEUP_TOKEN: _, ...without } = environment;
    await expect(remote(without)).rejects.toThrow('LINEUP_TOKEN is not set');
  });
});
