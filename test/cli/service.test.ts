/** The commands for a running service, as a person or a pipeline uses them. */
import { expect, test } from 'vitest';
import type { Authorization } from '../../src/contracts/authorizations.ts';
import type { JobView } from '../../src/contracts/jobs.ts';
import type { RunDetail } from '../../src/contracts/run-progress.ts';
import type { RunSummary } from '../../src/contracts/runs.ts';
import type { RunDocument } from '../../src/domain/runs/run.ts';
import { held, members } from '../support/cli.ts';
import { webReceiver } from '../support/receivers.ts';
import { aiko, quietTime, SECRET_KEY } from '../support/service.ts';
import { until } from '../support/service-bench.ts';
import { serving } from '../support/serving.ts';

const LINE = 'LINE Ads main';

test('credentials, a filled audience, and all actions on a job', async () => {
  const { lineup, json, simulator, write } = await serving();
  const { csv, hashes } = members(40);
  const file = write('members.csv', csv);
  const accessKey = simulator.keys[0]!.accessKey;
  const keys = { LINE_ADS_ACCESS_KEY: accessKey, LINE_ADS_SECRET_KEY: SECRET_KEY };

  const made = await lineup(['authorizations', 'create', '--label', LINE], { environment: keys });
  expect([made.code, made.stderr]).toEqual([0, '']);
  const verified = await lineup(['authorizations', 'verify', LINE, '--ad-account', 'A1']);
  expect([verified.code, verified.stdout]).toEqual([0, expect.stringContaining(`"${LINE}" is healthy`)]);

  const created = await lineup([
    ...['jobs', 'create', '--name', 'VIP', '--authorization', LINE, '--audience', file],
    ...['--ad-account', 'A1', '--audience-name', 'VIP members', '--identifier-type', 'email'],
    ...['--frequency', 'daily', '--time', quietTime(), '--timezone', 'Asia/Tokyo', '--wait', '--json'],
  ]);
  const report = JSON.parse(created.stdout) as RunDocument;
  expect([created.code, report.status, report.counts?.unique]).toEqual([0, 'succeeded', 40]);
  expect(held(simulator, report.audience?.id ?? '')).toEqual(hashes);

  // The same report by its id, and in the list.
  const [run] = await json<RunSummary[]>(['runs', 'list', '--job', 'VIP']);
  expect([run?.id, run?.unique]).toEqual([report.runId, 40]);
  const shown = await json<RunDocument>(['runs', 'show', report.runId ?? '']);
  expect({ ...shown, durationMs: 0 }).toEqual({ ...report, durationMs: 0 });

  const edited = await json<JobView>(['jobs', 'edit', 'VIP', '--time', '10:30', '--max-shrink', '0.2']);
  expect(edited.configuration).toMatchObject({
    time_of_day: '10:30',
    max_shrink: 0.2,
    timezone: 'Asia/Tokyo',
  });
  const readAs = async (...flags: string[]) =>
    (await json<JobView>(['jobs', 'edit', 'VIP', ...flags])).configuration.file_options;
  expect(await readAs('--encoding', 'utf-8', '--header', 'yes')).toEqual({
    encoding: 'utf-8',
    header: 'yes',
  });
  expect(await readAs('--encoding', 'auto', '--delimiter', 'comma')).toEqual({
    delimiter: 'comma',
    header: 'yes',
  });
  expect((await lineup(['jobs', 'show', 'VIP'])).stdout).toMatch(/Read with +delimiter comma, header yes/);
  expect(await readAs('--audience', file)).toBeUndefined();
  expect((await json<JobView>(['jobs', 'edit', 'VIP', '--tags', 'summer, VIP'])).tags).toEqual(['summer', 'VIP']);
  expect(await json<JobView[]>(['jobs', 'list', '--tag', 'summer', '--search', 'members.csv'])).toHaveLength(1);
  expect(await json<JobView[]>(['jobs', 'list', '--tag', 'winter'])).toEqual([]);
  expect((await json<JobView>(['jobs', 'edit', 'VIP', '--tags', ''])).tags).toEqual([]);
  expect((await json<JobView>(['jobs', 'pause', 'VIP'])).status).toBe('paused');
  expect((await json<JobView>(['jobs', 'resume', edited.id])).status).toBe('sleeping');

  // A new name renames the audience at LINE. Another account needs the flag for a new audience. A copy takes the
  // values of its flags.
  const renamed = await json<JobView>(['jobs', 'edit', 'VIP', '--audience-name', 'VIP 2026']);
  const atLine = (name: string) => simulator.inspect().audiences.find((audience) => audience.name === name)?.id;
  expect(atLine('VIP 2026')).toBe(renamed.audience_id);
  const unsaid = await lineup(['jobs', 'edit', 'VIP', '--identifier-type', 'phone']);
  expect([unsaid.code, unsaid.stderr]).toEqual([2, expect.stringContaining('another_audience')]);
  const nameless = await lineup(['jobs', 'duplicate', 'VIP']);
  expect([nameless.code, nameless.stderr]).toEqual([2, expect.stringContaining('--name')]);
  const copy = await json<JobView>(['jobs', 'duplicate', 'VIP', '--name', 'Copy', '--time', '11:00']);
  expect(copy.configuration).toMatchObject({
    audience_name: 'Copy',
    time_of_day: '11:00',
    adaccount_id: 'A1',
  });
  await until(
    () => json<JobView>(['jobs', 'show', 'Copy']),
    ({ status }) => status === 'sleeping',
  );
  const other = ['jobs', 'edit', 'Copy', '--audience-name', 'Copy 2', '--another-audience'];
  expect((await json<JobView>(other)).audience_id).toBeNull();
  expect(atLine('Copy')).toBeDefined();
  expect((await lineup(['jobs', 'delete', 'Copy', '--yes'])).code).toBe(0);

  // After a guard’s refusal the exit status is 3. A person can let the job past the guard.
  write('members.csv', members(4).csv);
  const guarded = await lineup(['jobs', 'run', 'VIP', '--wait']);
  expect([guarded.code, guarded.stderr]).toEqual([3, expect.stringContaining('4')]);
  const [, ...command] = /Continue with: (.*)/.exec(guarded.stderr)?.[1]?.split(' ') ?? [];
  expect(command).toEqual(['jobs', 'run-anyway', renamed.id]);
  // It shows the numbers, and a script must know them.
  const asked = await lineup(command);
  expect([asked.code, asked.stderr]).toEqual([2, expect.stringMatching(/40 +4 +−90 %(.|\n)*--yes 40:4/)]);
  const blind = await lineup([...command, '--yes', '40:3']);
  expect([blind.code, blind.stderr]).toEqual([2, expect.stringContaining('They are 40:4')]);
  const anyway = await lineup([...command, '--yes', '40:4', '--wait', '--json']);
  expect([anyway.code, (JSON.parse(anyway.stdout) as RunDocument).counts?.uploaded]).toEqual([0, 4]);

  const list = await lineup(['jobs', 'list']);
  expect(list.stdout).toMatch(/VIP +Scheduled +.*succeeded/);
  const inUse = await lineup(['authorizations', 'delete', LINE, '--yes']);
  expect([inUse.code, inUse.stderr]).toEqual([2, expect.stringContaining('VIP')]);
  expect((await lineup(['jobs', 'delete', 'VIP', '--yes'])).code).toBe(0);
  expect((await lineup(['authorizations', 'delete', LINE, '--yes'])).code).toBe(0);
}, 240_000);

