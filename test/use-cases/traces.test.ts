/**
 * No member’s value is stored in clear: in no file of the data directory and no row of the database, however a run
 * ends. kill.test.ts tests what a killed worker leaves.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { type LyticsSimulator, startLyticsSimulator } from '../../simulators/lytics/index.ts';
import { previewRequest } from '../../src/contracts/sources.ts';
import { aiko, aikoAs } from '../support/service.ts';
import { type ServiceBench, serviceBench, until } from '../support/service-bench.ts';
import { filesBelow, namesOf, stagedOf, traces } from '../support/traces.ts';

const atRest = ({ status }: { status: string }) => status !== 'runnable';

const kinds = [
  { type: 'phone', value: (n: number) => `8190${String(10_000_000 + n)}`, how: {} },
  {
    type: 'ifa',
    value: (n: number) => `aebe52e7-03ee-455a-b3c4-${n.toString(16).padStart(12, '0')}`,
    how: { ifa_format: 'raw' },
  },
] as const;

const keysOf = ({ database }: ServiceBench) =>
  database.database.db.selectFrom('staging_keys').select('run_id').execute();

describe('the service', () => {
  describe.each(kinds)('with members by $type', ({ type, value, how }) => {
    const some = (from: number, count: number) => Array.from({ length: count }, (_, n) => value(from + n));
    const csv = (values: readonly string[]) => `member\n${values.map((value) => `${value}\n`).join('')}`;

    test('keeps nothing of a run that succeeds, and seals the chunks if a run fails or a guard stops it', async () => {
      const bench = await serviceBench();
      const before = some(0, 50);
      const source = bench.write('vip.csv', csv(before));
      bench.simulator.addFault({ kind: 'job_failed', nth: 1 });
      const job = await bench.createJob({
        segment_id: source,
        id_field: 'member',
        identifier_type: type,
        ...how,
      });
      const failed = await bench.waitForJob(job.id, atRest);
      expect(failed.last_run?.status).toBe('failed');
      expect(namesOf(stagedOf(bench))).toEqual(['chunk-0001.txt', 'chunk-0001.txt.tags']);
      expect(await traces(bench, before)).toEqual([]);

      await bench.service.jobs.act(job.id, 'resume', aiko);
      const done = await bench.waitForJob(job.id, atRest);
      expect(done.last_run?.status).toBe('succeeded');
      expect([stagedOf(bench), await keysOf(bench)]).toEqual([[], []]);
      expect(await traces(bench, before)).toEqual([]);

      const after = some(1_000, 5);
      bench.write('vip.csv', csv(after));
      await bench.service.jobs.act(job.id, 'run_now', aiko);
      const stopped = await bench.waitForJob(job.id, ({ condition }) => condition === 'needs_approval');
      expect(stopped.error?.code).toBe('audience_shrinks');
      expect(namesOf(stagedOf(bench))).toEqual(['chunk-0001.txt', 'chunk-0001.txt.tags']);
      expect(await keysOf(bench)).toEqual([{ run_id: stopped.last_run?.id }]);
      expect(await traces(bench, [...before, ...after])).toEqual([]);

      // Nobody can continue it any more. Its key is deleted at the next chore, and its file is useless.
      await bench.service.jobs.act(job.id, 'terminate', aiko);
      await until(
        () => keysOf(bench),
        (keys) => keys.length === 0,
      );
    });
  });

  test('writes nothing for a preview, so a killed preview leaves nothing', {
    timeout: 120_000,
  }, async () => {
    const bench = await serviceBench({ role: 'api' });
    const lytics = await startLyticsSimulator({ members: 30_000 });
    onTestFinished(() => lytics.close());
    const before = existsSync(join(bench.directory, 'data')) ? filesBelow(join(bench.directory, 'data')) : [];
    const source = await authorizeLytics(bench, lytics);
    const stop = new AbortController();
    const pages = 270;
    const { reached } = standStillAt(lytics, pages);
    const preview = bench.service.sources.preview(
      aikoAs('editor'),
      previewRequest.parse({
        source_authorization_id: source,
        segment_id: lytics.segmentId('all_members'),
        id_field: 'email',
        identifier_type: 'email',
      }),
      stop.signal,
    );
    preview.catch(() => {});
    // By now there are more lines than the kernel holds back. The disk has what a kill would leave.
    await reached;
    const now = existsSync(join(bench.directory, 'data')) ? filesBelow(join(bench.directory, 'data')) : [];
    expect(now.map(({ path }) => path)).toEqual(before.map(({ path }) => path));
    expect(await traces(bench, addressesOf(lytics).slice(0, 500))).toEqual([]);
    stop.abort();
    await expect(preview).rejects.toMatchObject({ code: 'interrupted' });
  });
});

async function authorizeLytics(bench: ServiceBench, { token, origin }: LyticsSimulator): Promise<string> {
  const configuration = { token, origin };
  const input = {
    provider: 'lytics',
    method: 'lytics_api_token',
    label: 'Lytics',
    description: '',
    configuration,
  };
  return (await bench.service.authorizations.create(input, aiko)).value.id;
}

/** Each scan stops at this page. */
function standStillAt(lytics: LyticsSimulator, page: number): { reached: Promise<unknown> } {
  const fault = lytics.addFault({ kind: 'slow', ms: 600_000, endpoint: 'scan', nth: page });
  return {
    reached: until(
      async () => lytics.inspect().faults.find(({ id }) => id === fault)?.seen ?? 0,
      (seen) => seen >= page,
      90_000,
    ),
  };
}

const addressesOf = (lytics: LyticsSimulator): string[] =>
  [...lytics.members('all_members', 'email')]
    .map(({ email }) =>
      String(email ?? '')
        .trim()
        .toLowerCase(),
    )
    .filter((address) => address.includes('@'));
