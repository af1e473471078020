/** Suppression lists from the command line, and as code. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { describeRefusals } from '../../src/cli/suppression-lists/show.ts';
import type { JobView } from '../../src/contracts/jobs.ts';
import type { SuppressionList, SuppressionListView } from '../../src/domain/audiences/suppression-lists.ts';
import { members } from '../support/cli.ts';
import { serving } from '../support/serving.ts';

test('an administrator keeps lists, and an editor chooses them for jobs', async () => {
  const { lineup, json, token, write } = await serving({ role: 'api' });
  const as = { environment: { LINEUP_TOKEN: await token('administrator') } };
  const out = write('out.csv', 'id,mail,tel\n1,a@example.com,0312345678\n');
  const flags = (name: string) => ['--name', name, '--audience', out];

  const empty = await lineup(['suppression-lists', 'list']);
  expect(empty.stdout).toContain('No suppression lists yet');
  const create = ['suppression-lists', 'create', ...flags('Opted out')];
  const asEditor = await lineup([...create, '--email-field', 'mail']);
  expect([asEditor.code, asEditor.stderr]).toEqual([2, expect.stringContaining('administrator')]);
  const wrong = await lineup([...create, '--email-field', 'male'], as);
  expect([wrong.code, wrong.stderr]).toEqual([2, expect.stringMatching(/fields\.email: .*Did you mean "mail"/)]);
  const none = await lineup(create, as);
  expect([none.code, none.stderr]).toEqual([2, expect.stringContaining('fields: Choose at least one field.')]);

  const made = await lineup([...create, '--email-field', 'mail', '--max-shrink', '0.2'], as);
  expect(made.stdout).toContain('field mail (email)');
  expect(made.stdout).toContain('a run stops when the list loses more than 20 %');
  await json<SuppressionListView>(
    ['suppression-lists', 'create', ...flags('Complaints'), '--phone-field', 'tel', '--applies-to', 'chosen_jobs'],
    as,
  );
  const listed = await lineup(['suppression-lists', 'list']);
  expect(listed.stdout).toMatch(/Complaints +jobs that choose it: 0[\s\S]*Opted out +all jobs: 0/);

  const job = ['jobs', 'create', '--name', 'VIP', '--authorization', 'Main account', '--once'];
  const audience = ['--audience', write('vip.csv', members(9).csv), '--ad-account', 'A1'];
  const given = [...job, ...audience, '--audience-name', 'VIP', '--identifier-type', 'email'];
  const unknown = await lineup([...given, '--suppression-list', 'Complaint']);
  expect([unknown.code, unknown.stderr]).toEqual([
    2,
    expect.stringContaining('There is no suppression list "Complaint"'),
  ]);
  const shown = await lineup([...given, '--suppression-list', 'Complaints']);
  expect(shown.stdout).toContain('Keeps out nobody: "Complaints" has no field for the type email');
  expect(shown.stdout).toContain('members of "Opted out" (of all jobs)');

  const edit = ['suppression-lists', 'edit', 'Complaints', '--email-field', 'mail', '--phone-field', ''];
  const edited = await json<SuppressionListView>(edit, as);
  expect(edited).toMatchObject({ fields: { email: 'mail' }, revision: 2, jobs: [{ has_field: true }] });
  const used = await lineup(['suppression-lists', 'delete', 'Complaints', '--yes'], as);
  expect([used.code, used.stderr]).toEqual([2, expect.stringContaining('chosen by VIP')]);
  // There is a size to accept only after it has stopped a run.
  const nothing = await lineup(['suppression-lists', 'accept-size', 'Complaints', '--yes', '10:3'], as);
  expect([nothing.code, nothing.stderr]).toEqual([2, expect.stringContaining('there is no size to accept')]);

  const without = await json<JobView>(['jobs', 'edit', 'VIP', '--suppression-list', '']);
  expect(without.configuration.suppression_lists).toEqual([]);
  const kept = await json<JobView>(['jobs', 'edit', 'VIP', '--max-shrink', '0.1']);
  expect(kept.configuration).toMatchObject({ suppression_lists: [], max_shrink: 0.1 });
  expect((await lineup(['suppression-lists', 'delete', 'Complaints', '--yes'], as)).code).toBe(0);
  const left = await json<SuppressionList[]>(['suppression-lists', 'list']);
  expect(left.map(({ name }) => name)).toEqual(['Opted out']);

  const deletion = ['suppression-lists', 'delete', 'Opted out', '--yes'];
  const unseen = await lineup(deletion, as);
  expect([unseen.code, unseen.stderr]).toEqual([2, expect.stringContaining('confirm it with let_in=0')]);
  const asked = await lineup(deletion.slice(0, -1), as);
  expect(asked.stderr).toContain('applies to all jobs, which are 1 now. It kept 0 members out of their last runs.');
  expect((await lineup([...deletion, '--let-in', '0'], as)).code).toBe(0);
}, 120_000);

test('a list that leaves jobs says whom it lets in, and so does a job that leaves a list', async () => {
  const { lineup, token, write, service, createJob, waitForJob, directory } = await serving();
  const as = { environment: { LINEUP_TOKEN: await token('administrator') } };
  const out = members(24).csv;
  const create = ['suppression-lists', 'create', '--audience', write('out.csv', out), '--email-field', 'email'];
  await lineup([...create, '--name', 'Opted out'], as);
  await lineup([...create, '--name', 'Buyers', '--applies-to', 'chosen_jobs'], as);
  const lists = await service.suppressionLists.list();
  const [buyers, optedOut] = ['Buyers', 'Opted out'].map((name) => lists.find((list) => list.name === name)!.id);
  const { id } = await createJob({ segment_id: write('vip.csv', members(60).csv), suppression_lists: [buyers] }, 'VIP');
  await waitForJob(id, ({ status }) => status !== 'runnable');

  // Who is on both counts for the first one, by name.
  const leave = ['jobs', 'edit', 'VIP', '--suppression-list', ''];
  const left = await lineup(leave);
  expect([left.code, left.stderr]).toEqual([
    2,
    expect.stringMatching(/"Buyers" kept about 20 members out.*Confirm with --let-in 20\./),
  ]);
  const file = join(directory, 'lineup.yaml');
  const edit = ['suppression-lists', 'edit', 'Opted out', '--applies-to', 'chosen_jobs'];
  const edited = await lineup(edit, as);
  expect([edited.code, edited.stderr]).toEqual([
    2,
    expect.stringMatching(/"Opted out" would not keep the same people.* kept 0 members.*Confirm with --let-in 0\./),
  ]);
  await lineup(['export-config', '--out', file]);
  const written = readFileSync(file, 'utf8');
  writeFileSync(
    file,
    written
      .replace('applies_to: all_jobs', 'applies_to: chosen_jobs')
      .replace(/suppression_lists:\n +- Buyers\n/, 'suppression_lists: []\n'),
  );
  const refused = await lineup(['apply', file, '--yes'], as);
  expect([refused.code, refused.stdout, refused.stderr]).toEqual([
    2,
    expect.stringMatching(/"Opted out" would not keep[\s\S]*"Buyers" kept about 20 members out/),
    expect.stringContaining('confirm it with --let-in 20.'),
  ]);
  expect((await service.suppressionLists.get(optedOut!)).applies_to).toBe('all_jobs');
  expect((await lineup(['apply', file, '--yes', '--let-in', '20'], as)).code).toBe(0);
  expect((await service.suppressionLists.get(optedOut!)).applies_to).toBe('chosen_jobs');
  expect((await service.jobs.get(id)).configuration.suppression_lists).toEqual([]);
}, 120_000);

test('a configuration file has lists, and jobs that choose them by name', async () => {
  const { lineup, json, token, write, directory } = await serving({ role: 'api' });
  const as = { environment: { LINEUP_TOKEN: await token('administrator') } };
  const out = write('out.csv', 'id,mail\n1,a@example.com\n');
  const file = join(directory, 'lineup.yaml');
  const content = (shrink: number, chosen: string) => `version: 1
suppression_lists:
  - name: Opted out
    segment_id: ${out}
    fields: { email: mail }
    applies_to: chosen_jobs
    max_shrink: ${shrink}
jobs:
  - name: VIP
    authorization: Main account
    suppression_lists: [${chosen}]
    configuration:
      { segment_id: ${write('vip.csv', members(9).csv)}, adaccount_id: A1, audience_name: VIP,
        identifier_type: email, continuous_update: false }
`;
  writeFileSync(file, content(0.5, 'Opted out'));
  const applied = await lineup(['apply', file, '--yes'], as);
  expect([applied.code, applied.stdout]).toEqual([
    0,
    expect.stringContaining('+ create suppression list "Opted out"\n+ create job "VIP"'),
  ]);
  const [list] = await json<SuppressionList[]>(['suppression-lists', 'list']);
  const { configuration } = await json<JobView>(['jobs', 'show', 'VIP']);
  expect(configuration.suppression_lists).toEqual([list?.id]);
  expect((await lineup(['diff', file])).code).toBe(0);

  writeFileSync(file, content(0.1, ''));
  const changed = await lineup(['apply', file, '--yes'], as);
  expect(changed.stdout).toContain('max_shrink: 0.5 → 0.1');
  expect(changed.stdout).toContain('suppression_lists: Opted out → none');
  await lineup(['export-config', '--out', 'written.yaml']);
  const same = await lineup(['diff', 'written.yaml', '--prune']);
  expect([same.code, same.stdout]).toEqual([0, expect.stringContaining('No changes.')]);

  const always = ['suppression-lists', 'create', '--name', 'Complaints', '--audience', out];
  expect((await lineup([...always, '--email-field', 'mail'], as)).code).toBe(0);
  const pruned = ['apply', file, '--prune', '--yes'];
  const unseen = await lineup(pruned, as);
  expect([unseen.code, unseen.stdout, unseen.stderr]).toEqual([
    2,
    expect.stringContaining(
      '- delete suppression list "Complaints"\n    The suppression list "Complaints" applies to all jobs, which are 1 now. It kept 0 members out',
    ),
    expect.stringContaining('Nothing was changed. If you want that, confirm it with --let-in 0.'),
  ]);
  expect((await lineup([...pruned, '--let-in', '0'], as)).code).toBe(0);
  const left = await json<SuppressionList[]>(['suppression-lists', 'list']);
  expect(left.map(({ name }) => name)).toEqual(['Opted out']);
}, 120_000);

test('a list that has shrunk is shown with what a person can accept', () => {
  const refusal = { identifier_type: 'email', at: '', run_id: 'r1', accepted: false } as const;
  const refusals = [
    { ...refusal, job_id: null, job_name: null, before: 1_000, after: 300 },
    { ...refusal, job_id: 'job_1', job_name: 'VIP', before: 40, after: 0 },
    { ...refusal, job_id: null, job_name: null, before: 5, after: 1, accepted: true },
  ];
  expect(describeRefusals({ name: 'Opted out', refusals } as unknown as SuppressionList)).toBe(
    [
      'Opted out has shrunk. The next run may find so many, and up to 2 % less:',
      '- email, members of the list: 1,000 → 300 (−70 %)',
      '- email, members kept out of "VIP": 40 → 0 (−100 %)',
    ].join('\n'),
  );
});
