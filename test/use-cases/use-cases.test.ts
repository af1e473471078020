/** Authorizations, audiences, sources, runs, settings and the chores, with real parts. */
import { existsSync, mkdirSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { sql } from 'kysely';
import { describe, expect, test } from 'vitest';
import { newAuthorization } from '../../src/contracts/authorizations.ts';
import { silentLog } from '../../src/contracts/event-log.ts';
import type { RunUpdate } from '../../src/contracts/run-progress.ts';
import { previewRequest } from '../../src/contracts/sources.ts';
import { forgetOld } from '../../src/use-cases/chores.ts';
import { members } from '../support/cli.ts';
import { aiko, aikoAs, SECRET_KEY } from '../support/service.ts';
import { type ServiceBench, serviceBench, until, useServiceBench } from '../support/service-bench.ts';
import { filesBelow, rowsOf } from '../support/traces.ts';

const atRest = ({ status }: { status: string }) => status !== 'runnable';
const signal = () => AbortSignal.timeout(60_000);
const HOUR = 3_600_000;

async function finishedJob(bench: ServiceBench, count = 30) {
  const { id } = await bench.createJob({ segment_id: bench.write('vip.csv', members(count).csv) });
  return bench.waitForJob(id, atRest);
}

describe('the service', () => {
  test('an authorization can be tested and replaced, and not deleted while a job uses it', async () => {
    const bench = await serviceBench();
    const { authorizations } = bench.service;
    const id = bench.authorizationId;
    await expect(authorizations.verify(id, {}, aiko, signal())).rejects.toMatchObject({
      fields: [{ path: 'adaccount_id' }],
    });
    const found = await authorizations.verify(id, { adAccountId: 'A1' }, aiko, signal());
    expect(found.health).toBe('healthy');
    expect(found.checks.map(({ name }) => name)).toEqual(['connection', 'clock', 'key', 'ad_account', 'role']);
    const { revision } = await authorizations.get(id);
    await expect(
      authorizations.change(id, revision, { configuration: { access_key: 'only' } }, aiko, 'editor'),
    ).rejects.toMatchObject({ fields: [{ path: 'configuration.secret_key' }] });
    const configuration = { access_key: bench.simulator.keys[0]!.accessKey, secret_key: 'a-wrong-one' };
    const changed = await authorizations.change(id, revision, { configuration }, aiko, 'editor');
    expect(changed.health).toBe('unknown');
    const bad = await authorizations.verify(id, { adAccountId: 'A1' }, aiko, signal());
    expect(bad.health).toBe('unhealthy');
    expect(await authorizations.get(id)).toMatchObject({
      health: 'unhealthy',
      health_reason: expect.stringContaining('401'),
    });
    // A check that still runs when the key is replaced says nothing about the new key. Spaces and line ends from
    // copying do not matter.
    bench.simulator.addFault({ kind: 'slow', ms: 1_000 });
    const asked = bench.simulator.nextRequest(() => true);
    const late = authorizations.verify(id, { adAccountId: 'A1' }, aiko, signal());
    await asked;
    const right = { access_key: ` ${configuration.access_key}`, secret_key: `${SECRET_KEY}\n` };
    await authorizations.change(id, changed.revision, { configuration: right }, aiko, 'editor');
    expect((await late).health).toBe('unhealthy');
    expect((await authorizations.get(id)).health).toBe('unknown');
    expect((await finishedJob(bench)).status).toBe('sleeping');
    expect(await authorizations.usedBy(id)).toMatchObject([{ name: 'VIP customers' }]);
    await expect(authorizations.delete(id, aiko)).rejects.toMatchObject({ code: 'authorization_in_use' });
  });

  test('a run can be watched from any event to its end; LINE’s audiences are listed with their jobs, renamed, compared and deleted', async () => {
    const bench = await serviceBench();
    const { id, last_run } = await bench.createJob({ segment_id: bench.write('vip.csv', members(30).csv) });
    const runId = last_run!.id;
    const updates: RunUpdate[] = [];
    for await (const update of await bench.service.runs.watch(runId, 0, signal())) updates.push(update);
    const seqs = updates.flatMap((update) => (update.type === 'event' ? [update.seq] : []));
    expect(seqs).toEqual(seqs.map((_, n) => n + 1));
    expect(updates.findLast(({ type }) => type === 'run')).toMatchObject({ run: { status: 'succeeded' } });
    const later: RunUpdate[] = [];
    for await (const update of await bench.service.runs.watch(runId, seqs.length - 1, signal())) later.push(update);
    expect(later.map(({ type }) => type)).toEqual(['run', 'event']);
    await expect(bench.service.runs.watch('none', 0, signal())).rejects.toMatchObject({ code: 'not_found' });

    const job = await bench.waitForJob(id, atRest);
    const first = await bench.service.runs.events(runId, { limit: 3 });
    const rest = await bench.service.runs.events(runId, { limit: 99, cursor: first.next! });
    expect([...first.items, ...rest.items].map(({ seq }) => seq)).toEqual(seqs);
    const requests = await bench.service.runs.requests(runId, { limit: 2 });
    expect(requests.items[0]).toMatchObject({ method: 'GET', status: 200, attempt: 1 });
    const more = await bench.service.runs.requests(runId, { limit: 99, cursor: requests.next! });
    expect(more.items.map(({ endpoint }) => endpoint)).toContainEqual(expect.stringContaining('/upload'));
    expect(await bench.service.runs.document(runId)).toMatchObject({ runId, status: 'succeeded' });
    expect(await bench.service.status.metrics()).toMatchObject({
      runs: { succeeded: 1 },
      values: { scanned: 30, uploaded: 30 },
      queue: { depth: 0 },
      jobs: [{ status: 'sleeping', condition: 'scheduled', count: 1 }],
      lastSuccesses: [{ id, at: expect.any(Date) }],
    });
    expect(await bench.service.status.ready()).toMatchObject([{ ok: true }, { ok: true }, { ok: true }]);

    const account = { authorization_id: bench.authorizationId, adaccount_id: 'A1' };
    const { customAudiences } = bench.service;
    const page = await customAudiences.list({ ...account, limit: 50, identifier_type: 'email' }, signal());
    expect(page.items).toContainEqual(
      expect.objectContaining({ name: 'VIP', used_by: [{ id: job.id, name: 'VIP customers' }] }),
    );
    // Its answer is lost, and a look at the audience shows that LINE has renamed it.
    bench.simulator.addFault({ kind: 'reset', endpoint: 'rename', when: 'after', count: 3 });
    const renamed = await customAudiences.rename(account, job.audience_id!, 'VIP members', aiko);
    expect(renamed).toMatchObject({ name: 'VIP members', identifier_type: 'email' });
    await expect(customAudiences.delete(account, job.audience_id!, aiko)).rejects.toMatchObject({
      code: 'action_not_allowed',
    });
    await expect(customAudiences.rename(account, '1234567890123', 'Gone', aiko)).rejects.toMatchObject({
      code: 'not_found',
    });
    const lookalike = await customAudiences.lookalike(
      { ...account, source_id: job.audience_id!, name: 'Like VIP', rate: 0.05 },
      aiko,
    );
    expect(lookalike).toMatchObject({ type: 'LOOKALIKE', identifier_type: null, used_by: [] });
    const shares = await customAudiences.overlap(
      { ...account, base_id: job.audience_id!, compared_ids: [lookalike.id] },
      signal(),
    );
    expect(shares.overlaps).toMatchObject([{ id: lookalike.id }]);
    const { value: channel } = await bench.service.authorizations.create(
      newAuthorization.parse({
        provider: 'line_official_account',
        method: 'line_official_account_secret',
        label: 'Tokyo',
        configuration: { channel_id: '1657000001', channel_secret: 'a-secret' },
      }),
      aiko,
    );
    const elsewhere = { ...account, authorization_id: channel.id, base_id: '1', compared_ids: ['2'] };
    await expect(customAudiences.overlap(elsewhere, signal())).rejects.toMatchObject({
      code: 'invalid_argument',
      fields: [{ path: 'authorization_id' }],
    });
    await customAudiences.delete(account, lookalike.id, aiko);
    expect(bench.simulator.inspect().violations).toEqual([]);
  });

  test('matching is watched, and a result without matches gives one warning and one message', async () => {
    const bench = await serviceBench({ simulator: { matchMs: 3_600_000, matchRate: 0 } });
    const job = await finishedJob(bench);
    const runId = job.last_run!.id;
    const seen = (count: number) =>
      until(
        () => bench.service.runs.matching(runId),
        (observations) => observations.length >= count,
      );
    bench.clock.advance(6 * 60_000);
    const [first] = await seen(1);
    expect(first).toMatchObject({ status: 'IN_PROGRESS' });
    bench.simulator.advance(2 * HOUR);
    bench.clock.advance(2 * HOUR);
    expect((await seen(2)).at(-1)).toMatchObject({ status: 'READY' });
    await until(
      async () => (await bench.published()).length,
      (reported) => reported === 1,
    );
    bench.clock.advance(2 * HOUR);
    await seen(3);
    await bench.running.close();
    expect(await bench.published()).toMatchObject([{ type: 'nobody_matched', runId }]);
    await bench.restart({ role: 'api' });
    const document = await bench.service.runs.document(runId);
    expect(document?.warnings.filter(({ code }) => code === 'no_match')).toHaveLength(1);
    expect(document?.status).toBe('succeeded');
  });

  test('health is checked daily, and staged files without a run are deleted', async () => {
    const bench = await serviceBench();
    const { service } = bench;
    const job = await finishedJob(bench);
    await service.jobs.act(job.id, 'pause', aiko);
    const left = join(bench.directory, 'data', 'staged', 'no-run-of-ours');
    mkdirSync(left, { recursive: true });
    expect((await service.authorizations.get(bench.authorizationId)).health).not.toBe('unhealthy');
    bench.clock.advance(30 * 24 * HOUR);
    await until(
      () => service.authorizations.get(bench.authorizationId),
      ({ health }) => health === 'healthy',
    );
    await until(
      async () => existsSync(left),
      (there) => !there,
    );
  });

  test('old data is deleted, except what the guard compares with, when it is old by the clocks of this machine and of the database', async () => {
    const bench = await serviceBench();
    const { service, clock } = bench;
    const { db } = bench.database.database;
    await service.settings.write('retention', { runs_days: 10, audit_days: 20 }, aiko);
    const job = await finishedJob(bench);
    await service.jobs.act(job.id, 'run_now', aiko);
    await bench.waitForJob(job.id, (now) => atRest(now) && now.last_run?.id !== job.last_run?.id);
    await service.jobs.act(job.id, 'pause', aiko);
    const kept = async () => ({
      runs: (await service.runs.list({ limit: 9 })).items.length,
      entries: (await service.auditLog.list({ limit: 9 })).items.length,
    });
    const before = await kept();
    expect(before).toEqual({ runs: 2, entries: 7 });

    // The clock of this machine is 30 days ahead, or 30 days behind.
    for (const days of [30, -30]) {
      await forgetOld({ db, log: silentLog, now: () => new Date(clock.now().getTime() + days * 24 * HOUR) });
      expect(await kept()).toEqual(before);
    }

    const earlier = (column: string) => sql<Date>`${sql.ref(column)} - interval '30 days'`;
    await db
      .updateTable('runs')
      .set({ queued_at: earlier('queued_at'), ended_at: earlier('ended_at') })
      .execute();
    await db.updateTable('audit_log').set({ at: sql<Date>`at - interval '30 days'` }).execute();
    await forgetOld({ db, log: silentLog, now: () => new Date(clock.now().getTime() - 25 * 24 * HOUR) });
    expect(await kept()).toEqual(before);
    await forgetOld({ db, log: silentLog, now: () => clock.now() });
    expect(await kept()).toEqual({ runs: 1, entries: 0 });
  });

  test('the files of a killed process on a machine are deleted, whichever process has the scheduler', async () => {
    const bench = await serviceBench();
    await bench.running.close();
    const lease = { name: 'scheduler', holder: 'another machine', token: 1, acquired_at: new Date() };
    const expires_at = new Date(Date.now() + HOUR);
    await bench.database.database.db
      .insertInto('leases')
      .values({ ...lease, expires_at })
      .execute();
    const staged = (name: string) => join(bench.directory, 'data', 'staged', name);
    // The last one is from a preview of an earlier version.
    for (const name of ['no-run-of-ours', 'preview-old']) {
      mkdirSync(staged(name), { recursive: true });
      writeFileSync(join(staged(name), 'chunk-0001.txt'), 'a hash');
    }
    await bench.restart();
    await until(
      async () => readdirSync(staged('.')),
      (names) => names.length === 0,
    );
  });

  test('no stored byte holds the secret', async () => {
    const bench = await serviceBench();
    bench.simulator.addFault({ kind: 'status', status: 400, reason: 'INVALID_VALUE', endpoint: 'upload' });
    const job = await finishedJob(bench);
    expect(job.status).toBe('failed');
    await bench.running.close();
    const everything = await dumpOf(bench);
    expect(everything).toContain('line_rejected');
    for (const secret of [SECRET_KEY, Buffer.from(SECRET_KEY).toString('base64'), bench.key]) {
      expect(everything.includes(secret), 'the secret is stored').toBe(false);
    }
    // Nor a member, in clear or hashed.
    const { hashes } = members(30);
    const inDatabase = await rowsOf(bench.database.database);
    for (const trace of ['member1@example.com', hashes[0]!]) expect(inDatabase).not.toContain(trace);
  });
});

describe('the service without a worker', () => {
  const current = useServiceBench({ role: 'api' });

  test('a token that has already expired, and an origin with a path, are refused', async () => {
    const { service, clock } = current();
    const make = (expires_at: string) => service.apiTokens.create({ name: 'CI', role: 'viewer', expires_at }, aiko);
    const now = clock.now().getTime();
    await expect(make(new Date(now - 1).toISOString())).rejects.toMatchObject({
      fields: [{ path: 'expires_at' }],
    });
    expect((await make(new Date(now + HOUR).toISOString())).entry.name).toBe('CI');
    for (const end of ['/api', '/?key=x', '/#a']) {
      const origin = `https://api.lytics.io${end}`;
      const input = {
        provider: 'lytics',
        method: 'lytics_api_token',
        label: 'L',
        configuration: { token: 't', origin },
      };
      expect(newAuthorization.safeParse(input).error?.issues).toMatchObject([
        { path: ['configuration', 'origin'], message: expect.stringContaining('only the origin') },
      ]);
    }
    for (const origin of ['https://api.lytics.io', 'http://127.0.0.1:8091/']) {
      const input = {
        provider: 'lytics',
        method: 'lytics_api_token',
        label: 'L',
        configuration: { token: 't', origin },
      };
      expect(newAuthorization.safeParse(input).success).toBe(true);
    }
  });

  test('only files in the open folders are offered, for any path', async () => {
    const bench = current();
    const { sources } = bench.service;
    const path = bench.write('vip.csv', 'id,email,電話\n1,a@example.com,0900000000\n');
    bench.write('notes.md', 'nothing to export');
    const outside = join(bench.directory, 'secret.csv');
    writeFileSync(outside, 'id,email\n1,a@example.com\n');
    const link = join(bench.directory, 'members', 'link.csv');
    symlinkSync(outside, link);
    const offered = await sources.audiences(null, { limit: 9 }, signal());
    expect(offered.items.map(({ id }) => id)).toEqual([path]);
    expect((await sources.fields('editor', null, path, signal())).items).toMatchObject([
      { name: 'id', suggested_for: null },
      { name: 'email', suggested_for: 'email' },
      { name: '電話', suggested_for: 'phone' },
    ]);
    for (const closed of [outside, link, `${path}/../../secret.csv`, 'vip.csv', '-', 'https://example.com/a.csv']) {
      await expect(sources.fields('editor', null, closed, signal()), closed).rejects.toMatchObject({
        code: 'source_not_found',
      });
    }
  });

  test('a preview counts as the run will, shows masked examples, and leaves nothing behind', async () => {
    const bench = current();
    const lines = ['id,email', '1,Ken@example.com', '2,ken@example.com', '3,', '4,not-an-address', '5,b@example.com'];
    const preview = await bench.service.sources.preview(
      aikoAs('editor'),
      previewRequest.parse({
        segment_id: bench.write('preview.csv', `${lines.join('\n')}\n`),
        id_field: 'email',
        identifier_type: 'email',
      }),
      signal(),
    );
    expect(preview).toMatchObject({
      complete: true,
      counts: { scanned: 5, missing: 1, invalid: { not_an_email: 1 }, duplicates: 1, unique: 2 },
      chunks: 1,
    });
    const [example] = preview.examples.not_an_email ?? [];
    expect(example?.row).toBe(4);
    expect(example?.value).not.toContain('not-an-address');
    expect(existsSync(join(bench.directory, 'data', 'staged'))).toBe(false);
  });

  test('a preview warns about phone numbers that a spreadsheet has damaged', async () => {
    const bench = current();
    const preview = await bench.service.sources.preview(
      aikoAs('editor'),
      previewRequest.parse({
        segment_id: bench.write('phones.csv', 'phone\n819012345678.0\n8.19012E+11\n'),
        id_field: 'phone',
        identifier_type: 'phone',
      }),
      signal(),
    );
    expect(preview.warnings).toMatchObject([{ code: 'spreadsheet_damaged', count: 2 }]);
    expect(preview.examples.not_a_phone).toEqual([{ row: 2, value: '********E+**' }]);
  });
});

/** Every file of the data directory, and every row of every table. */
async function dumpOf(bench: ServiceBench): Promise<string> {
  const files = filesBelow(join(bench.directory, 'data')).map(({ text }) => text);
  return [
    await rowsOf(bench.database.database),
    ...files,
    JSON.stringify([await bench.published(), bench.errors.map(String)]),
  ].join('\n');
}
