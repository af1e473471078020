/** Configuration as code against a running service. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { JobView } from '../../src/contracts/jobs.ts';
import { members } from '../support/cli.ts';
import { quietTime, SECRET_KEY } from '../support/service.ts';
import { until } from '../support/service-bench.ts';
import { serving } from '../support/serving.ts';

test('a file is planned and applied, and a second apply changes nothing; export-config writes the same state', async () => {
  const { lineup, json, simulator, write, directory, service } = await serving();
  const source = write('members.csv', members(12).csv);
  const file = join(directory, 'lineup.yaml');
  const time = quietTime();
  const content = (time: string) => `version: 1
authorizations:
  - label: LINE Ads
    configuration: { access_key: "\${env:KEY}", secret_key: "\${env:SECRET}" }
jobs:
  - name: VIP
    authorization: LINE Ads
    configuration:
      { segment_id: ${source}, adaccount_id: A1, audience_name: VIP, identifier_type: email,
        run_frequency: daily, time_of_day: "${time}", timezone: Asia/Tokyo }
`;
  writeFileSync(file, content(time));
  const environment = { KEY: simulator.keys[0]!.accessKey, SECRET: SECRET_KEY };

  const differs = await lineup(['diff', file]);
  expect([differs.code, differs.stderr]).toEqual([
    3,
    'Not checked whole, because KEY and SECRET are not set: authorization "LINE Ads", job "VIP".\n',
  ]);
  expect(differs.stdout).toContain('+ create authorization "LINE Ads"\n+ create job "VIP"');

  // Without a terminal and --yes, or without the variables, nothing is changed.
  const unasked = await lineup(['apply', file], { environment });
  expect([unasked.code, unasked.stderr]).toEqual([2, expect.stringContaining('--yes')]);
  const unset = await lineup(['apply', file, '--yes']);
  expect([unset.code, unset.stderr]).toEqual([2, expect.stringContaining('KEY and SECRET are not set')]);
  expect((await service.authorizations.list()).map(({ label }) => label)).toEqual(['Main account']);

  const applied = await lineup(['apply', file, '--yes'], { environment });
  expect([applied.code, applied.stdout + applied.stderr]).toEqual([0, expect.not.stringContaining(SECRET_KEY)]);
  expect(applied.stderr).toContain('done: + create job "VIP"');
  const again = await lineup(['apply', file]);
  expect([again.code, again.stdout]).toEqual([0, expect.stringContaining('No changes.')]);

  // Also while its first run creates the audience.
  writeFileSync(file, content('10:30'));
  const changed = await json(['apply', file, '--yes']);
  expect(changed).toMatchObject({
    steps: [{ changes: [{ key: 'configuration.time_of_day', before: time, after: '10:30' }] }],
  });
  const job = await json<JobView>(['jobs', 'show', 'VIP']);
  expect([job.configuration.time_of_day, job.source_authorization_id]).toEqual(['10:30', null]);

  await until(
    () => json<JobView>(['jobs', 'show', 'VIP']),
    ({ status }) => status === 'sleeping',
  );
  // A changed name renames the audience. A new audience is created only if the file has the flag.
  const { audience_id } = await json<JobView>(['jobs', 'show', 'VIP']);
  const named = (name: string) => content('10:30').replace('audience_name: VIP', `audience_name: ${name}`);
  writeFileSync(file, named('Gold'));
  const renamed = await lineup(['apply', file, '--yes']);
  expect(renamed.stdout).toContain(`audience ${audience_id} is renamed at LINE`);
  expect(simulator.inspect().audiences.find(({ id }) => id === audience_id)?.name).toBe('Gold');
  writeFileSync(file, named('Gold').replace('A1', 'A2'));
  const unsaid = await lineup(['apply', file, '--yes']);
  expect([unsaid.code, unsaid.stderr]).toEqual([
    2,
    expect.stringMatching(/lineup\.yaml:9:7 jobs\[0\]\.configuration: .*Write "another_audience: true"/),
  ]);
  writeFileSync(file, named('Silver').replace('    configuration:\n', '    another_audience: true\n$&'));
  const another = await lineup(['apply', file, '--yes']);
  expect(another.stdout).toContain(`another audience is created at LINE; ${audience_id} stays unchanged`);
  expect((await json<JobView>(['jobs', 'show', 'VIP'])).audience_id).toBeNull();
  expect((await lineup(['diff', file])).code).toBe(0);

  await lineup(['export-config', '--out', 'written.yaml']);
  const same = await lineup(['diff', 'written.yaml', '--prune']);
  expect([same.code, same.stdout]).toEqual([0, expect.stringContaining('3 already match the file')]);
}, 240_000);

test('further identifiers are planned, applied and written', async () => {
  const { lineup, json, write, directory } = await serving({ role: 'api' });
  const source = write('vip.csv', 'email,mobile,device\na@example.com,0312345678,x\n');
  const file = join(directory, 'lineup.yaml');
  const content = (phones: string) => `version: 1
jobs:
  - name: VIP
    authorization: Main account
    configuration:
      segment_id: ${source}
      adaccount_id: A1
      audience_name: VIP
      identifier_type: email
      continuous_update: false
      siblings:
        - { identifier_type: phone, id_field: mobile, audience_name: ${phones}, default_country: JP }
        - { identifier_type: ifa, id_field: device, audience_name: VIP (ifa) }
`;
  writeFileSync(file, content('VIP (phone)'));
  expect((await lineup(['apply', file, '--yes'])).code).toBe(0);
  expect((await lineup(['diff', file])).code).toBe(0);
  writeFileSync(file, content('Phones'));
  const changed = await lineup(['apply', file, '--yes']);
  expect([changed.code, changed.stdout]).toEqual([
    0,
    expect.stringContaining(
      'configuration.siblings: phone:mobile:VIP (phone) [JP], ifa:device:VIP (ifa) → phone:mobile:Phones [JP], ifa:device:VIP (ifa)',
    ),
  ]);
  const { configuration, sibling_audience_ids } = await json<JobView>(['jobs', 'show', 'VIP']);
  expect(configuration.siblings).toMatchObject([{ audience_name: 'Phones' }, { audience_name: 'VIP (ifa)' }]);
  expect(sibling_audience_ids).toEqual([null, null]);
  await lineup(['export-config', '--out', 'written.yaml']);
  const same = await lineup(['diff', 'written.yaml', '--prune']);
  expect([same.code, same.stdout]).toEqual([0, expect.stringContaining('2 already match the file')]);
});

test('problems are reported with their line, and nothing is changed', async () => {
  const { lineup, directory } = await serving();
  const file = join(directory, 'lineup.yaml');
  writeFileSync(
    file,
    `version: 1
jobs:
  - name: VIP
    authorization: Main acount
    configuration:
      { segment_id: a, adaccount_id: A1, audience_name: VIP, identifier_type: email, continuous_update: false }
  - name: Missing
    authorization: Main account
    configuration:
      { segment_id: a, adaccount_id: A1, audience_name: VIP, identifier_type: email, continuous_update: false }
`,
  );
  const unknown = await lineup(['diff', file]);
  expect([unknown.code, unknown.stderr]).toEqual([
    2,
    expect.stringContaining('lineup.yaml:4:20 jobs[0].authorization: The authorization "Main acount" is neither'),
  ]);
  writeFileSync(file, 'version: 1\njobs:\n  - name: VIP\n');
  expect((await lineup(['diff', file])).stderr).toContain(':3:5 jobs[0].authorization: ');
  const missing = await lineup(['apply', 'nowhere.yaml', '--yes']);
  expect([missing.code, missing.stderr]).toEqual([2, expect.stringContaining('nowhere.yaml cannot be read')]);
}, 60_000);
