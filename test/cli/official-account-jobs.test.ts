/** LINE Official Account on the command line: authorizations by both methods, and jobs, by flags and by files. */
import { createPrivateKey } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { startLineOfficialAccountSimulator } from '../../simulators/line-official-account/index.ts';
import type { Authorization } from '../../src/contracts/authorizations.ts';
import type { SharedAudience } from '../../src/contracts/custom-audiences.ts';
import type { JobView } from '../../src/contracts/jobs.ts';
import type { Role } from '../../src/domain/people/people.ts';
import { exampleReference } from '../../src/domain/values/secret-reference.ts';
import { directoryOfTest } from '../support/directory.ts';
import { CHANNEL, lineUser } from '../support/line-official-account.ts';
import { aiko, quietTime } from '../support/service.ts';
import type { BenchOptions } from '../support/service-bench.ts';
import { serving } from '../support/serving.ts';

async function world(options: BenchOptions = {}) {
  const simulator = await startLineOfficialAccountSimulator({ jobMs: 60, readyMs: 0, rateToleranceMs: 500 });
  onTestFinished(() => simulator.close());
  const serve = await serving({ ...options, officialAccountUrl: simulator.url });
  const { channelId, channelSecret } = simulator.channel;
  const environment = {
    LINE_OFFICIAL_ACCOUNT_CHANNEL_ID: channelId,
    LINE_OFFICIAL_ACCOUNT_CHANNEL_SECRET: channelSecret,
  };
  const create = ['authorizations', 'create', '--provider', 'line_official_account', '--label'];
  return { ...serve, simulator, environment, create };
}

test('an authorization of each method is made from variables, and a wrong value is named', async () => {
  const { lineup, json, simulator, environment, create } = await world();
  const made = await json<Authorization>([...create, 'OA Tokyo'], { environment });
  expect(made).toMatchObject({ method: 'line_official_account_secret', health: 'healthy' });
  const verified = await lineup(['authorizations', 'verify', 'OA Tokyo']);
  expect([verified.code, verified.stdout]).toEqual([0, expect.stringContaining('"OA Tokyo" is healthy')]);

  const private_key = simulator.newKey('key-1');
  const withKey = [...create, 'OA by key', '--method', 'line_official_account_key'];
  const LINE_OFFICIAL_ACCOUNT_PRIVATE_KEY = private_key;
  const variables = { ...environment, LINE_OFFICIAL_ACCOUNT_PRIVATE_KEY };
  const without = await lineup(withKey, { environment: variables });
  expect([without.code, without.stderr]).toEqual([2, expect.stringContaining('Enter the key ID that LINE showed')]);
  const wrong = { ...variables, LINE_OFFICIAL_ACCOUNT_KEY_ID: 'key-2' };
  const refused = await lineup(withKey, { environment: wrong });
  expect(refused.stderr).toContain('The LINE channel has no key with this key ID (answer 404).');
  const named = { ...variables, LINE_OFFICIAL_ACCOUNT_KEY_ID: 'key-1' };
  expect(await json<Authorization>(withKey, { environment: named })).toMatchObject({ health: 'healthy' });

  const id = { ...environment, LINE_OFFICIAL_ACCOUNT_CHANNEL_ID: '@example' };
  const bad = await lineup([...create, 'Bad'], { environment: id });
  expect([bad.code, bad.stderr]).toEqual([2, expect.stringContaining('Enter the channel ID: a number of about')]);
  const secret = { ...environment, LINE_OFFICIAL_ACCOUNT_CHANNEL_SECRET: 'an-invented-secret' };
  const unknown = await lineup([...create, 'Bad'], { environment: secret });
  expect(unknown.stderr).toContain('LINE gives no access token (answer 400). Check the channel ID and the channel');
  expect(`${refused.stderr}${unknown.stderr}`).not.toMatch(/an-invented-secret|PRIVATE KEY/);
});

