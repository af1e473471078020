/** What the service would refuse of a file: all of it at once, before anything is done. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { ApiClient } from '../../src/cli/api/client.ts';
import { carryOut } from '../../src/cli/apply/carry-out.ts';
import { newJob } from '../../src/contracts/jobs.ts';
import { LineupError } from '../../src/domain/errors/errors.ts';
import { planFor } from '../../src/plan/plan.ts';
import { file as fileOf, inFile } from '../plan/things.ts';
import { members } from '../support/cli.ts';
import { aiko, aikoAs, aNewJob, SECRET_KEY } from '../support/service.ts';
import { useServiceBench } from '../support/service-bench.ts';
import { type Serving, serving } from '../support/serving.ts';

/** Everything that `apply` could change. */
const state = async ({ service }: Serving) => ({
  jobs: (await service.jobs.list({ limit: 50 })).total,
  lists: (await service.suppressionLists.list()).length,
  authorizations: (await service.authorizations.list()).length,
  channels: (await service.notifications.list()).length,
  settings: await service.settings.read(),
});

test('diff shows all refusals, each with its line, and apply changes nothing', async () => {
  const at = await serving();
  const { lineup, json, write, directory, service, simulator } = at;
  const good = write('vip.csv', members(9).csv);
  await service.jobs.create(
    { ...aNewJob(at.authorizationId, { segment_id: good, audience_name: 'Taken' }), name: 'First' },
    aiko,
  );
  const [first] = (await service.jobs.list({ limit: 1 })).items;
  await at.waitForJob(first!.id, ({ status }) => status !== 'runnable');
  const file = join(directory, 'lineup.yaml');
  const content = `version: 1
settings:
  files:
    roots: [${join(directory, 'members')}, /proc]
notification_channels:
  - label: Ops
    kind: slack
    configuration: { url: "\${env:SLACK_URL}" }
authorizations:
  - label: Second account
    configuration: { access_key: "\${env:KEY}", secret_key: "\${env:SECRET}" }
suppression_lists:
  - name: Opted out
    segment_id: ${write('out.csv', 'id,mail\n1,a@example.com\n')}
    fields: { email: male }
jobs:
  - name: Wrong field
    authorization: Main account
    configuration:
      { segment_id: ${good}, adaccount_id: A1, audience_name: VIP, identifier_type: email, id_field: mail,
        continuous_update: false }
  - name: Closed folder
    authorization: Second account
    configuration:
      segment_id: /etc/passwd
      adaccount_id: A99
      audience_name: Gold
      identifier_type: email
      continuous_update: false
  - name: Name taken
    authorization: Main account
    configuration:
      segment_id: ${good}
      adaccount_id: A1
      audience_name: Taken
      identifier_type: email
      continuous_update: false
`;
  writeFileSync(file, content);
  const LINEUP_TOKEN = await at.token('administrator');
  const environment = {
    LINEUP_TOKEN,
    KEY: simulator.keys[0]!.accessKey,
    SECRET: SECRET_KEY,
    SLACK_URL: 'http://10.1.2.3/x',
  };
  const before = await state(at);
  const lines = (text: string) =>
    [...text.matchAll(/lineup\.yaml:(\d+):\d+ (\S+): The service would refuse this: (.*)/g)].map(
      ([, line, path, why]) => [Number(line), path, why],
    );
  const expected = [
    [4, 'settings.files.roots[1]', expect.stringContaining('/proc')],
    [8, 'notification_channels[0].configuration.url', expect.stringContaining('10.1.2.3')],
    [15, 'suppression_lists[0].fields.email', expect.stringContaining('Did you mean "mail"')],
    [20, 'jobs[0].configuration.id_field', expect.stringContaining('"mail"')],
    [26, 'jobs[1].configuration.adaccount_id', expect.any(String)],
    [25, 'jobs[1].configuration.segment_id', expect.any(String)],
    [35, 'jobs[2].configuration.audience_name', expect.stringContaining('LINE already has an audience with this name')],
  ];
  const diff = await lineup(['diff', file], { environment });
  expect(diff.stderr).toContain('would refuse');
  expect([diff.code, lines(diff.stderr)]).toEqual([2, expect.arrayContaining(expected)]);
  expect(lines(diff.stderr)).toHaveLength(expected.length);
  expect(diff.stdout).toContain('+ create job "Wrong field"');
  expect(diff.stderr).not.toContain(SECRET_KEY);
  const document = await json<{ refusals: { path: string }[] }>(['diff', file], { environment });
  expect(document.refusals).toHaveLength(expected.length);
  const applied = await lineup(['apply', file, '--yes'], { environment });
  expect([applied.code, lines(applied.stderr)]).toEqual([2, expect.arrayContaining(expected)]);
  expect(applied.stderr).toContain(
    `The service would refuse ${expected.length} parts of this plan. Nothing was changed.`,
  );
  expect(await state(at)).toEqual(before);

  // A file cannot have two jobs with one name, and export-config says so.
  const twin = aNewJob(at.authorizationId, { segment_id: good, audience_name: 'Twin' });
  await service.jobs.create({ ...twin, name: 'First', paused: true }, aiko);
  const exported = await lineup(['export-config', '--out', 'twice.yaml']);
  expect(exported.stderr).toContain('Several have the name "First"');

  // Without the credentials, what needs them is not checked, and diff says so.
  const closed = await lineup(['diff', file], { environment: { LINEUP_TOKEN } });
  expect(closed.stderr).toMatch(
    /Not checked whole, because SLACK_URL and KEY and SECRET are not set: notification channel "Ops", authorization "Second account", job "Closed folder"/,
  );
  expect(lines(closed.stderr).map(([, path]) => path)).not.toContain('jobs[1].configuration.adaccount_id');
  expect(lines(closed.stderr).map(([, path]) => path)).toContain('jobs[1].configuration.segment_id');

  // A viewer may look at the differences, but may not have the service look at sources.
  const viewer = await lineup(['diff', file], { environment: { LINEUP_TOKEN: await at.token('viewer') } });
  expect([viewer.code, viewer.stderr]).toEqual([2, expect.stringContaining('settings: Only an administrator')]);
  writeFileSync(
    file,
    content.slice(0, 11) + content.slice(content.indexOf('jobs:\n')).replace('Second account', 'Main account'),
  );
  const asViewer = await lineup(['diff', file], { environment: { LINEUP_TOKEN: await at.token('viewer') } });
  expect([asViewer.code, asViewer.stderr]).toEqual([3, expect.stringContaining('was not asked')]);
}, 240_000);

