/** `lineup audit`: the audit log of a service for people and for scripts. */
import { sql } from 'kysely';
import { expect, test } from 'vitest';
import type { AuditEntry } from '../../src/contracts/audit.ts';
import { transaction } from '../../src/store/database/database.ts';
import { recordAudit } from '../../src/store/repositories/audit-log.ts';
import { interrupt } from '../support/command.ts';
import { aiko, at } from '../support/service.ts';
import { type Serving, serving } from '../support/serving.ts';

const entry = (subjectId: string) => ({
  action: 'job.create',
  subjectType: 'job',
  subjectId,
  detail: { name: `Job ${subjectId}` },
});

async function withLog(count: number): Promise<Serving & { note(id: string): Promise<void> }> {
  const served = await serving();
  const { db } = served.database.database;
  await sql`delete from lineup.audit_log`.execute(db);
  const note = (id: string) => transaction(db, (tx) => recordAudit(tx, aiko, entry(id), at(0)));
  for (let n = 1; n <= count; n += 1) await note(`job_${n}`);
  const environment = { LINEUP_TOKEN: await served.token('administrator') };
  await sql`delete from lineup.audit_log where action <> 'job.create'`.execute(db);
  const lineup: Serving['lineup'] = (args, options) => served.lineup(args, { environment, ...options });
  return { ...served, note, lineup };
}

const subjectsOf = (lines: string): string[] =>
  lines
    .split('\n')
    .filter(Boolean)
    .map((line) => (JSON.parse(line) as AuditEntry).subject_id);

test('the newest entries are a table or an array, and filters choose', async () => {
  const { lineup, token } = await withLog(3);
  const shown = await lineup(['audit', '--limit', '2']);
  expect([shown.code, shown.stdout]).toEqual([0, expect.stringMatching(/job\.create +Job job_3\n.*Job job_2\n$/)]);
  const { stdout } = await lineup(['audit', '--json', '--subject', 'job_1']);
  expect(JSON.parse(stdout)).toMatchObject([{ subject_id: 'job_1', subject_exists: false }]);
  expect((await lineup(['audit', '--verb', 'delete'])).stdout).toBe('No entry matches.\n');
  expect((await lineup(['audit', '--to', '1999-01-01'])).stdout).toBe('No entry matches.\n');
  for (const [args, message] of [
    [['--from', 'yesterday'], '--from: Enter a date such as'],
    [['--lines', '--json'], 'take neither --json nor --limit'],
    [['--after', '1'], '--after needs --lines or --follow'],
  ] as const) {
    expect(await lineup(['audit', ...args])).toMatchObject({ code: 2, stderr: expect.stringContaining(message) });
  }
  const editor = await lineup(['audit'], { environment: { LINEUP_TOKEN: await token('editor') } });
  expect(editor.stderr).toContain('Only an administrator');
});

test('all entries are lines of JSON, oldest first, also when there are more than one answer takes', async () => {
  const { lineup, database } = await withLog(2);
  await sql`
    insert into lineup.audit_log (at, actor_id, actor, action, subject_type, subject_id, detail)
    select now(), 'usr_1', 'Aiko', 'job.create', 'job', 'many_' || n, '{}' from generate_series(1, 1200) as n`.execute(
    database.database.db,
  );
  const all = await lineup(['audit', '--lines', '--verb', 'create', '--subject-type', 'job']);
  const subjects = subjectsOf(all.stdout);
  expect(subjects.slice(0, 3)).toEqual(['job_1', 'job_2', 'many_1']);
  expect([subjects.length, subjects.at(-1), all.code]).toEqual([1_202, 'many_1200', 0]);
  const [first] = all.stdout.split('\n');
  const { id } = JSON.parse(first!) as AuditEntry;
  const rest = await lineup(['audit', '--lines', '--after', String(id), '--actor', 'Aiko', '--to', '2099-01-01']);
  expect(subjectsOf(rest.stdout)[0]).toBe('job_2');
});

test('what comes is followed until Ctrl-C, as lines of JSON or for people', async () => {
  const { lineup, note } = await withLog(1);
  // The command has the streams of this process.
  const written = () => String((process.stdout as unknown as { readonly text?: string }).text ?? '');
  const followed = lineup(['audit', '--follow', '--lines', '--after', '0']);
  await expect.poll(written).toContain('job_1');
  await note('job_2');
  await expect.poll(written, { timeout: 10_000 }).toContain('job_2');
  interrupt();
  const { code, stdout } = await followed;
  expect([code, subjectsOf(stdout)]).toEqual([130, ['job_1', 'job_2']]);

  const people = lineup(['audit', '--follow', '--after', '0', '--verb', 'create']);
  await expect.poll(written).toMatch(/ {2}Aiko Tanaka {2}job\.create {2}job_2 {2}"Job job_2"\n/);
  interrupt();
  expect((await people).code).toBe(130);
});
