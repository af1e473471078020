/** `<NAME>_FILE`: the value of a variable in a file. */
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { readConfig, readConfigAnyway } from '../src/config/config.ts';
import { type Environment, environmentVariable, textOf } from '../src/config/environment.ts';
import { proxyVariables } from '../src/config/proxy.ts';
import { readSurroundings } from '../src/config/surroundings.ts';
import { providers } from '../src/contracts/providers/index.ts';
import { openFiles } from '../src/doctor/variable-files.ts';
import { LineupError } from '../src/domain/errors/errors.ts';
import { commandHere } from './support/command.ts';

function directory(): string {
  const path = mkdtempSync(join(tmpdir(), 'lineup-variables-'));
  onTestFinished(() => rmSync(path, { recursive: true }));
  return path;
}

function file(content: string | Buffer, mode = 0o600): string {
  const path = join(directory(), 'value');
  writeFileSync(path, content);
  chmodSync(path, mode);
  return path;
}

const messageOf = (read: () => unknown): string => {
  try {
    read();
  } catch (error) {
    expect(error).toBeInstanceOf(LineupError);
    expect((error as LineupError).code).toBe('invalid_configuration');
    return (error as LineupError).message;
  }
  throw new Error('nothing was refused');
};

/** The variables of the fields of sources and destinations. */
const ofFields = providers.flatMap(({ methods }) =>
  methods.flatMap(({ fields }) =>
    fields.flatMap(({ variable, secondVariable }) => [variable, secondVariable].filter((name) => name !== undefined)),
  ),
);

/** Variables that hold no secret, and that other programs read, too. */
const NEVER_SECRET = ['LINEUP_COMMAND', 'LINEUP_DEBUG', 'NODE_EXTRA_CA_CERTS', 'SSL_CERT_FILE', 'TZ'];

test('every variable that the program reads may be in a file', async () => {
  const asked = new Set<string>();
  // What must be set so that everything else is read.
  const given: Record<string, string> = {
    LINEUP_URL: 'https://lineup.example.com',
    LINEUP_TOKEN: 'lineup_invented',
    LINEUP_OIDC_ISSUER: 'https://login.example.com',
    LINEUP_OIDC_CLIENT_ID: 'lineup',
    LINEUP_OIDC_CLIENT_SECRET: 'an invented secret',
  };
  const environment = new Proxy(given, {
    get: (target, name) => {
      asked.add(String(name));
      return Reflect.get(target, name);
    },
  }) as Environment;
  const config = await readConfig(environment);
  await config.server();
  await config.remote();
  for (const name of ofFields) config.variable(name);
  proxyVariables(environment);
  readSurroundings(environment);
  environmentVariable('LINEUP_MACHINE_CREDENTIALS', environment);

  const source = readdirSync('src/config').map((name) => readFileSync(`src/config/${name}`, 'utf8'));
  const named = source.join('\n').match(/\b(LINEUP|LINE_ADS|DATABASE)_[A-Z_]+[A-Z]\b/g) ?? [];
  const notAsked = new Set(named.filter((name) => !asked.has(name) && !name.endsWith('_FILE')));
  expect([...notAsked].filter((name) => !NEVER_SECRET.includes(name))).toEqual([]);
  const withoutFile = [...asked].filter(
    (name) => /^[A-Z_0-9]+$/.test(name) && !name.endsWith('_FILE') && !asked.has(`${name}_FILE`),
  );
  expect(withoutFile.filter((name) => !NEVER_SECRET.includes(name) && name !== 'NO_PROXY')).toEqual([]);
});

test('the server, the command line and sources get values from files', async () => {
  const environment = {
    DATABASE_URL_FILE: file('postgres://lineup:invented@db.example.com/lineup\n'),
    LINEUP_SECRET_KEY_FILE: file('an invented key\r\n'),
    LINEUP_URL: 'https://lineup.example.com',
    LINEUP_TOKEN_FILE: file('lineup_invented\n'),
    LINEUP_OIDC_ISSUER: 'https://login.example.com',
    LINEUP_OIDC_CLIENT_ID: 'lineup',
    LINEUP_OIDC_CLIENT_SECRET_FILE: file('\uFEFFan invented secret'),
    LINE_ADS_ACCESS_KEY_FILE: file('access'),
    LINE_ADS_SECRET_KEY_FILE: file('secret\n'),
    LYTICS_API_TOKEN_FILE: file('token\n\n'),
    HTTPS_PROXY_FILE: file('http://user:invented@proxy.example.com:3128\n'),
  };
  const config = await readConfig(environment);
  const settings = await config.server();
  expect(settings.databaseUrl).toBe('postgres://lineup:invented@db.example.com/lineup');
  expect(settings.secretKey?.reveal()).toBe('an invented key');
  expect(settings.oidc?.clientSecret.reveal()).toBe('an invented secret');
  expect((await config.remote())?.token.reveal()).toBe('lineup_invented');
  expect(config.lineAdsKeys()).toEqual({ accessKey: 'access', secretKey: 'secret' });
  expect(config.variable('LYTICS_API_TOKEN')).toBe('token');
  expect(proxyVariables(environment)?.https_proxy).toBe('http://user:invented@proxy.example.com:3128/');
  // The name that a configuration file or `--env` gives.
  expect(environmentVariable('SHOP', { SHOP_FILE: file('a value\n') })).toBe('a value');
});