test('a failure in the middle says what was done, what was not, and how to go on', async () => {
  const running = { authorizations: [], suppressionLists: [], jobs: [] };
  const content = fileOf({
    authorizations: [inFile.authorization('Main')],
    jobs: [inFile.job('A'), inFile.job('B')],
  });
  const result = planFor(content, running, { replaceSecrets: false, prune: false });
  if (!('plan' in result)) throw new Error('there are problems');
  const { plan } = result;
  const failing = (code: 'service_unreachable' | 'line_unavailable', at: string) =>
    ({
      call: async (key: string, { body }: { body: { name?: string } }) => {
        if (body.name === at) throw new LineupError(code, 'It did not answer.', { retryable: true });
        return { id: `id of ${key}` };
      },
    }) as unknown as ApiClient;
  const needs = { credentials: new Map(), letIn: new Map() };
  const done: string[] = [];
  await expect(
    carryOut(failing('service_unreachable', 'B'), plan, running, needs, ({ kind }) => done.push(kind)),
  ).rejects.toMatchObject({
    code: 'service_unreachable',
    message:
      'job "B" (create): It did not answer. Done: authorization "Main", job "A". Not done: job "B". Whether job "B" was done is not known. Apply the file again to go on: what is done stays, and only the rest is planned.',
  });
  expect(done).toEqual(['authorization', 'job']);
  await expect(carryOut(failing('line_unavailable', 'A'), plan, running, needs, () => {})).rejects.toMatchObject({
    message: expect.stringContaining('Done: authorization "Main". Not done: job "A", job "B". Apply the file again'),
  });
});

describe('the check of a plan', () => {
  const bench = useServiceBench({ role: 'api' });
  const signal = () => AbortSignal.timeout(60_000);
  const job = (segment_id: string) => ({
    kind: 'job' as const,
    id: null,
    body: newJob.parse(aNewJob(bench().authorizationId, { segment_id })),
  });
  const nothing = { settings: {}, authorizations: [], suppression_lists: [] };

  test('lets nobody but an administrator assume other folders, hosts or lists', async () => {
    const { configuration } = bench().service;
    const file = bench().write('vip.csv', members(2).csv);
    const open = { ...nothing, settings: { files: { roots: ['/etc'] } } };
    const steps = [job('/etc/hostname')];
    await expect(configuration.validate({ assumed: open, steps }, aikoAs('editor'), signal())).rejects.toMatchObject({
      code: 'not_permitted',
    });
    const hosts = { ...nothing, settings: { network: { internal_hosts: ['10.0.0.1'] } } };
    await expect(configuration.validate({ assumed: hosts, steps }, aikoAs('editor'), signal())).rejects.toMatchObject({
      code: 'not_permitted',
    });
    const settings = { kind: 'settings' as const, section: 'retention' as const, body: { runs_days: 9 } };
    const answer = await configuration.validate(
      { assumed: nothing, steps: [settings, job(file)] },
      aikoAs('editor'),
      signal(),
    );
    expect(answer.steps).toEqual([
      {
        errors: [expect.objectContaining({ message: 'Only an administrator may do this.' })],
        warnings: [],
        incomplete: false,
      },
      { errors: [], warnings: [], incomplete: false },
    ]);
    // Nothing of what was assumed stays.
    const closed = await configuration.validate(
      { assumed: nothing, steps: [job('/etc/hostname')] },
      aikoAs('administrator'),
      signal(),
    );
    expect(closed.steps[0]?.errors).toMatchObject([{ path: 'configuration.segment_id' }]);
    expect((await bench().service.settings.read()).files.roots).not.toContain('/etc');
  });

  test('knows the authorizations and lists that the plan would make', async () => {
    const { configuration, authorizations } = bench().service;
    const file = bench().write('vip.csv', members(2).csv);
    const keys = { access_key: bench().simulator.keys[0]!.accessKey, secret_key: SECRET_KEY };
    const assume = (configuration: Record<string, string> | null) => ({
      ...nothing,
      authorizations: [{ id: 'planned-1', provider: 'line_ads', method: 'line_ads_api_key', configuration }],
    });
    const body = { ...job(file).body, authorization_id: 'planned-1' };
    const check = async (assumed: Parameters<typeof configuration.validate>[0]['assumed']) =>
      (await configuration.validate({ assumed, steps: [{ kind: 'job', id: null, body }] }, aikoAs('editor'), signal()))
        .steps[0];
    expect(await check(nothing)).toMatchObject({ errors: [{ path: 'authorization_id' }] });
    expect(await check(assume(keys))).toEqual({ errors: [], warnings: [], incomplete: false });
    expect(await check(assume(null))).toEqual({ errors: [], warnings: [], incomplete: true });
    expect(await check(assume({ ...keys, secret_key: 'a-wrong-key-of-LINE' }))).toMatchObject({
      errors: [{ path: 'authorization_id' }],
    });
    expect(await authorizations.list()).toHaveLength(1);
  });
});
