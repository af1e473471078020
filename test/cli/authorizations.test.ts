/** Credentials of every method for an authorization: which variables they come from, and which flags are refused. */
import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import {
  fromEnvironment,
  methodOf,
  readCredentials,
  referenceOption,
  withMethods,
} from '../../src/cli/authorizations/credentials.ts';
import type { Authorization } from '../../src/contracts/authorizations.ts';
import { SECRET_KEY } from '../support/service.ts';
import { serving } from '../support/serving.ts';

describe('the fields of a method', () => {
  const read = (
    [provider, method]: [string, string?],
    named: Record<string, string>,
    variables: Record<string, string>,
  ) => fromEnvironment(methodOf(provider, method), named, (name) => variables[name]);

  const keys = { AWS_ACCESS_KEY_ID: 'AKIA', AWS_SECRET_ACCESS_KEY: 'secret' };

  test('are the variables that are set, if none is required', () => {
    expect(read(['s3', 's3_machine_credentials'], {}, {})).toEqual({});
    const variables = { AWS_DEFAULT_REGION: 'ap-northeast-1', ...keys };
    expect(read(['s3', 's3_machine_credentials'], {}, variables)).toEqual({ region: 'ap-northeast-1' });
    expect(read(['gcs', 'gcs_machine_credentials'], { bucket: 'B' }, { B: 'shop' })).toEqual({
      bucket: 'shop',
    });
  });

  test('of --env come before their usual variables, and the others stay', () => {
    const variables = { ...keys, AWS_REGION: 'us-west-2', KEY_ID: 'other', PLACE: 'eu-west-1' };
    expect(read(['s3'], { region: 'PLACE' }, { ...variables, AWS_SESSION_TOKEN: 'token' })).toEqual({
      access_key_id: 'AKIA',
      secret_access_key: 'secret',
      session_token: 'token',
      region: 'eu-west-1',
    });
    expect(read(['s3'], { access_key_id: 'KEY_ID' }, variables)).toMatchObject({
      access_key_id: 'other',
      secret_access_key: 'secret',
    });
  });

  test('contain no session token of another key', () => {
    const variables = { ...keys, AWS_SESSION_TOKEN: 'token', SECRET: 'other' };
    expect(read(['s3'], { secret_access_key: 'SECRET' }, variables)).toEqual({
      access_key_id: 'AKIA',
      secret_access_key: 'other',
    });
  });

  test('name every variable that is missing', () => {
    expect(() => read(['line_ads'], {}, {})).toThrow(
      'LINE_ADS_ACCESS_KEY and LINE_ADS_SECRET_KEY are not set in the environment.',
    );
    expect(() => read(['s3'], { region: 'PLACE' }, keys)).toThrow('PLACE is not set in the environment.');
    expect(() => read(['gcs'], {}, {})).toThrow(
      'No variable is usual for service_account_key. Name one with --env service_account_key=<VARIABLE>, or give all fields',
    );
    expect(() => read(['line_ads'], { secret: 'X' }, { X: 'x' })).toThrow(
      '--env: the method "line_ads_api_key" has no field "secret". Its fields are access_key, secret_key, group_id.',
    );
  });
});

