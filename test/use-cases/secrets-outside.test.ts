/** Authorizations that refer to secrets outside Lineup: who may make them, when they are read, and what nobody sees. */
import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { readConfig } from '../../src/config/config.ts';
import type { NewAuthorization } from '../../src/contracts/authorizations.ts';
import { newAuthorization } from '../../src/contracts/authorizations.ts';
import type { AllowedSecrets } from '../../src/contracts/secrets-outside.ts';
import { outsideFindings } from '../../src/doctor/variable-files.ts';
import { readConfigurationFile } from '../../src/plan/read.ts';
import { readSecretOutside } from '../../src/store/secrets/outside.ts';
import { members } from '../support/cli.ts';
import { aiko, aikoAs, SECRET_KEY } from '../support/service.ts';
import { type ServiceBench, useServiceBench } from '../support/service-bench.ts';

const directory = mkdtempSync(join(tmpdir(), 'lineup-outside-'));
const folder = join(directory, 'allowed');
mkdirSync(folder);
afterAll(() => rmSync(directory, { recursive: true }));

const file = (name: string, content: string | Buffer): string => {
  writeFileSync(join(folder, name), content);
  return `\${secret:file:${join(folder, name)}}`;
};

function program(name: string, script: string): string {
  const path = join(directory, name);
  writeFileSync(path, `#!/bin/sh\n${script}\n`);
  chmodSync(path, 0o755);
  return path;
}

const refer = (kind: string, name: string): string => `\${secret:${kind}:${name}}`;

const read = async (reference: string, allowed: AllowedSecrets, ms?: number) =>
  (await readSecretOutside(reference, allowed, ms)).reveal();

/** What the operator has set. */
const allowedBy = async (environment: Record<string, string>): Promise<AllowedSecrets> => {
  const { secretsOutside } = await (await readConfig(environment)).server();
  if (!secretsOutside) throw new Error('nothing is allowed');
  return secretsOutside;
};

const unavailable = (message: RegExp) =>
  expect.objectContaining({ code: 'secret_unavailable', message: expect.stringMatching(message) });

