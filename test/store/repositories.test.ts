import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import type { AuthorizationChange } from '../../src/contracts/authorizations.ts';
import { job as jobSchema } from '../../src/contracts/jobs.ts';
import { type Actor, operator, type Role } from '../../src/domain/people/people.ts';
import { Secret } from '../../src/domain/values/secret.ts';
import { initialState } from '../../src/jobs/states.ts';
import {
  authenticateApiToken,
  createApiToken,
  listApiTokens,
  revokeApiToken,
} from '../../src/store/repositories/api-tokens.ts';
import { listAudit, recordAudit } from '../../src/store/repositories/audit-log.ts';
import {
  changeAuthorization,
  deleteAuthorization,
  getAuthorization,
  listAuthorizations,
  recordHealth,
} from '../../src/store/repositories/authorizations.ts';
import { answerIdempotent, claimIdempotent, purgeIdempotent } from '../../src/store/repositories/idempotency.ts';
import { listJobs } from '../../src/store/repositories/job-list.ts';
import {
  changeJob,
  createJob,
  deleteJob,
  describeJob,
  dueJobs,
  getJob,
  jobsOfAudiences,
  nextWake,
  saveStates,
} from '../../src/store/repositories/jobs.ts';
import { readStored, revealSetting, writeSetting } from '../../src/store/repositories/settings.ts';
import { databases, useDatabase } from '../support/databases.ts';
import { aiko, aNewJob, anAuthorization, at, newKey, openBox, SECRET_KEY } from '../support/service.ts';