test('credentials are read from standard input, and every problem is reported at its key', async () => {
  const { lineup, json, simulator } = await serving();
  const input = JSON.stringify({ access_key: simulator.keys[0]!.accessKey, secret_key: 'a mistaken key' });
  const refused = await lineup(['authorizations', 'create', '--label', 'B', '--stdin'], { input });
  expect([refused.code, refused.stderr]).toEqual([2, expect.stringContaining('configuration.secret_key: ')]);
  expect(refused.stdout + refused.stderr).not.toContain('a mistaken key');

  const wrong = JSON.stringify({ access_key: simulator.keys[0]!.accessKey, secret_key: 'wrong-key' });
  const create = ['authorizations', 'create', '--label', 'B', '--stdin', '--ad-account', 'A1'];
  const untrue = await lineup(create, { input: wrong });
  expect([untrue.code, untrue.stderr]).toEqual([
    2,
    expect.stringContaining('LINE does not accept this access key and secret key together. Check both.'),
  ]);
  expect(untrue.stdout + untrue.stderr).not.toContain('wrong-key');
  const saved = await json<Authorization>([...create, '--save-anyway'], { input: wrong });
  expect(saved.health).toBe('unhealthy');
  const verified = await lineup(['authorizations', 'verify', 'B', '--ad-account', 'A1']);
  expect([verified.code, verified.stdout]).toEqual([1, expect.stringContaining('"B" is unhealthy')]);
  const environment = { OTHER: SECRET_KEY, KEY: simulator.keys[0]!.accessKey };
  const flags = ['--env', 'secret_key=OTHER', '--env', 'access_key=KEY'];
  const replace = ['authorizations', 'replace-secret', 'B', '--ad-account', 'A1', ...flags];
  const replaced = await json<Authorization>(replace, { environment });
  expect(replaced).toMatchObject({ label: 'B', health: 'healthy', revision: 2 });
  // The key stays valid, and the message names the mistyped account.
  const mistyped = await lineup(['authorizations', 'verify', 'B', '--ad-account', 'A9']);
  expect([mistyped.code, mistyped.stdout]).toEqual([1, expect.stringContaining('"B" is healthy')]);
  expect(mistyped.stdout).toContain('ACCOUNT_NOT_ALLOWED');
  expect((await lineup(['authorizations', 'verify', 'B'])).code).toBe(0);

  const job = await lineup(['jobs', 'create', '--name', 'VIP', '--authorization', 'B', '--frequency', 'weekly']);
  expect(job.code).toBe(2);
  for (const key of ['segment_id', 'adaccount_id', 'audience_name', 'day_of_week', 'timezone']) {
    expect(job.stderr).toContain(`configuration.${key}: `);
  }
});

