/** Audiences that end are renewed before: whole runs to LINE Official Account, over HTTP to its simulator. */
import { describe, expect, onTestFinished, test } from 'vitest';
import {
  type LineOfficialAccountSimulatorOptions,
  startLineOfficialAccountSimulator,
} from '../../simulators/line-official-account/index.ts';
import type { JobView } from '../../src/contracts/jobs.ts';
import { databases } from '../support/databases.ts';
import { anOfficialAccountJob, connectOfficialAccount, lineUser } from '../support/line-official-account.ts';
import { aiko } from '../support/service.ts';
import { type BenchOptions, serviceBench } from '../support/service-bench.ts';

const DAY = 24 * 3_600_000;
const users = (from: number, to: number) => Array.from({ length: to - from }, (_, n) => lineUser(from + n));
const csv = (ids: readonly string[]) => ['user', ...ids, ''].join('\n');

async function scene(options: LineOfficialAccountSimulatorOptions = {}, bench: BenchOptions = {}) {
  const simulator = await startLineOfficialAccountSimulator({
    jobMs: 60,
    readyMs: 0,
    rateToleranceMs: 500,
    duplicateNames: 'allow',
    ...options,
  });
  onTestFinished(() => simulator.close());
  const opened = await serviceBench({ officialAccountUrl: simulator.url, ...bench });
  const id = await connectOfficialAccount(opened.service, simulator, aiko);
  const segment_id = opened.write('members.csv', csv(users(0, 100)));
  const create = async (configuration: Record<string, unknown> = {}): Promise<JobView> =>
    (
      await opened.service.jobs.create(
        anOfficialAccountJob(id, simulator, { segment_id, continuous_update: false, ...configuration }),
        aiko,
      )
    ).value;
  const endOf = (job: Pick<JobView, 'id'>) => opened.waitForJob(job.id, ({ status }) => status !== 'runnable', 30_000);
  const later = async (days: number) => {
    simulator.advance(days * DAY);
    opened.clock.advance(days * DAY);
  };
  const again = async (job: Pick<JobView, 'id'>) => {
    await opened.service.jobs.act(job.id, 'run_now', aiko);
    return endOf(job);
  };
  const ours = () => simulator.inspect().audiences.filter(({ name }) => name.startsWith('VIP'));
  const held = (audienceId: string | null) => [...simulator.state.members(audienceId ?? '')].sort();
  return { simulator, bench: opened, create, endOf, later, again, ours, held };
}

describe.each(databases)('on $kind', (database) => {
  test('a job without a schedule renews its audience in the last 30 days, and names the successor when it is filled', async () => {
    const { bench, simulator, create, endOf, later, again, ours, held } = await scene({}, { database });
    const first = await endOf(await create());
    expect(first).toMatchObject({ status: 'completed', error: null });
    const old = first.audience_id;
    await later(149);
    expect(await again(first)).toMatchObject({ audience_id: old, error: null });
    await later(2);
    bench.write('members.csv', csv(users(10, 110)));
    const renewed = await again(first);
    expect(renewed).toMatchObject({ status: 'completed', error: null });
    expect(renewed.audience_id).not.toBe(old);
    expect(ours().map(({ name }) => name)).toEqual(['VIP', 'VIP 2']);
    expect(held(old)).toHaveLength(100);
    expect(held(renewed.audience_id)).toEqual(users(10, 110));
    const last = await again(first);
    expect(last).toMatchObject({ audience_id: renewed.audience_id });
    // As a configuration file does that still names the old audience: there is never a second successor.
    const configuration = { ...last.configuration, audience_id: old, audience_name: null };
    await bench.service.jobs.change(last.id, last.revision, { configuration }, aiko);
    expect(await again(first)).toMatchObject({ audience_id: renewed.audience_id, error: null });
    expect(ours()).toHaveLength(2);
    expect(simulator.inspect().violations).toEqual([]);
  });
});