test('a key that cannot be read is refused by every door, also without a verification', async () => {
  const { lineup, simulator, environment, create, directory, service } = await world();
  const broken = simulator.newKey('key-1').replace('-----END', '-----ENDE');
  const told = 'The private key cannot be read. Paste all of it';
  const refusal = { fields: [{ path: 'configuration.private_key', message: expect.stringContaining(told) }] };
  const about = { provider: 'line_official_account', method: 'line_official_account_key', description: '' };
  const { channelId: channel_id } = simulator.channel;
  const withKey = (private_key: string) => ({ channel_id, private_key, key_id: 'key-1' });
  const made = (private_key: string, role: Role = 'editor') =>
    service.authorizations.create(
      { ...about, label: private_key, configuration: withKey(private_key) },
      aiko,
      {},
      role,
    );
  await expect(made(broken)).rejects.toMatchObject(refusal);
  // Nobody knows what a secret outside is.
  const { id, revision } = (await made(exampleReference, 'administrator')).value;
  const change = { configuration: withKey(broken) };
  await expect(service.authorizations.change(id, revision, change, aiko, 'editor')).rejects.toMatchObject(refusal);

  const variables = {
    ...environment,
    LINE_OFFICIAL_ACCOUNT_PRIVATE_KEY: broken,
    LINE_OFFICIAL_ACCOUNT_KEY_ID: 'key-1',
  };
  const byFlags = [...create, 'Broken', '--method', about.method, '--save-anyway'];
  expect(await lineup(byFlags, { environment: variables })).toMatchObject({
    code: 2,
    stderr: expect.stringContaining(told),
  });
  const file = join(directory, 'broken.yaml');
  const variable = (name: string) => `\${env:LINE_OFFICIAL_ACCOUNT_${name}}`;
  writeFileSync(
    file,
    `version: 1
authorizations:
  - label: Broken
    provider: ${about.provider}
    method: ${about.method}
    configuration:
      channel_id: ${variable('CHANNEL_ID')}
      private_key: ${variable('PRIVATE_KEY')}
      key_id: ${variable('KEY_ID')}
`,
  );
  expect(await lineup(['apply', file, '--yes'], { environment: variables })).toMatchObject({
    code: 2,
    stderr: expect.stringMatching(new RegExp(`configuration.private_key: The service would refuse this: ${told}`)),
  });
});

test('a job needs no account, says how it went, and is refused with another channel', async () => {
  const { lineup, json, simulator, environment, create, write } = await world();
  await json([...create, 'OA Tokyo'], { environment });
  const capital = 'ABCDEF'.padStart(32, '0');
  const wrong = [
    'U123',
    'a'.repeat(64),
    `u${capital.toLowerCase()}`,
    `U${capital}`,
    `C${capital.toLowerCase()}`,
    '@shop',
  ];
  const rows = [lineUser(1), ` ${lineUser(2)} `, lineUser(2), ...wrong, '', `\ufeff${lineUser(3)}`];
  // As Excel saves it: a byte order mark, and the line ends of Windows.
  const lines = ['\ufeffline_user_id', ...rows.map((row) => `"${row}"`), ''];
  const audience = write('members.csv', lines.join('\r\n'));
  const schedule = ['--frequency', 'weekly', '--day', 'monday', '--time', '09:00', '--timezone', 'Asia/Tokyo'];
  const about = ['--authorization', 'OA Tokyo', '--audience', audience, ...schedule];
  const ids = ['--identifier-type', 'line_user_id', '--field', 'line_user_id'];
  const job = ['jobs', 'create', ...about, ...ids, '--name', 'Friends', '--audience-name', 'Friends'];

  const elsewhere = await lineup([...job, '--ad-account', '1657999999']);
  expect([elsewhere.code, elsewhere.stderr]).toEqual([
    2,
    expect.stringContaining(`The authorization is for the LINE channel ${CHANNEL}.`),
  ]);
  const missing = await lineup([...job.slice(0, -2), '--audience-id', '7']);
  expect(missing.stderr).toContain(`The LINE channel ${CHANNEL} has no audience 7.`);

  const ended = await lineup([...job, '--wait']);
  expect([ended.code, ended.stdout]).toEqual([0, expect.stringContaining(`of channel ${CHANNEL}`)]);
  const shown = await json<JobView>(['jobs', 'show', 'Friends']);
  expect(shown).toMatchObject({
    type: 'line_official_account_audience_export',
    configuration: { adaccount_id: CHANNEL, identifier_type: 'line_user_id' },
    last_run: { unique: 3 },
  });
  const [run] = await json<{ counts: object }[]>(['runs', 'list']);
  expect(run).toMatchObject({ unique: 3 });
  expect([...simulator.state.members(shown.audience_id ?? '')].sort()).toEqual([1, 2, 3].map(lineUser));
  // Only the audience that a person mistyped.
  expect(simulator.inspect().violations.map(({ code }) => code)).toEqual(['unknown_id']);
  expect((await lineup(['jobs', 'show', 'Friends'])).stdout).toContain(`channel ${CHANNEL}, audience`);
});