test('an unreachable service, another program at its address, and a refused token are reported', async () => {
  const { lineup, url, token } = await serving();
  const away = await lineup(['jobs', 'list'], { environment: { LINEUP_URL: 'http://127.0.0.1:9' } });
  expect([away.code, away.stderr]).toEqual([69, expect.stringMatching(/127\.0\.0\.1:9 cannot be reached/)]);
  const none = await lineup(['jobs', 'list'], { environment: { LINEUP_URL: `${url}/elsewhere` } });
  expect([none.code, none.stderr]).toEqual([2, expect.stringContaining('nothing at this address')]);
  const stranger = await lineup(['jobs', 'list'], { environment: { LINEUP_TOKEN: 'lineup_wrong' } });
  expect([stranger.code, stranger.stderr]).toEqual([2, expect.stringContaining('LINEUP_TOKEN')]);
  expect(stranger.stderr).not.toContain('lineup_wrong');
  const unnamed = await lineup(['jobs', 'list'], { environment: { LINEUP_URL: '' } });
  expect([unnamed.code, unnamed.stderr]).toEqual([2, expect.stringContaining('LINEUP_URL is not set')]);
  const viewer = { LINEUP_TOKEN: await token('viewer') };
  const seen = await lineup(['jobs', 'list'], { environment: viewer });
  expect([seen.code, seen.stdout]).toEqual([0, expect.stringContaining('No jobs yet')]);
  const forbidden = await lineup(['authorizations', 'create', '--label', 'C', '--stdin'], {
    environment: viewer,
    input: '{"access_key": "a", "secret_key": "b"}',
  });
  expect([forbidden.code, forbidden.stderr]).toEqual([
    2,
    expect.stringContaining('Only an editor or an administrator'),
  ]);
  const unknown = await lineup(['jobs', 'show', 'Nothing']);
  expect([unknown.code, unknown.stderr]).toEqual([2, expect.stringContaining('no job "Nothing"')]);
});

test('a channel is created from standard input, tested and deleted; editors may not do this', async () => {
  const { lineup, token, service } = await serving({ channels: true });
  const receiver = await webReceiver();
  await service.settings.write('network', { internal_hosts: ['127.0.0.1'] }, aiko);
  const create = ['notifications', 'create', '--kind', 'webhook', '--label', 'Ops', '--events', 'job_failed'];
  const input = JSON.stringify({ url: `${receiver.url}/a-secret-path` });
  expect((await lineup(create, { input })).stderr).toContain('Only an administrator');
  const environment = { LINEUP_TOKEN: await token('administrator') };
  const made = await lineup(create, { input, environment });
  expect([made.code, made.stdout]).toEqual([0, expect.stringMatching(/\nwhsec_[\w+/]+=*\n$/)]);
  expect((await lineup(['notifications', 'test', 'Ops'], { environment })).code).toBe(0);
  expect(receiver.received.map(({ path }) => path)).toEqual(['/a-secret-path']);
  receiver.answer(500);
  const failed = await lineup(['notifications', 'test', 'Ops'], { environment });
  expect([failed.code, failed.stdout]).toEqual([1, expect.stringContaining('HTTP 500')]);
  const list = await lineup(['notifications', 'list', '--json'], { environment });
  expect(JSON.parse(list.stdout)).toMatchObject([{ label: 'Ops', events: ['job_failed'] }]);
  expect(list.stdout).not.toContain('a-secret-path');
  expect((await lineup(['notifications', 'delete', 'Ops', '--yes'], { environment })).code).toBe(0);
});