describe('what the operator allows', () => {
  test('is nothing by default', async () => {
    expect((await (await readConfig({})).server()).secretsOutside).toBeUndefined();
  });

  test('a file below a folder, whose links stay in it', async () => {
    const allowed = await allowedBy({ LINEUP_SECRET_FOLDERS: folder });
    expect(await read(file('key', 'a value\n'), allowed)).toBe('a value');
    mkdirSync(join(folder, '..data'), { recursive: true });
    writeFileSync(join(folder, '..data/linked'), 'linked');
    symlinkSync('..data/linked', join(folder, 'linked'));
    expect(await read(`\${secret:file:${join(folder, 'linked')}}`, allowed)).toBe('linked');
    writeFileSync(join(directory, 'other'), 'an invented secret');
    symlinkSync(join(directory, 'other'), join(folder, 'away'));
    const refused = unavailable(/is not allowed\. The operator lists in LINEUP_SECRET_FOLDERS/);
    for (const path of [
      join(folder, 'away'),
      `${folder}/../other`,
      join(directory, 'other'),
      `${folder}2/key`,
      'key',
      folder,
    ]) {
      await expect(read(`\${secret:file:${path}}`, allowed)).rejects.toEqual(refused);
    }
    await expect(read(`\${secret:file:${join(folder, 'none')}}`, allowed)).rejects.toEqual(
      unavailable(/does not exist/),
    );
    mkdirSync(join(folder, 'sub'), { recursive: true });
    for (const wrong of [
      `\${secret:file:${join(folder, 'sub')}}`,
      file('empty', ' \n'),
      file('large', 'x'.repeat(131_073)),
      file('binary', Buffer.from([0xff, 0xfe])),
    ]) {
      await expect(read(wrong, allowed)).rejects.toEqual(
        unavailable(/must be text in UTF-8, not empty, and at most 128 KiB/),
      );
    }
  });

  test('variables by name or beginning, but never those of Lineup itself', async () => {
    const environment = {
      LINEUP_SECRET_VARIABLES: 'CRM_*,ONE,LINEUP_*',
      CRM_KEY: 'crm',
      ONE: 'one',
      TWO: 'two',
      LINEUP_TOKEN: 'x',
    };
    const allowed = await allowedBy(environment);
    expect(await read(refer('env', 'CRM_KEY'), allowed)).toBe('crm');
    expect(await read(refer('env', 'ONE'), allowed)).toBe('one');
    for (const name of ['TWO', 'ONE_MORE', 'LINEUP_TOKEN', 'DATABASE_URL']) {
      await expect(read(`\${secret:env:${name}}`, allowed)).rejects.toEqual(unavailable(/LINEUP_SECRET_VARIABLES/));
    }
    await expect(read(refer('env', 'CRM_NONE'), allowed)).rejects.toEqual(unavailable(/does not exist/));
  });

  test('programs with all of their arguments, without a shell, and with no other variables', async () => {
    const given = {
      echo: { run: [program('echo', 'echo "$1 $HOME $TOKEN"'), '$(id); *'], variables: ['TOKEN'] },
      fails: { run: [program('fails', 'echo an invented secret; echo invented >&2; exit 3')] },
      slow: { run: [program('slow', 'sleep 60 & sleep 60')] },
      floods: { run: [program('floods', 'yes')] },
    };
    const allowed = await allowedBy({
      LINEUP_SECRET_PROGRAMS: JSON.stringify(given),
      TOKEN: 'token',
      HOME: '/root',
      PATH: process.env.PATH!,
    });
    expect(await read(refer('program', 'echo'), allowed)).toBe('$(id); *  token');
    await expect(read(refer('program', 'fails'), allowed)).rejects.toEqual(
      unavailable(/^The program of \$\{secret:program:fails\} failed\. /),
    );
    await expect(read(refer('program', 'slow'), allowed, 50)).rejects.toEqual(unavailable(/did not end within/));
    await expect(read(refer('program', 'floods'), allowed)).rejects.toEqual(unavailable(/at most 128 KiB/));
    for (const name of ['other', 'constructor', 'echo -n']) {
      await expect(read(`\${secret:program:${name}}`, allowed)).rejects.toEqual(unavailable(/LINEUP_SECRET_PROGRAMS/));
    }
  });

  test.each([
    [{ LINEUP_SECRET_FOLDERS: 'secrets' }, 'LINEUP_SECRET_FOLDERS takes whole paths of folders'],
    [{ LINEUP_SECRET_FOLDERS: '/' }, 'LINEUP_SECRET_FOLDERS takes'],
    [{ LINEUP_SECRET_FOLDERS: '/run/../etc' }, 'LINEUP_SECRET_FOLDERS takes'],
    [{ LINEUP_SECRET_VARIABLES: '*' }, 'LINEUP_SECRET_VARIABLES takes'],
    [{ LINEUP_SECRET_PROGRAMS: 'vault' }, 'LINEUP_SECRET_PROGRAMS takes a JSON object'],
    [{ LINEUP_SECRET_PROGRAMS: '{"key":{"run":["vault"]}}' }, 'LINEUP_SECRET_PROGRAMS takes a JSON object'],
  ])('%o is refused', async (environment, message) => {
    await expect((await readConfig(environment as Record<string, string>)).server()).rejects.toThrow(message);
  });
});