test('a reference to a secret outside takes the place of a variable', async () => {
  const reference = referenceOption('secret_access_key=file:/run/secrets/a=b:c');
  expect(reference.secret_access_key).toMatch(/^\$\{secret:file:\/run\/secrets\/a=b:c\}$/);
  await expect(readCredentials(methodOf('s3', undefined), { reference: { secret: 'x' } })).rejects.toThrow(
    '--reference: the method "s3_access_key" has no field "secret".',
  );
  for (const wrong of [
    'secret_key',
    'secret_key=/run/secrets/a',
    'secret_key=vault:a',
    '=file:/a',
    'secret_key=env:',
  ]) {
    expect(() => referenceOption(wrong)).toThrow('--reference takes <key>=file:<path>');
  }
  const { lineup, simulator, token } = await serving();
  const LINE_ADS_ACCESS_KEY = simulator.keys[0]!.accessKey;
  const create = ['authorizations', 'create', '--label', 'Outside', '--json', '--ad-account', 'A1'];
  const refer = [...create, '--reference', 'secret_key=file:/run/secrets/line'];
  const refused = await lineup(refer, { environment: { LINE_ADS_ACCESS_KEY } });
  expect(refused.stderr).toContain('Only an administrator may refer to a secret outside Lineup.');
  const environment = { LINE_ADS_ACCESS_KEY, LINEUP_TOKEN: await token('administrator') };
  expect((await lineup(refer, { environment })).stderr).toMatch(/file:\/run\/secrets\/line.*LINEUP_SECRET_FOLDERS/);
  const saved = await lineup([...refer, '--save-anyway'], { environment });
  const references = { secret_key: expect.stringContaining('file:/run/secrets/line') };
  expect(JSON.parse(saved.stdout)).toMatchObject({ health: 'unhealthy', references });
  expect((await lineup(['export-config'])).stdout).toMatch(/secret_key: "?\$\{secret:file:\/run\/secrets\/line\}/);
  const show = ['authorizations', 'show', 'Outside'];
  expect((await lineup(show)).stdout).toContain('secret:file:/run/secrets/line');
  const seen = await lineup([...show, '--json'], { environment: { LINEUP_TOKEN: await token('viewer') } });
  expect([seen.code, seen.stdout]).toEqual([0, expect.not.stringContaining('/run/secrets')]);
});

test('credentials of a machine are stored, and the first method is the default', async () => {
  const { lineup, json, simulator } = await serving();
  const create = ['authorizations', 'create', '--provider', 's3', '--save-anyway'];
  const machine = await json<Authorization>([
    ...[...create, '--label', 'Bucket', '--method', 's3_machine_credentials'],
  ]);
  expect([machine.provider, machine.method]).toEqual(['s3', 's3_machine_credentials']);

  const nothing = await lineup([...create, '--label', 'B']);
  expect([nothing.code, nothing.stderr]).toEqual([
    2,
    expect.stringContaining('AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY are not set in the environment.'),
  ]);
  const unknown = await lineup([...create, '--label', 'B', '--method', 'line_ads_api_key']);
  expect([unknown.code, unknown.stderr]).toEqual([
    2,
    expect.stringContaining(
      'The provider "s3" has no method "line_ads_api_key". It has s3_access_key, s3_machine_credentials.',
    ),
  ]);
  const provider = await lineup(['authorizations', 'create', '--provider', 's4', '--label', 'B']);
  expect([provider.code, provider.stderr]).toEqual([
    2,
    expect.stringMatching(/--provider takes line_ads, ly_ads, line_official_account, bigquery, s3, .*but got "s4"/),
  ]);
  // Nothing given would empty the bucket, and so the limit of what viewers see.
  const emptied = await lineup(['authorizations', 'replace-secret', 'Bucket', '--save-anyway']);
  expect([emptied.code, emptied.stderr]).toEqual([2, expect.stringContaining('has no secret. Give all')]);

  const environment = { LINE_ADS_ACCESS_KEY: simulator.keys[0]!.accessKey, MY_SECRET: SECRET_KEY };
  const own = ['authorizations', 'create', '--label', 'LINE', '--env', 'secret_key=MY_SECRET'];
  const line = await json<Authorization>([...own, '--ad-account', 'A1'], { environment });
  expect([line.method, line.health]).toEqual(['line_ads_api_key', 'healthy']);
});

test('the help and the handbook name every method', async () => {
  const { lineup } = await serving();
  const { stdout } = await lineup(['authorizations', 'create', '--help']);
  const pages = readdirSync('docs').filter((name) => /^(sources-.*|service-cli)\.md$/.test(name));
  const handbook = pages.map((name) => readFileSync(`docs/${name}`, 'utf8')).join('\n');
  for (const { id, methods } of withMethods) {
    const ids = methods.map((method) => method.id);
    expect(stdout).toMatch(new RegExp(`^  ${id} +${ids.join(', ')}$`, 'm'));
    expect([id, ...ids].filter((name) => !handbook.includes(`\`${name}\``))).toEqual([]);
  }
});