test('the place of a secret outside makes a channel, without its configuration on standard input', async () => {
  const { lineup, token } = await serving({ channels: true });
  const environment = { LINEUP_TOKEN: await token('administrator') };
  const create = ['notifications', 'create', '--kind', 'slack', '--label', 'Ads', '--reference'];
  const reference = ['$', '{secret:file:/run/secrets/hook}'].join('');
  const made = await lineup([...create, 'url=file:/run/secrets/hook', '--json'], { environment });
  expect(JSON.parse(made.stdout)).toMatchObject({ channel: { label: 'Ads', target: reference } });
  const moved = ['notifications', 'edit', 'Ads', '--reference', 'url=program:hook', '--json'];
  expect(JSON.parse((await lineup(moved, { environment })).stdout).target).toContain('secret:program:hook');
  // Nothing is allowed by default.
  const tested = await lineup(['notifications', 'test', 'Ads'], { environment });
  expect([tested.code, tested.stdout]).toEqual([1, expect.stringContaining('LINEUP_SECRET_PROGRAMS')]);
  const wrong = await lineup([...create, 'https://hooks.example.com/a-secret-path'], { environment });
  expect([wrong.code, wrong.stderr]).toEqual([2, expect.not.stringContaining('a-secret-path')]);
});

test('the list shows what jobs wait for and what LINE holds of them, and one command acts on many jobs', async () => {
  const { lineup, json, service, createJob, write, simulator } = await serving({ pace: { chunkRecords: 5 } });
  const rested = (job: JobView) => job.status !== 'runnable' && job.last_run?.ended_at !== null;
  const made = async (name: string) => {
    const segment_id = write(`${name}.csv`, members(8, name).csv);
    const { id } = await createJob({ segment_id, audience_name: name }, name);
    return until(() => service.jobs.get(id), rested);
  };
  const first = await made('One');
  const two = await made('Two');

  simulator.addFault({ kind: 'job_stuck', fileName: '-2.txt' });
  await service.jobs.act(first.id, 'run_now', aiko);
  const half = await until(
    () => service.runs.get(first.last_run!.id).then(async () => service.jobs.get(first.id)),
    (job) => job.last_run?.id !== first.last_run?.id && job.last_run?.uploaded === 8,
  );
  await service.jobs.act(half.id, 'stop_run', aiko);
  await until(() => service.jobs.get(first.id), rested);
  simulator.addFault({ kind: 'status', status: 401, reason: 'AUTHORIZATION_FAILED', count: 100 });
  await service.jobs.act(two.id, 'run_now', aiko);
  await until(() => service.jobs.get(two.id), rested);

  const list = await lineup(['jobs', 'list']);
  expect(list.stdout).toMatch(/One +Incomplete at LINE · Scheduled +.* 8 of 8/);
  expect(list.stdout).toMatch(/Two +Waiting: LINE answered 401/);
  const waiting = await lineup(['jobs', 'list', '--condition', 'waiting']);
  expect([waiting.stdout.includes('Two'), waiting.stdout.includes('One')]).toEqual([true, false]);
  const incomplete = await json<JobView[]>(['jobs', 'list', '--incomplete']);
  expect(incomplete.map(({ name }) => name)).toEqual(['One']);
  expect((await lineup(['jobs', 'show', 'One'])).stdout).toContain('incomplete: 8 of 8');
  const wrong = await lineup(['jobs', 'list', '--condition', 'asleep']);
  expect([wrong.code, wrong.stderr]).toEqual([2, expect.stringContaining('scheduled, retrying, waiting')]);

  const paused = await lineup(['jobs', 'pause', 'One', 'Two']);
  expect([paused.code, paused.stdout]).toEqual([0, 'Paused "One"\nPaused "Two"\n']);
  const again = await lineup(['jobs', 'pause', two.id, 'One']);
  expect([again.code, again.stderr]).toEqual([1, expect.stringContaining('"Two": The job is paused.')]);
  await lineup(['jobs', 'resume', 'One', 'Two']);
  const some = await lineup(['jobs', 'pause', 'One', 'nope', 'Two']);
  expect([some.code, some.stdout]).toEqual([1, 'Paused "One"\nPaused "Two"\n']);
  expect(some.stderr).toContain('"nope": There is no job "nope". Run "lineup jobs list" to list them.');
  const none = await lineup(['jobs', 'resume', '--all', 'failed']);
  expect([none.code, none.stdout]).toEqual([0, 'No job matches.\n']);
  const resumed = await lineup(['jobs', 'resume', '--all', 'paused', '--json']);
  const { results } = JSON.parse(resumed.stdout) as { results: { done: boolean }[] };
  expect([resumed.code, results.map(({ done }) => done)]).toEqual([0, [true, true]]);
  const unclear = await lineup(['jobs', 'resume']);
  expect([unclear.code, unclear.stderr]).toEqual([
    2,
    expect.stringContaining('Name the jobs, or select them with --all'),
  ]);

  const unasked = await lineup(['jobs', 'terminate', 'One']);
  expect([unasked.code, unasked.stderr]).toEqual([2, expect.stringContaining('Confirm with --yes.')]);
  expect((await service.jobs.get(first.id)).status).not.toBe('killed');
  const ended = await lineup(['jobs', 'terminate', 'One', '--yes', '--json']);
  expect(JSON.parse(ended.stdout)).toMatchObject({ status: 'killed' });
}, 240_000);