describe('in an authorization', () => {
  const key = file('line-secret', `${SECRET_KEY}\n`);
  const current = useServiceBench({
    secretsOutside: { folders: [folder], allowsVariable: () => false, variable: () => undefined, programs: {} },
  });
  const referring = (bench: ServiceBench, reference = key): NewAuthorization =>
    newAuthorization.parse({
      provider: 'line_ads',
      method: 'line_ads_api_key',
      label: 'Outside',
      configuration: { access_key: bench.simulator.keys[0]!.accessKey, secret_key: reference },
    });

  test('only an administrator may refer, and the plan of an editor neither', async () => {
    const bench = current();
    const { authorizations, configuration } = bench.service;
    const refused = expect.objectContaining({ code: 'not_permitted' });
    await expect(authorizations.create(referring(bench), aiko)).rejects.toEqual(refused);
    await expect(authorizations.create(referring(bench), aiko, {}, 'editor')).rejects.toEqual(refused);
    const { revision } = await authorizations.get(bench.authorizationId);
    const change = { configuration: { access_key: 'a', secret_key: key } };
    await expect(authorizations.change(bench.authorizationId, revision, change, aiko, 'editor')).rejects.toEqual(
      refused,
    );
    const assumed = { settings: {}, suppression_lists: [], authorizations: [{ id: 'new', ...referring(bench) }] };
    const asked = { assumed, steps: [] } as unknown as Parameters<typeof configuration.validate>[0];
    await expect(configuration.validate(asked, aikoAs('editor'), AbortSignal.timeout(9_000))).rejects.toEqual(refused);
  });

  test('it is read at each use, and a rotation outside takes effect at the next one', async () => {
    const bench = current();
    const { authorizations } = bench.service;
    const made = (await authorizations.create(referring(bench), aiko, {}, 'administrator')).value;
    expect(made.references).toEqual({ secret_key: key });
    expect(await authorizations.get(made.id)).toMatchObject({ references: { secret_key: key } });
    const verify = () => authorizations.verify(made.id, { adAccountId: 'A1' }, aiko, AbortSignal.timeout(60_000));
    expect((await verify()).health).toBe('healthy');
    file('line-secret', 'another-invented-secret');
    expect((await verify()).health).toBe('unhealthy');
    rmSync(join(folder, 'line-secret'));
    const gone = await verify();
    expect(gone.health).toBe('unhealthy');
    expect(gone.checks[0]?.message).toContain('does not exist where Lineup runs');
    file('line-secret', 'two words');
    expect((await verify()).checks[0]?.message).toContain('does not have the form that is needed here');
    file('line-secret', SECRET_KEY);
    expect((await verify()).health).toBe('healthy');
    const job = await bench.createJob(
      { segment_id: bench.write('members.csv', members(3).csv) },
      'With a secret outside',
      made.id,
    );
    await bench.waitForJob(job.id, ({ last_run }) => last_run?.status === 'succeeded');
    expect(JSON.stringify([await authorizations.list(), bench.events, await bench.published()])).not.toContain(
      SECRET_KEY,
    );
  });

  test('its value is checked only when it is read; a reference with a mistake is refused at its field', async () => {
    const bench = current();
    expect(() => referring(bench, refer('vault', 'x'))).toThrow('This is no reference to a secret');
    const google = { provider: 'gcs', method: 'gcs_service_account_key', label: 'Google' };
    const configuration = { service_account_key: key, bucket: 'shop', prefix: '' };
    expect(newAuthorization.parse({ ...google, configuration }).configuration).toEqual(configuration);
    expect(() => newAuthorization.parse({ ...google, configuration: { ...configuration, bucket: '?' } })).toThrow(
      'name of the bucket',
    );
  });

  test('a configuration file may hold it', () => {
    const text = `version: 1
authorizations:
  - label: LINE Ads
    configuration:
      access_key: "\${env:LINE_ADS_ACCESS_KEY}"
      secret_key: "${key}"
jobs: []
`;
    const { content } = readConfigurationFile(text, 'lineup.yaml');
    expect(content.authorizations?.[0]?.configuration.secret_key).toBe(key);
  });
});

test('doctor says which ones cannot be read', () => {
  expect(outsideFindings(undefined)).toEqual([]);
  expect(outsideFindings({ count: 2, problems: [] })).toMatchObject([{ status: 'ok' }]);
  expect(outsideFindings({ count: 2, problems: ['Lineup cannot use it.'] })).toMatchObject([{ status: 'problem' }]);
});