test('what LINE Official Account does not take is refused with a sentence', async () => {
  const { lineup, environment, create, write, json } = await world();
  await json([...create, 'OA Tokyo'], { environment });
  const audience = write('members.csv', `line_user_id,email\n${lineUser(1)},a@example.com\n`);
  const job = ['jobs', 'create', '--name', 'X', '--once', '--authorization', 'OA Tokyo', '--audience', audience];
  const refused = async (flags: readonly string[], says: string) => {
    const { code, stderr } = await lineup([...job, '--audience-name', 'X', ...flags]);
    expect([code, stderr]).toEqual([2, expect.stringContaining(says)]);
  };
  const users = ['--identifier-type', 'line_user_id', '--field', 'line_user_id'];
  await refused(['--identifier-type', 'email'], 'LINE Official Account does not take this type of identifier.');
  await refused(
    [...users, '--hash-in-database', 'yes'],
    'LINE user IDs are sent as they are, so no database can hash them. Turn off hashing in the database.',
  );
  await refused([...users, '--member-days', '30'], 'At LINE Official Account, members do not leave by age.');
  await refused(
    [...users, '--sibling', 'ifa:email:audience=first'],
    'LINE Official Account does not take identifiers of the types line_user_id and ifa in one audience.',
  );
  const devices = ['--identifier-type', 'ifa', '--field', 'email'];
  await refused([...devices, '--ifa-format', 'sha256'], 'takes advertising IDs only as they are. Choose the format');
  await refused([...devices, '--ifa-kind', 'idfa'], 'does not tell kinds of advertising IDs apart. Leave this empty.');
  const long = await lineup([...job, ...users, '--audience-name', '名'.repeat(121)]);
  expect([long.code, long.stderr]).toEqual([2, expect.stringContaining('Use at most 120 characters.')]);
});

test('audiences that others share with the channel are listed with their owners', async () => {
  const { lineup, json, simulator, environment, create } = await world();
  const none = await lineup(['audiences', 'shared']);
  expect([none.code, none.stderr]).toEqual([
    2,
    expect.stringContaining('has 0 authorizations of LINE Official Account'),
  ]);
  await json([...create, 'OA Tokyo'], { environment });
  const owner = { serviceType: 'lap', id: 'A1', name: 'Store' };
  for (let n = 0; n < 2; n += 1) simulator.addAudience({ name: `Shoppers ${n}`, createRoute: 'AD_MANAGER', owner });
  const { stdout } = await lineup(['audiences', 'shared', '--name', 'Shoppers 1']);
  expect(stdout).toContain('Store (A1)');
  const all = await json<SharedAudience[]>(['audiences', 'shared', '--name', 'shoppers']);
  expect(all.map(({ name }) => name)).toEqual(['Shoppers 1', 'Shoppers 0']);
});