describe('a file that cannot be used is refused with its variable and path, and never with its content', () => {
  const refused = (path: string) => messageOf(() => textOf('DATABASE_URL', { DATABASE_URL_FILE: path }));
  const start = (path: string) => `DATABASE_URL_FILE names the file ${path}, which`;

  test('one that does not exist, a directory, an empty one', () => {
    const folder = directory();
    const path = join(folder, 'none');
    expect(refused(path)).toBe(`${start(path)} does not exist. Correct the path, or create the file.`);
    expect(refused(folder)).toBe(`${start(folder)} is no regular file. Name a file that holds only the value.`);
    const empty = file(' \n');
    expect(refused(empty)).toBe(`${start(empty)} is empty. Write the value to it.`);
  });

  test('one that is too large, or no text', () => {
    const large = file('invented'.repeat(20_000));
    expect(refused(large)).toBe(`${start(large)} has more than 128 KiB. Check the path.`);
    for (const bytes of [Buffer.from([0xff, 0xfe, 0x61, 0x00]), Buffer.from('a\0b')]) {
      const path = file(bytes);
      expect(refused(path)).toBe(`${start(path)} is not text in UTF-8. Write only the value to it, as plain text.`);
    }
  });

  test('a device is not read, and a link to a file is', () => {
    expect(refused('/dev/zero')).toContain('is no regular file');
    const link = join(directory(), 'link');
    symlinkSync(file('postgres://db.example.com/lineup'), link);
    expect(textOf('DATABASE_URL', { DATABASE_URL_FILE: link })).toBe('postgres://db.example.com/lineup');
  });

  test('a wrong value of a file is not shown', async () => {
    const config = await readConfig({ LINEUP_LOG_LEVEL_FILE: file('an invented secret') });
    await expect(config.server()).rejects.toThrow(
      /^The content of LINEUP_LOG_LEVEL_FILE takes debug, info, warn, error, silent\.?$/,
    );
  });
});

test('a variable and its file at the same time are refused; an empty one is not set', () => {
  const path = file('from the file');
  expect(messageOf(() => textOf('LINEUP_TOKEN', { LINEUP_TOKEN: 'invented', LINEUP_TOKEN_FILE: path }))).toBe(
    'LINEUP_TOKEN and LINEUP_TOKEN_FILE are both set. Unset one of them.',
  );
  expect(textOf('LINEUP_TOKEN', { LINEUP_TOKEN: ' ', LINEUP_TOKEN_FILE: path })).toBe('from the file');
  expect(textOf('LINEUP_TOKEN', { LINEUP_TOKEN: 'given', LINEUP_TOKEN_FILE: '' })).toBe('given');
});

test('a command ends with one sentence and the exit code of a wrong configuration', async () => {
  const cwd = directory();
  const environment = { LINEUP_URL: 'http://127.0.0.1:9', LINEUP_TOKEN_FILE: '/nowhere/token' };
  const { code, stdout, stderr } = await commandHere(['jobs', 'list'], { cwd, environment });
  expect([code, stdout]).toEqual([2, '']);
  expect(stderr).toContain('LINEUP_TOKEN_FILE names the file /nowhere/token, which does not exist.');
  expect(stderr.trim().split('\n')).toHaveLength(1);
});

test('doctor names a file that it cannot use, and goes on without it', async () => {
  const { config, problems } = await readConfigAnyway({
    LINEUP_SECRET_KEY_FILE: '/nowhere/key',
    LINEUP_CONCURRENCY: '2',
  });
  expect(problems).toEqual([expect.stringContaining('LINEUP_SECRET_KEY_FILE names the file /nowhere/key')]);
  expect(await config.server()).toMatchObject({ secretKey: undefined, concurrency: 2 });
});

test('doctor warns about a file that others may read or change', async () => {
  // A directory on a disk: files in memory are those of secret stores.
  const folder = join('build', `variable-files-${process.pid}`);
  mkdirSync(folder, { recursive: true });
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const at = (name: string, mode: number) => {
    writeFileSync(join(folder, name), 'value');
    chmodSync(join(folder, name), mode);
    return { variable: 'LINEUP_TOKEN_FILE', path: join(folder, name) };
  };
  expect(await openFiles([])).toEqual([]);
  expect(await openFiles([at('own', 0o600), at('group', 0o440)])).toMatchObject([{ status: 'ok' }]);
  expect(await openFiles([at('read', 0o644), at('write', 0o622)])).toMatchObject([
    { status: 'warning', message: expect.stringContaining('may read') },
    { status: 'warning', message: expect.stringContaining('may change') },
  ]);
  const { variableFiles } = readSurroundings({
    LINEUP_TOKEN_FILE: '/a',
    LYTICS_API_TOKEN_FILE: '/b',
    SSL_CERT_FILE: '/c',
    DATABASE_URL: 'd',
  });
  expect(variableFiles.map(({ variable }) => variable)).toEqual(['LINEUP_TOKEN_FILE', 'LYTICS_API_TOKEN_FILE']);
});