test('a wait ends when another person stops the run', async () => {
  const { lineup, service, createJob, write } = await serving({ simulator: { jobMs: 60_000 } });
  const job = await createJob({ segment_id: write('members.csv', members(5).csv) });
  const watching = lineup(['runs', 'watch', job.id, '--json']);
  const uploading = (run: RunDetail) => run.progress?.stage === 'wait';
  await until(() => service.runs.get(job.last_run?.id ?? ''), uploading);
  await service.jobs.act(job.id, 'stop_run', aiko);
  const { code, stdout } = await watching;
  expect([code, (JSON.parse(stdout) as RunDocument).status]).toEqual([130, 'interrupted']);
});

test('runs can be filtered by status, ad account, time and deleted job; a wrong flag is named', async () => {
  const { lineup, json, service, createJob, write } = await serving();
  const job = await createJob({ segment_id: write('members.csv', members(5).csv) });
  const id = job.last_run?.id ?? '';
  await until(
    () => service.runs.get(id),
    ({ status }) => status === 'succeeded',
  );
  const found = async (...flags: string[]) =>
    (await json<RunSummary[]>(['runs', 'list', ...flags])).map((run) => run.id);
  const day = job.created_at.slice(0, 10);
  expect(await found('--status', 'succeeded,failed', '--ad-account', 'A1', '--from', day)).toEqual([id]);
  expect(await found('--status', 'failed')).toEqual([]);
  expect(await found('--ad-account', 'A2')).toEqual([]);
  expect(await found('--to', '2020-01-01')).toEqual([]);
  expect(await found('--deleted-job')).toEqual([]);
  await until(
    () => service.jobs.get(job.id),
    ({ status }) => status === 'sleeping',
  );
  await service.jobs.delete(job.id, aiko);
  expect(await found('--deleted-job')).toEqual([id]);
  expect((await lineup(['runs', 'list'])).stdout).toContain('VIP customers (deleted)');
  expect((await lineup(['runs', 'list', '--status', 'failed'])).stdout).toContain('No run matches these flags.');
  for (const [flags, message] of [
    [['--status', 'done'], '--status takes running, succeeded,'],
    [['--from', 'yesterday'], '--from: Enter a date such as 2026-11-01'],
    [['--from', '2026-11-02', '--to', '2026-11-01'], 'The end must be after the start'],
  ] as const) {
    const { code, stderr } = await lineup(['runs', 'list', ...flags]);
    expect([code, stderr]).toEqual([2, expect.stringContaining(message)]);
  }
}, 120_000);
