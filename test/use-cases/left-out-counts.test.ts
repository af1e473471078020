/** Members whom a run of the service leaves out: every list of numbers has them, so that the sums are right. */
import { describe, expect, test } from 'vitest';
import { members } from '../support/cli.ts';
import { databases } from '../support/databases.ts';
import { aiko } from '../support/service.ts';
import { serviceBench } from '../support/service-bench.ts';

describe.each(databases)('values that are left out, on $kind', (kind) => {
  test('are in the summary of the run and in the metrics, and all outcomes add up', async () => {
    const bench = await serviceBench({ database: kind });
    const { csv } = members(40);
    const listed = csv.split('\n').slice(0, 6).join('\n');
    await bench.service.suppressionLists.create(
      {
        ...{ name: 'Opted out', description: '', source_authorization_id: null, max_shrink: 0.5 },
        segment_id: bench.write('out.csv', `${listed}\n`),
        fields: { email: 'email' },
        applies_to: 'all_jobs',
      },
      aiko,
    );
    const { id } = await bench.createJob({
      segment_id: bench.write('vip.csv', `${csv}x,not an address\n${csv.split('\n').at(-2)}\n`),
      hold_out: { share: 30, experiment: 'spring' },
    });
    const { last_run: run } = await bench.waitForJob(id, ({ last_run }) => last_run?.status === 'succeeded');
    expect(run).toMatchObject({ scanned: 42, invalid: 1, suppressed: 5 });
    expect(run?.held_out).toBeGreaterThan(0);
    const { missing, invalid, suppressed, held_out, duplicates, unique } = run!;
    expect(missing! + invalid! + suppressed! + held_out! + duplicates! + unique!).toBe(42);
    const { values } = await bench.service.status.metrics();
    expect(values).toMatchObject({ scanned: 42, suppressed, held_out, duplicates, unique });
  });
});

describe('values that are left out', () => {
  test('are not counted by a run that leaves nobody out', async () => {
    const bench = await serviceBench();
    const { id } = await bench.createJob({ segment_id: bench.write('vip.csv', members(3).csv) });
    const { last_run: run } = await bench.waitForJob(id, ({ last_run }) => last_run?.status === 'succeeded');
    expect(run).toMatchObject({ scanned: 3, suppressed: null, held_out: null, unique: 3 });
  });
});
