/** Sources that crash their reader. The service stays up, leaves them alone and reports this. People can try again. */
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { afterAll, describe, expect, test } from 'vitest';
import { readerEnvironment } from '../../src/config/reader-environment.ts';
import type { PreviewRequest } from '../../src/contracts/sources.ts';
import { ReaderPool } from '../../src/readers/pool/pool.ts';
import { defaultReaderSettings } from '../../src/readers/pool/reader-process.ts';
import { hostileReaders } from '../support/readers.ts';
import { aiko, aikoAs } from '../support/service.ts';
import { type BenchOptions, type ServiceBench, serviceBench, until } from '../support/service-bench.ts';

const DAY = 24 * 3_600_000;
const signal = () => AbortSignal.timeout(60_000);

/** How often a hostile reader has opened a source. */
const touches = (path: string): number => (existsSync(path) ? readFileSync(path, 'utf8').split('\n').length - 1 : 0);

const publishedUnhealthy = async (bench: ServiceBench) =>
  (await bench.published()).filter(({ type }) => type === 'authorization_unhealthy');

const auditOf = async ({ service }: ServiceBench): Promise<string[]> =>
  (await service.auditLog.list({ limit: 100 })).items
    .map(({ action }) => action)
    .filter((action) => action.startsWith('source.'));

/** An authorization whose source crashes the reader as the token says. */
const hostile = (token: string) => ({
  provider: 'lytics',
  method: 'lytics_api_token',
  label: 'Hostile',
  description: '',
  configuration: { token, origin: 'http://127.0.0.1:9' },
});

/**
 * A busy machine must not take a run away from its worker, because the next attempt would meet the quarantine, not the
 * crash.
 */
const pace = { leaseMs: 60_000 };
/** Readers for the tests that need no events of them. */
const readers = new ReaderPool({
  ...defaultReaderSettings,
  ...hostileReaders,
  most: 4,
  environment: readerEnvironment(),
});
afterAll(() => readers.close());
const options: BenchOptions = { readers, pace };