describe.each(databases)('repositories on $kind', (kind) => {
  const current = useDatabase(kind);

  describe('authorizations', () => {
    test('are listed by label, without their configuration', async () => {
      const { db } = current.database;
      const box = await openBox(db);
      await anAuthorization(db, box, 'B');
      const a = await anAuthorization(db, box, 'A');
      const list = await listAuthorizations(db);
      expect(list.map(({ label }) => label)).toEqual(['A', 'B']);
      expect(list[0]).toEqual(a);
      expect(a).toMatchObject({
        health: 'unknown',
        created_by: 'Aiko Tanaka',
        created_at: at(0).toISOString(),
        revision: 1,
      });
      expect(JSON.stringify(list)).not.toContain(SECRET_KEY);
      expect(list[0]).not.toHaveProperty('configuration');
    });

    test('two editors do not overwrite each other, and a new secret has unknown health', async () => {
      const { db } = current.database;
      const box = await openBox(db);
      const { id } = await anAuthorization(db, box);
      const change = (wanted: AuthorizationChange, revision: number, now: Date, changed = id) =>
        changeAuthorization(db, box, { id: changed, revision, change: wanted, actor: aiko, now });
      const refused = { health: 'unhealthy', reason: { message: 'Refused.' } } as const;
      await db.transaction().execute((tx) => recordHealth(tx, { id, revision: 1 }, refused, at(1)));
      const renamed = await change({ label: 'New' }, 1, at(2));
      expect(renamed).toMatchObject({
        label: 'New',
        revision: 2,
        health: 'unhealthy',
        health_reason: 'Refused.',
      });
      await expect(change({ label: 'Mine' }, 1, at(3))).rejects.toMatchObject({
        code: 'changed_meanwhile',
      });
      await expect(change({}, 1, at(3), 'aut_none')).rejects.toMatchObject({
        code: 'not_found',
      });
      const resealed = await change({ configuration: { access_key: 'a', secret_key: 'b' } }, 2, at(4));
      expect(resealed).toMatchObject({
        label: 'New',
        health: 'unknown',
        health_reason: null,
        health_checked_at: null,
      });
    });

    test('are not deleted while a job uses them', async () => {
      const { db } = current.database;
      const box = await openBox(db);
      const { id } = await anAuthorization(db, box);
      const job = await db.transaction().execute((tx) => createJob(tx, aNewJob(id), initialState, aiko, at(0)));
      const remove = () => db.transaction().execute((tx) => deleteAuthorization(tx, id));
      await expect(remove()).rejects.toMatchObject({
        code: 'authorization_in_use',
        message: expect.stringContaining('VIP customers'),
      });
      await db.transaction().execute((tx) => deleteJob(tx, job.id));
      await remove();
      await expect(getAuthorization(db, id)).rejects.toMatchObject({ code: 'not_found' });
      await expect(remove()).rejects.toMatchObject({ code: 'not_found' });
    });
  });

  describe('jobs', () => {
    const make = async (count: number) => {
      const { db } = current.database;
      const { id } = await anAuthorization(db, await openBox(db));
      const jobs = [];
      for (let n = 0; n < count; n += 1) {
        jobs.push(
          await db
            .transaction()
            .execute((tx) => createJob(tx, { ...aNewJob(id), name: `Job ${n}` }, initialState, aiko, at(n))),
        );
      }
      return jobs;
    };

    test('are read as they were written', async () => {
      const { db } = current.database;
      const [job] = await make(1);
      const state = {
        status: 'sleeping' as const,
        sleepUntil: at(5),
        slot: at(4),
        errors: { count: 3, since: at(1) },
        error: { code: 'line_unreachable', message: 'Away.', reason: null },
      };
      await db.transaction().execute((tx) => saveStates(tx, [[job!.id, state]]));
      const read = await getJob(db, job!.id);
      expect(read).toEqual({ ...job, state });
      // And the API’s own schema accepts the answer.
      expect(jobSchema.parse(describeJob(read))).toEqual(describeJob(read));
      expect(describeJob(read)).toMatchObject({
        status: 'sleeping',
        sleep_until: at(5).toISOString(),
        error_count: 3,
      });
      await expect(getJob(db, 'job_none')).rejects.toMatchObject({ code: 'not_found' });
    });

    test('must refer to existing authorizations', async () => {
      const [job] = await make(1);
      const { db } = current.database;
      const with_ = (id: string) =>
        db.transaction().execute((tx) => createJob(tx, aNewJob(id), initialState, aiko, at(0)));
      await expect(with_('aut_none')).rejects.toMatchObject({ code: 'not_found' });
      const change = { source_authorization_id: 'aut_none', audience_id: null, sibling_audience_ids: [] };
      await expect(
        db.transaction().execute((tx) => changeJob(tx, job!.id, 1, change, aiko, at(1))),
      ).rejects.toMatchObject({ code: 'not_found' });
      expect(await getJob(db, job!.id)).toEqual(job);
    });

    test('are paged newest first, each once, while others are created', async () => {
      const { db } = current.database;
      await make(5);
      const first = await listJobs(db, { limit: 2 });
      const { authorizationId } = first.items[0]!;
      await db.transaction().execute((tx) => createJob(tx, aNewJob(authorizationId), initialState, aiko, at(99)));
      const second = await listJobs(db, { limit: 2, cursor: first.next! });
      const third = await listJobs(db, { limit: 2, cursor: second.next! });
      expect([...first.items, ...second.items, ...third.items].map(({ name }) => name)).toEqual([
        'Job 4',
        'Job 3',
        'Job 2',
        'Job 1',
        'Job 0',
      ]);
      expect(third.next).toBeNull();
      expect((await listJobs(db, { limit: 9, status: 'paused' })).items).toEqual([]);
      const notOurs = [
        '+275760-09-13T00:00:00.000Z job_1',
        '-000001-01-01T00:00:00.000Z job_1',
        '2026-01-01T00:00:00.000Z a\0b',
      ];
      for (const cursor of ['rubbish', ...notOurs.map((text) => Buffer.from(text).toString('base64url'))]) {
        await expect(listJobs(db, { limit: 2, cursor })).rejects.toMatchObject({ code: 'invalid_argument' });
      }
    });

    test('are due when their time has come, the longest overdue first', async () => {
      const { db } = current.database;
      const jobs = await make(3);
      expect(await nextWake(db)).toBeUndefined();
      for (const [index, minutes] of [20, 10, 30].entries()) {
        const state = {
          ...initialState,
          status: 'sleeping' as const,
          sleepUntil: at(minutes),
          slot: at(minutes),
        };
        await db.transaction().execute((tx) => saveStates(tx, [[jobs[index]!.id, state]]));
      }
      expect(await nextWake(db)).toEqual(at(10));
      expect(await dueJobs(db, at(9), 10)).toEqual([]);
      expect(await dueJobs(db, at(20), 10)).toEqual([jobs[1]!.id, jobs[0]!.id]);
      expect(await dueJobs(db, at(99), 1)).toEqual([jobs[1]!.id]);
    });

    test('accept an audience only at the expected revision', async () => {
      const { db } = current.database;
      const [job] = await make(1);
      const edit = (revision: number, audience_id: string | null) =>
        db
          .transaction()
          .execute((tx) =>
            changeJob(tx, job!.id, revision, { name: 'Other', audience_id, sibling_audience_ids: [] }, aiko, at(1)),
          );
      expect(await edit(1, '555')).toMatchObject({ audienceId: '555', name: 'Other', revision: 2 });
      await expect(edit(1, null)).rejects.toMatchObject({ code: 'changed_meanwhile' });
      expect(await jobsOfAudiences(db, ['555', '6'])).toEqual([
        { id: job!.id, name: 'Other', audienceId: '555', isFirst: true },
      ]);
      expect(await edit(2, null)).toMatchObject({ audienceId: null });
      expect(await jobsOfAudiences(db, [])).toEqual([]);
    });
  });

  test('API tokens work until they are revoked or expire, and only their hash is stored', async () => {
    const { db } = current.database;
    const { token, entry } = await createApiToken(
      db,
      { name: 'CI', role: 'editor', expiresAt: at(10) },
      operator,
      at(0),
    );
    expect(entry.hint).toBe(token.reveal().slice(-4));
    expect(await authenticateApiToken(db, token, at(1))).toEqual({
      id: entry.id,
      name: 'CI',
      role: 'editor',
      person: operator.id,
    });
    expect((await listApiTokens(db, at(1)))[0]?.last_used_at).toBe(at(1).toISOString());
    expect(await authenticateApiToken(db, new Secret(`${token.reveal()}x`), at(1))).toBeUndefined();
    expect(await authenticateApiToken(db, token, at(10))).toBeUndefined();
    expect(JSON.stringify(await db.selectFrom('api_tokens').selectAll().execute())).not.toContain(token.reveal());
    await revokeApiToken(db, entry.id, at(2));
    expect(await authenticateApiToken(db, token, at(3))).toBeUndefined();
    expect(await listApiTokens(db, at(3))).toEqual([]);
    await expect(revokeApiToken(db, entry.id, at(4))).rejects.toMatchObject({ code: 'not_found' });
  });

  test('an API token never has more rights than its creator has now', async () => {
    const { db } = current.database;
    const person = async (id: string, role: string | null) => {
      const email = `${id}@example.com`;
      await db
        .insertInto('users')
        .values({ id, name: id, email, email_verified: true, role, created_at: at(0), updated_at: at(0) })
        .execute();
      return { id, name: id };
    };
    const make = (maker: Actor, role: Role, expiresAt: Date | null = null) =>
      createApiToken(db, { name: role, role, expiresAt }, maker, at(0));
    const roleOf = async ({ token, entry }: Awaited<ReturnType<typeof make>>, now = at(1)) => {
      const known = await authenticateApiToken(db, token, now);
      const listed = (await listApiTokens(db, now)).find(({ id }) => id === entry.id);
      if (listed) expect(listed.effective_role).toBe(known?.role ?? null);
      return known?.role;
    };
    const change = (id: string, to: { role?: string | null; banned?: boolean }) =>
      db.updateTable('users').set(to).where('id', '=', id).execute();

    const mei = await person('mei', 'administrator');
    const hers = await make(mei, 'administrator');
    const viewers = await make(mei, 'viewer');
    // Created with her token, so it belongs to her and ends with that token.
    const child = await make(hers.entry, 'administrator', at(10));
    const grandchild = await make(child.entry, 'editor');
    const all = async (now?: Date) => [
      await roleOf(hers, now),
      await roleOf(viewers, now),
      await roleOf(child, now),
      await roleOf(grandchild, now),
    ];
    expect(hers.entry.effective_role).toBe('administrator');
    expect(await all()).toEqual(['administrator', 'viewer', 'administrator', 'editor']);
    await change('mei', { role: 'editor' });
    expect(await all()).toEqual(['editor', 'viewer', 'editor', 'editor']);
    await change('mei', { role: 'viewer' });
    expect(await all()).toEqual(['viewer', 'viewer', 'viewer', 'viewer']);
    const none = [undefined, undefined, undefined, undefined];
    await change('mei', { role: null });
    expect(await all()).toEqual(none);
    await change('mei', { role: 'administrator', banned: true });
    expect(await all()).toEqual(none);
    await change('mei', { banned: false });
    expect(await all(at(10))).toEqual(['administrator', 'viewer', undefined, undefined]);
    await revokeApiToken(db, hers.entry.id, at(2));
    expect(await all()).toEqual([undefined, 'viewer', undefined, undefined]);
    await db.deleteFrom('users').where('id', '=', 'mei').execute();
    expect(await all()).toEqual(none);
    // Its creator is not known any more.
    const old = await make(operator, 'viewer');
    expect(await roleOf(old)).toBe('viewer');
    await db.updateTable('api_tokens').set({ maker_id: null }).where('id', '=', old.entry.id).execute();
    expect(await roleOf(old)).toBeUndefined();
  });

  test('the audit log is listed newest first, by subject', async () => {
    const { db } = current.database;
    await db.transaction().execute(async (tx) => {
      for (const id of ['job_1', 'job_2', 'job_1']) {
        await recordAudit(
          tx,
          aiko,
          { action: 'job.edit', subjectType: 'job', subjectId: id, detail: { fields: ['name'] } },
          at(0),
        );
      }
    });
    const all = await listAudit(db, { limit: 2 });
    expect(all.map(({ id, subject_id }) => [id, subject_id])).toEqual([
      [3, 'job_1'],
      [2, 'job_2'],
    ]);
    expect(all[0]).toMatchObject({ actor: 'Aiko Tanaka', detail: { fields: ['name'] } });
    expect(await listAudit(db, { limit: 9, before: 2 })).toHaveLength(1);
    expect(await listAudit(db, { limit: 9, subject_type: 'job', subject_id: 'job_2' })).toHaveLength(1);
  });

  test('settings keep their secret until it is replaced or removed', async () => {
    const { db } = current.database;
    const box = await openBox(db);
    expect((await readStored(db)).get('slack')).toBeUndefined();
    await writeSetting(db, box, 'slack', { value: ['a', 'list'], secret: new Secret('one') }, aiko, at(0));
    await writeSetting(db, box, 'slack', { value: { on: true } }, aiko, at(1));
    expect((await readStored(db)).get('slack')).toEqual({ on: true });
    expect((await revealSetting(db, box, 'slack'))?.reveal()).toBe('one');
    await writeSetting(db, box, 'slack', { value: { on: false }, secret: null }, aiko, at(2));
    expect(await revealSetting(db, box, 'slack')).toBeUndefined();
  });

  test('an idempotency key returns the first answer again, and belongs to one request', async () => {
    const { db } = current.database;
    const [old, added] = [newKey(), newKey()];
    let box = await openBox(db, old);
    const claim = (request: unknown, actor = 'user-1') => claimIdempotent(db, box, actor, 'k1', request, at(0));
    expect(await claim({ name: 'a' })).toBeUndefined();
    await expect(claim({ name: 'a' })).rejects.toMatchObject({
      code: 'idempotency_key_reused',
      retryable: true,
    });
    await answerIdempotent(db, 'user-1', 'k1', { status: 201, body: { id: 'job_1' } });
    expect(await claim({ name: 'a' })).toEqual({ status: 201, body: { id: 'job_1' } });
    await expect(claim({ name: 'b' })).rejects.toMatchObject({
      code: 'idempotency_key_reused',
      retryable: false,
    });
    expect(await claim({ name: 'b' }, 'user-2')).toBeUndefined();
    // Without the key, nobody can test guesses against the digest. After a key rotation the same request is still
    // recognised.
    const { request_digest } = await db
      .selectFrom('idempotency_keys')
      .select('request_digest')
      .where('actor_id', '=', 'user-1')
      .executeTakeFirstOrThrow();
    expect(request_digest).not.toContain(createHash('sha256').update('{"name":"a"}').digest('hex'));
    box = await openBox(db, `${added},${old}`);
    expect(await claim({ name: 'a' })).toEqual({ status: 201, body: { id: 'job_1' } });
    await purgeIdempotent(db, at(1));
    expect(await claim({ name: 'b' })).toBeUndefined();
  });
});
