/** A user who is removed for good: what they made stays, and nothing names them any more. */
import { sql } from 'kysely';
import { describe, expect, test } from 'vitest';
import { newSuppressionList } from '../../src/domain/audiences/suppression-lists.ts';
import { databases } from '../support/databases.ts';
import { aiko, aNewJob } from '../support/service.ts';
import { type ServiceBench, useServiceBench } from '../support/service-bench.ts';
import { rowsOf } from '../support/traces.ts';

const bert = { id: 'usr_bert', name: 'Bert Braun', email: 'bert.braun@example.com' };

async function addUser({ database }: ServiceBench, user: { id: string; name: string; email: string }) {
  const { db } = database.database;
  await sql`insert into lineup.users (id, name, email, email_verified, created_at, updated_at, role)
    values (${user.id}, ${user.name}, ${user.email}, true, now(), now(), 'editor')`.execute(db);
  await sql`insert into lineup.verifications (id, identifier, value, expires_at, created_at, updated_at)
    values (${`v-${user.id}`}, ${`invitation:${user.id}`}, 'x', now(), now(), now())`.execute(db);
}

describe.each(databases)('a removed user on $kind', (database) => {
  const current = useServiceBench({ role: 'api', database });

  test('is a number in every table, and what they made stays', async () => {
    const bench = current();
    const { service, write } = bench;
    await addUser(bench, bert);
    // They had another name before.
    const before = { id: bert.id, name: 'Bert Schwarz' };
    const csv = write('vip.csv', 'email\na@example.com\n');
    const { jobs, suppressionLists, apiTokens, notifications, settings, auditLog } = service;
    const key = { idempotencyKey: 'k1' };
    const job = (await jobs.create(aNewJob(bench.authorizationId, { segment_id: csv }), before, key)).value;
    await jobs.act(job.id, 'pause', bert);
    const list = newSuppressionList.parse({
      name: 'Out',
      segment_id: write('out.csv', 'email\nb@example.com\n'),
      fields: { email: 'email' },
    });
    await suppressionLists.create(list, bert);
    await settings.write('appearance', { time_zone: 'Asia/Tokyo' }, bert);
    const { token, entry } = await apiTokens.create({ name: 'ci', role: 'editor', expires_at: null }, bert);
    const made = await apiTokens.create({ name: 'ci 2', role: 'viewer', expires_at: null }, { ...entry });
    const email = {
      kind: 'email',
      label: 'Mail',
      language: 'en',
      events: ['job_failed'],
      configuration: {
        host: 'mail.example.com',
        port: 587,
        security: 'starttls',
        user: null,
        password: null,
        from: 'lineup@example.com',
        to: ['team@example.com', 'Bert.Braun@example.com'],
      },
    };
    await notifications.create(email as never, bert);
    await auditLog.record(aiko, { action: 'user.create', subjectType: 'user', subjectId: bert.id });

    const former = await service.formerUsers.erase(bert.id, aiko);
    expect(former).toEqual({ name: 'former user 1', channels: ['Mail'] });
    const rows = await rowsOf(bench.database.database);
    // The address of a channel is for its administrator to change: the answer names the channel.
    const withoutChannel = rows.replaceAll('Bert.Braun@example.com', '');
    expect(withoutChannel).not.toMatch(/Bert Braun|Bert Schwarz|bert\.braun@/i);
    expect(rows).not.toContain(`invitation:${bert.id}`);

    expect(await jobs.get(job.id)).toMatchObject({
      created_by: 'former user 1',
      updated_by: 'former user 1',
    });
    const { items: log } = await jobs.transitions(job.id, { limit: 9 });
    expect(new Set(log.map(({ actor }) => actor))).toEqual(new Set(['former user 1']));
    expect(await apiTokens.list()).toEqual([]);
    for (const secret of [token, made.token]) expect(await apiTokens.authenticate(secret)).toBeUndefined();
    const { items } = await auditLog.list({ limit: 20, subject_type: 'user' });
    expect(items.map(({ action, actor, subject_name }) => [action, actor, subject_name])).toEqual([
      ['user.erase', aiko.name, 'former user 1'],
      ['user.create', aiko.name, 'former user 1'],
    ]);
    await expect(service.formerUsers.erase(bert.id, aiko)).rejects.toMatchObject({ code: 'not_found' });
  });

  test('takes nothing from another user with the same name', async () => {
    const bench = current();
    const [first, other] = ['usr_1', 'usr_2'].map((id) => ({
      id,
      name: 'Mei Lin',
      email: `${id}@example.com`,
    }));
    await addUser(bench, first!);
    await addUser(bench, other!);
    const csv = bench.write('mei.csv', 'email\na@example.com\n');
    const input = aNewJob(bench.authorizationId, { segment_id: csv, audience_name: 'Mei' });
    const job = (await bench.service.jobs.create(input, other!)).value;
    const former = await bench.service.formerUsers.erase(first!.id, aiko);
    expect(former.name).toMatch(/^former user [12]$/);
    expect(await bench.service.jobs.get(job.id)).toMatchObject({ created_by: 'Mei Lin' });
  });
});