describe('the service', () => {
  test('a file that crashes its reader in a scan is read again only when a person asks for it', {
    timeout: 180_000,
  }, async () => {
    const bench = await serviceBench({ readers: hostileReaders, pace });
    const { service } = bench;
    const path = bench.write('vip.csv', 'email\na@example.com\nb@example.com\n');
    const { id } = await bench.createJob({ segment_id: path });
    const atRest = () => bench.waitForJob(id, ({ status }) => status !== 'runnable');
    await expect(atRest()).resolves.toMatchObject({ status: 'sleeping', error: null });

    // Its next scheduled run crashes the reader.
    writeFileSync(`${path}.fault`, 'abort scan');
    bench.clock.advance(DAY + 3_600_000);
    const failed = await bench.waitForJob(id, ({ status }) => status === 'failed');
    expect(failed.error).toMatchObject({ code: 'source_crashed', reason: 'SIGABRT' });
    expect(failed.error?.message).toMatch(/crashed the reader \(SIGABRT\)\. .* no longer .* automatically\./);
    expect((await service.status.metrics()).quarantinedSources).toBe(1);
    expect(await auditOf(bench)).toEqual(['source.quarantine']);
    expect(bench.events).toContainEqual(
      expect.objectContaining({ event: 'reader.ended', cause: 'crash', detail: 'SIGABRT', during: 'scan' }),
    );
    expect(bench.events.map(({ event }) => event)).toContain('source.quarantined');
    expect(JSON.stringify([failed, bench.errors.map(String)])).not.toContain('@example.com');

    // Another job on the same file. People may preview it, which proves nothing about a scan.
    const request: PreviewRequest = {
      source_authorization_id: null,
      segment_id: path,
      identifier_type: 'email',
      id_field: 'email',
      default_country: null,
      hold_out: null,
      siblings: [],
      suppression_lists: [],
      hash_in_database: false,
      ifa_format: 'sha256',
    };
    expect((await service.sources.fields('editor', null, path, signal())).items).toHaveLength(1);
    const other = (await bench.createJob({ segment_id: path, audience_name: 'Other' }, 'Other')).id;
    const tried = await bench.waitForJob(other, ({ status }) => status === 'failed');
    expect(tried.error).toMatchObject({ code: 'source_crashed' });
    await expect(service.sources.preview(aikoAs('editor'), request, signal())).rejects.toMatchObject({
      code: 'source_crashed',
    });

    // People have tried in vain, so its schedule still waits.
    rmSync(`${path}.fault`);
    const before = touches(`${path}.touched`);
    await scheduled(bench, id);
    const refused = await bench.waitForJob(id, ({ status }) => status === 'failed');
    expect(refused.error).toMatchObject({ code: 'source_quarantined' });
    expect(refused.error?.message).toMatch(/^This source has been in quarantine since \d{4}-\d\d-\d\d \d\d:\d\d UTC\./);
    expect(touches(`${path}.touched`)).toBe(before);

    // The file is good again. A person’s run shows this, and the next scheduled run reads it.
    await service.jobs.act(id, 'resume', aiko);
    await expect(atRest()).resolves.toMatchObject({ status: 'sleeping', error: null });
    expect((await service.status.metrics()).quarantinedSources).toBe(0);
    expect((await auditOf(bench))[0]).toBe('source.release');
    const runs = (await service.jobs.get(id)).last_run?.id;
    bench.clock.advance(DAY + 3_600_000);
    const again = await bench.waitForJob(id, ({ status, last_run }) => status !== 'runnable' && last_run?.id !== runs);
    expect(again).toMatchObject({ status: 'sleeping', error: null });
  });

  test('an authorization whose server crashes every reader does not stop the service, and can be deleted', {
    timeout: 180_000,
  }, async () => {
    // Its first service checks nothing, so that no check is interrupted.
    const bench = await serviceBench({ ...options, role: 'api' });
    const log = join(bench.directory, 'touched');
    const { id } = (await bench.service.authorizations.create(hostile(`abort@${log}`), aiko)).value;
    const health = () => bench.service.authorizations.get(id);

    // The health check at the start crashes a reader, and people get a message.
    await bench.restart({ role: 'all' });
    const sick = await until(health, ({ health_checked_at }) => health_checked_at !== null);
    expect(sick).toMatchObject({
      health: 'unhealthy',
      health_reason: expect.stringContaining('crashed the reader (SIGABRT)'),
    });
    expect(touches(log)).toBe(1);
    await expect.poll(() => publishedUnhealthy(bench)).toMatchObject([{ authorizationId: id }]);

    // The next check leaves it alone, and everything else works.
    bench.clock.advance(25 * 3_600_000);
    await bench.restart({ role: 'all' });
    const held = await until(health, (authorization) => authorization.health_checked_at !== sick.health_checked_at);
    expect(held).toMatchObject({
      health: 'unhealthy',
      health_reason: expect.stringMatching(/^This source has been in quarantine since .* verify the authorization/),
    });
    expect(touches(log)).toBe(1);
    const path = bench.write('vip.csv', 'email\na@example.com\n');
    const job = await bench.createJob({ segment_id: path });
    await expect(bench.waitForJob(job.id, ({ status }) => status !== 'runnable')).resolves.toMatchObject({
      status: 'sleeping',
      error: null,
    });
    expect(await bench.service.status.ready()).toMatchObject([{ ok: true }, { ok: true }, { ok: true }]);

    // A person may try, and gets the same error.
    const verified = await bench.service.authorizations.verify(id, {}, aiko, signal());
    expect(verified).toMatchObject({ health: 'unhealthy', checks: [{ ok: false }] });
    await expect(bench.service.sources.audiences(id, { limit: 9 }, signal())).rejects.toMatchObject({
      code: 'source_crashed',
    });
    expect(touches(log)).toBe(3);
    // A person who knows it gets no second message.
    expect(await publishedUnhealthy(bench)).toHaveLength(1);

    await bench.service.authorizations.delete(id, aiko);
    expect((await bench.service.status.metrics()).quarantinedSources).toBe(0);
  });

  test('people get one message about an authorization whose audiences crashed a reader, and another configuration ends its quarantine; an upload that crashes its reader is refused, and no part of it is left', async () => {
    // It checks nothing, and sends no message yet.
    const bench = await serviceBench({ ...options, role: 'api' });
    const { authorizations, sources } = bench.service;
    const { id, revision } = (await authorizations.create(hostile('abort'), aiko)).value;
    for (let time = 0; time < 2; time++) {
      await expect(sources.audiences(id, { limit: 9 }, signal())).rejects.toMatchObject({
        code: 'source_crashed',
      });
    }
    expect(await authorizations.get(id)).toMatchObject({
      health: 'unhealthy',
      health_reason: expect.stringMatching(/^This source has been in quarantine since /),
    });
    await expect(sources.fields('editor', id, 'vip', signal())).rejects.toMatchObject({
      code: 'source_crashed',
    });
    const quarantined = async () => (await bench.service.status.metrics()).quarantinedSources;
    expect(await quarantined()).toBe(2);

    const uploading = bench.service.uploads.create(
      { name: 'abort.csv', policy: 'keep' },
      { bytes: Readable.from([Buffer.from('email\na@example.com\n')]), length: 20 },
      aiko,
      signal(),
    );
    await expect(uploading).rejects.toMatchObject({
      code: 'source_crashed',
      message: expect.stringContaining('before you upload it again'),
    });
    expect(await bench.service.uploads.list()).toEqual([]);
    expect(await quarantined()).toBe(2);

    await authorizations.change(id, revision, { label: 'Renamed' }, aiko, 'editor');
    expect(await quarantined()).toBe(2);
    const configuration = { token: 'another', origin: 'http://127.0.0.1:9' };
    await authorizations.change(id, revision + 1, { configuration }, aiko, 'editor');
    expect(await quarantined()).toBe(0);
    await bench.restart({ role: 'all' });
    await expect.poll(() => publishedUnhealthy(bench)).toMatchObject([{ authorizationId: id }]);
  });
});

/** Lets the schedule start a run, for a job that rests after a failure. */
async function scheduled(bench: ServiceBench, id: string): Promise<void> {
  // Through its row, so that no person’s request is involved.
  await bench.running.database.db
    .updateTable('jobs')
    .set({ status: 'sleeping', sleep_until: bench.clock.now(), slot: bench.clock.now() })
    .where('id', '=', id)
    .execute();
}
