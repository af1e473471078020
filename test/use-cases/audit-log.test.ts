/** The audit log: which values changed, of which subject, the search and the export. */
import { describe, expect, test } from 'vitest';
import { MAX_EXPORTED } from '../../src/contracts/audit.ts';
import { csvOf } from '../../src/domain/text/csv.ts';
import { json } from '../../src/store/database/schema.ts';
import { recordAudit } from '../../src/store/repositories/audit-log.ts';
import { auditTable, changesBetween } from '../../src/use-cases/audit-log.ts';
import { members } from '../support/cli.ts';
import { aiko, SECRET_KEY } from '../support/service.ts';
import { serviceBench } from '../support/service-bench.ts';

const ben = { id: 'user-2', name: 'Ben 50%_off' };

test('changes are logged by key, with old and new value, but not a query, an address or a long text', () => {
  const before = {
    name: 'VIP',
    configuration: { segment_id: '/srv/vip.csv', identifier_type: 'email', max: 1 },
  };
  const after = {
    name: 'VIP 2026',
    configuration: {
      segment_id: "select email from t where name = 'Aiko'",
      identifier_type: 'phone',
      max: 1,
    },
  };
  expect(changesBetween(before, after)).toEqual({
    name: ['VIP', 'VIP 2026'],
    'configuration.segment_id': ['/srv/vip.csv', '…'],
    'configuration.identifier_type': ['email', 'phone'],
  });
  expect(changesBetween({ a: 'x', b: null }, { a: 'someone@example.com', b: 'y'.repeat(201) })).toEqual({
    a: ['x', '…'],
    b: [null, '…'],
  });
});

test('no cell of an export is a formula', () => {
  const entry = {
    id: 1,
    at: '2026-03-02T00:00:00.000Z',
    actor_id: 'user-1',
    actor: '=HYPERLINK("https://attacker.example.com")',
    action: 'job.create',
    subject_type: 'job',
    subject_id: 'job_1',
    subject_name: ' +1+1',
    subject_exists: true,
    detail: { name: 'a,"b"\r\n' },
    request_id: null,
  };
  const csv = csvOf(auditTable([entry, { ...entry, actor: '＠SUM(1)', subject_name: '-2' }]));
  const [head, line] = csv.split('\r\n');
  expect(head).toBe('\ufefftime,actor,actor_id,action,subject_type,subject_id,subject,detail');
  expect(line).toContain(`"'=HYPERLINK(""https://attacker.example.com"")"`);
  expect(line).toContain(`"' +1+1"`);
  expect(csv).toContain(`"'＠SUM(1)"`);
  expect(csv).toContain(`"'-2"`);
});

describe('the audit log', () => {
  test('records what changed of which job, authorization, channel and setting, and never a secret', async () => {
    const bench = await serviceBench();
    const { auditLog, authorizations, jobs, settings, notifications } = bench.service;
    const { id } = await bench.createJob({ segment_id: bench.write('vip.csv', members(5).csv) });
    const job = await bench.waitForJob(id, ({ status }) => status !== 'runnable');
    const changed = '10:30';
    await jobs.change(
      id,
      job.revision,
      { name: 'Gold', configuration: { ...job.configuration, time_of_day: changed } },
      aiko,
    );
    const own = await authorizations.get(bench.authorizationId);
    const configuration = { access_key: 'other-access-key', secret_key: SECRET_KEY };
    await authorizations.change(own.id, own.revision, { label: 'Brand', configuration }, aiko, 'editor');
    await settings.write('retention', { runs_days: 30, audit_days: 1100 }, aiko);
    const made = await notifications.create(
      {
        kind: 'slack',
        label: 'Ops',
        events: ['job_failed'],
        configuration: { url: 'https://hooks.example.com/services/secret-path' },
      },
      aiko,
    );
    await notifications.change(made.channel.id, { events: ['run_late'], language: 'ja' }, aiko);
    await notifications.delete(made.channel.id, aiko);

    const { items } = await auditLog.list({ limit: 50, verb: 'change' });
    expect(items).toMatchObject([
      {
        subject_type: 'notification_channel',
        subject_name: 'Ops',
        subject_exists: false,
        detail: { changes: { events: [['job_failed'], ['run_late']], language: ['en', 'ja'] } },
      },
      { subject_type: 'settings', detail: { changes: { runs_days: [400, 30] } } },
      {
        subject_type: 'authorization',
        subject_name: 'Brand',
        subject_exists: true,
        detail: { changes: { label: ['Main account', 'Brand'] }, changed: ['configuration'] },
      },
      {
        subject_type: 'job',
        subject_id: id,
        subject_name: 'Gold',
        subject_exists: true,
        detail: {
          changes: {
            name: ['VIP customers', 'Gold'],
            'configuration.time_of_day': [job.configuration.time_of_day, changed],
          },
        },
      },
      // The entry of the bench.
      { subject_type: 'settings' },
      { subject_type: 'settings' },
    ]);
    const all = JSON.stringify(await auditLog.list({ limit: 200 }));
    for (const secret of [SECRET_KEY, 'other-access-key', 'secret-path']) expect(all).not.toContain(secret);
  });

  test('can be searched by who, what, subject and time; a name is not a pattern', async () => {
    const bench = await serviceBench();
    const { auditLog } = bench.service;
    const entry = {
      action: 'job.pause',
      subjectType: 'job',
      subjectId: 'job_1',
      detail: { name: 'Old job' },
    };
    const at = (hour: number) => new Date(Date.UTC(2026, 0, 1, hour));
    await bench.running.database.db.transaction().execute(async (tx) => {
      await recordAudit(tx, ben, entry, at(1));
      await recordAudit(tx, aiko, { ...entry, action: 'job.resume' }, at(2));
      await recordAudit(tx, aiko, { ...entry, subjectId: 'job_2' }, at(3));
    });
    const hours = async (filter: object) =>
      (await auditLog.list({ limit: 50, subject_type: 'job', ...filter })).items.map(({ at: then }) =>
        new Date(then).getUTCHours(),
      );
    expect(await hours({})).toEqual([3, 2, 1]);
    expect(await hours({ actor: 'ben' })).toEqual([1]);
    expect(await hours({ actor: '%_' })).toEqual([1]);
    expect(await hours({ actor: '%' })).toEqual([1]);
    expect(await hours({ verb: 'pause' })).toEqual([3, 1]);
    expect(await hours({ subject_id: 'job_1' })).toEqual([2, 1]);
    expect(await hours({ from: at(2).toISOString(), to: at(3).toISOString() })).toEqual([2]);
    const rows = await auditLog.exported({ actor: 'Ben', subject_type: 'job' });
    expect(rows).toHaveLength(2);
    expect(rows[1]).toContain('Old job');
  });

  test('an export has a size limit', async () => {
    const bench = await serviceBench();
    const { db } = bench.running.database;
    const line = {
      at: new Date(),
      actor_id: 'system',
      actor: 'Lineup',
      action: 'job.pause',
      subject_type: 'job',
      subject_id: 'job_1',
      detail: json({}),
    };
    for (let n = 0; n < 11; n += 1) {
      await db
        .insertInto('audit_log')
        .values(Array.from({ length: 1_000 }, () => line))
        .execute();
    }
    expect(await bench.service.auditLog.exported({})).toHaveLength(MAX_EXPORTED + 1);
  });
});