test('the file of the handbook is applied, written again as it is, and its second apply changes nothing', async () => {
  const secrets = directoryOfTest('secrets');
  const folders = { folders: [secrets], allowsVariable: () => false, variable: () => undefined, programs: {} };
  const { lineup, json, simulator, write, directory, token, environment } = await world({ secretsOutside: folders });
  // The key with its kid, as LINE's instructions make it.
  const jwk = createPrivateKey(simulator.newKey('key-1')).export({ format: 'jwk' });
  const key = join(secrets, 'line-official-account.jwk');
  writeFileSync(key, JSON.stringify({ ...jwk, alg: 'RS256', use: 'sig', kid: 'key-1' }));
  const audience = write('friends.csv', ['line_user_id', lineUser(1), lineUser(2), ''].join('\n'));
  const page = readFileSync(resolve(import.meta.dirname, '../../docs/line-official-account.md'), 'utf8');
  const [, example = ''] = /```yaml\n(.*?)```/s.exec(page) ?? [];
  const text = example
    .replace('/run/secrets/line-official-account.jwk', key)
    .replace('/srv/exports/friends.csv', audience)
    .replace('"09:00"', `"${quietTime()}"`);
  const file = join(directory, 'lineup.yaml');
  writeFileSync(file, text);
  const as = { environment: { ...environment, LINEUP_TOKEN: await token('administrator') } };

  const applied = await lineup(['apply', file, '--yes'], as);
  expect([applied.code, applied.stderr]).toEqual([0, expect.stringContaining('done: + create job "Friends"')]);
  expect(await json(['authorizations', 'verify', 'LINE Official Account'])).toMatchObject({ health: 'healthy' });
  const again = await lineup(['apply', file, '--yes'], as);
  expect([again.code, again.stdout]).toEqual([0, expect.stringContaining('No changes.')]);

  const written = await lineup(['export-config'], as);
  expect(written.stdout).toContain('type: line_official_account_audience_export');
  expect(written.stdout).toContain('identifier_type: line_user_id');
  expect(written.stdout).toMatch(/private_key: "?\$\{secret:file:/);
  writeFileSync(file, written.stdout);
  const unchanged = await lineup(['diff', file], as);
  expect([unchanged.code, unchanged.stdout]).toEqual([0, expect.stringContaining('No changes.')]);

  writeFileSync(file, text.replace('"1657000001"', '"1657999999"').replaceAll('Friends', 'Others'));
  const other = await lineup(['apply', file, '--yes'], as);
  expect([other.code, other.stderr]).toEqual([2, expect.stringContaining('for the LINE channel 1657000001.')]);
  writeFileSync(file, text.replace('line_user_id\n      run', 'x\n      member_days: 30\n      run'));
  const wrong = await lineup(['apply', file, '--yes'], as);
  expect([wrong.code, wrong.stderr]).toEqual([2, expect.stringContaining('members do not leave by age')]);
});

test('an audience of another channel is seen, and neither renamed nor deleted', async () => {
  const { json, simulator, environment, create, service } = await world();
  const { id: authorization_id } = await json<Authorization>([...create, 'OA Tokyo'], { environment });
  const account = { authorization_id, adaccount_id: CHANNEL };
  const theirs = simulator.addAudience({ name: 'Of others' });
  expect(await service.customAudiences.get(account, theirs, new AbortController().signal)).toMatchObject({
    name: 'Of others',
    read_only: true,
  });
  const refusal = { code: 'action_not_allowed', message: expect.stringContaining('belongs to others') };
  await expect(service.customAudiences.rename(account, theirs, 'Mine', aiko)).rejects.toMatchObject(refusal);
  await expect(service.customAudiences.delete(account, theirs, aiko)).rejects.toMatchObject(refusal);
  expect(simulator.inspect().audiences.find(({ id }) => id === theirs)).toMatchObject({ name: 'Of others' });
  expect(simulator.inspect().violations).toEqual([]);
});
