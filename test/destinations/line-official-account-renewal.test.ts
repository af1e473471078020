/** Runs that renew an audience of LINE Official Account, and die after any entry of their journal. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { Fault } from '../../simulators/line-official-account/index.ts';
import { LocalRuns } from '../../src/compose/local-runs.ts';
import { openSource } from '../../src/compose/open-source.ts';
import type { ExportRequest } from '../../src/domain/audiences/requests.ts';
import { lineOfficialAccountTraits } from '../../src/domain/destinations/line-official-account.ts';
import type { RequestedRenewal } from '../../src/domain/runs/run.ts';
import type { RunEvent } from '../../src/domain/runs/run-events.ts';
import { foldRun, successorIn } from '../../src/domain/runs/run-state.ts';
import { FileLimits } from '../../src/store/data-directory/file-limits.ts';
import { directoryOfTest } from '../support/directory.ts';
import { lineUser } from '../support/line-official-account.ts';
import { KilledError, MortalRuns } from '../support/mortal-runs.ts';
import { lineOfficialAccountKit } from './line-official-account-kit.ts';

const DAY = 24 * 3_600_000;
const members = [1, 2, 3, 4, 5].map(lineUser);

async function bench({
  age = 170,
  duplicateNames = 'allow',
}: {
  age?: number;
  duplicateNames?: 'allow' | 'refuse';
} = {}) {
  const { kit, simulator } = await lineOfficialAccountKit({ duplicateNames });
  const directory = directoryOfTest('renewal');
  const source = join(directory, 'members.csv');
  writeFileSync(source, ['user', ...members, ''].join('\n'));
  const audienceId = kit.addAudience('VIP', 9);
  kit.clock.advance(age * DAY);
  const runs = new MortalRuns(directory);
  const renewal = (more: Partial<RequestedRenewal> = {}): RequestedRenewal => ({
    before: new Date(kit.clock.now().getTime() + 30 * DAY).toISOString(),
    base: 'VIP',
    endsAt: null,
    ...more,
  });
  runs.more = { renewal: renewal() };
  const limits = new FileLimits(directory, kit.clock, Math.random);
  onTestFinished(() => limits.close());
  const local = new LocalRuns({
    runs,
    limits,
    clock: kit.clock,
    random: Math.random,
    traits: lineOfficialAccountTraits,
    destination: () => kit.connect(),
    openSource: async (where, signal) => openSource(where, () => undefined, signal),
  });
  const request = {
    source,
    field: 'user',
    identifierType: 'line_user_id',
    ifaFormat: 'raw',
    chunkRecords: 1_000,
    chunkBytes: 1_000_000,
    adAccountId: kit.account,
    audienceId,
    mode: 'append',
    maxShrink: 0.5,
    dryRun: false,
  } as const satisfies ExportRequest;
  const pace = { pollIntervalMs: 50, jobTimeoutMs: Number.MAX_SAFE_INTEGER };
  const hooks = { signal: new AbortController().signal, onProgress: () => {} };
  return {
    kit,
    simulator,
    runs,
    audienceId,
    /** A run goes on with what an earlier one has begun. */
    knows: (successor: RequestedRenewal['successor'], more: Partial<RequestedRenewal> = {}) => {
      runs.more = { renewal: renewal({ ...more, ...(successor && { successor }) }) };
    },
    eventsOf: (runId: string): RunEvent[] =>
      readFileSync(join(directory, 'runs', runId, 'journal.ndjson'), 'utf8')
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line) as RunEvent),
    start: () => local.export(request, pace, hooks),
    resume: (runId: string) => local.resume(runId, {}, pace, hooks),
    ours: () => simulator.inspect().audiences.filter(({ name }) => name.toLowerCase().startsWith('vip')),
  };
}

const lost: Fault = { endpoint: 'create', kind: 'reset', when: 'after', count: 1 };
const ways: readonly (readonly [string, readonly Fault[]])[] = [
  ['nothing else goes wrong', []],
  ['the answer of the creation is lost', [lost]],
];

describe.each(['the same run goes on', 'a new run comes'])(
  'after a death at any entry of the journal, %s with one successor',
  (after) => {
    test.each(ways)('when %s', async (_, faults) => {
      const diedAfter = new Set<string>();
      for (let entries = 1; ; entries += 1) {
        const { kit, simulator, runs, audienceId, knows, eventsOf, start, resume, ours } = await bench();
        for (const fault of faults) simulator.addFault(fault);
        runs.entriesLeft = entries;
        const whole = await start().catch((error: unknown) => {
          if (!(error instanceof KilledError)) throw error;
        });
        if (!whole) {
          diedAfter.add(runs.last ?? '');
          runs.entriesLeft = Number.POSITIVE_INFINITY;
          const [stopped] = await runs.list();
          if (after === 'the same run goes on') {
            if (stopped?.status !== 'succeeded') await resume(stopped!.runId);
          } else if (stopped?.status !== 'succeeded') {
            knows(successorIn(foldRun(eventsOf(stopped!.runId))));
            expect(await start(), `after ${entries} entries`).toMatchObject({ status: 'succeeded' });
          }
        }
        const made = ours();
        expect(
          made.map(({ name }) => name),
          `after ${entries} entries`,
        ).toEqual(['VIP', 'VIP 2']);
        expect([...kit.held(made.find(({ name }) => name === 'VIP 2')!.id)].sort()).toEqual(members);
        expect(kit.held(audienceId)).toHaveLength(9);
        expect(simulator.inspect().violations).toEqual([]);
        if (whole) break;
      }
      expect([...diedAfter]).toEqual(
        expect.arrayContaining(['renewed', 'staged', 'intent', 'accepted', 'job', 'life']),
      );
    });
  },
);

describe('a run renews', () => {
  test('an audience that has ended, and one that LINE has deleted since', async () => {
    for (const age of [185, 230]) {
      const { simulator, audienceId, knows, start, ours } = await bench({ age });
      if (age === 230) knows(undefined, { endsAt: '2000-01-01T00:00:00.000Z' });
      expect(await start()).toMatchObject({
        status: 'succeeded',
        audience: { name: 'VIP 2', created: true },
        warnings: [{ code: 'audience_renewed' }],
      });
      expect(ours().some(({ id }) => id === audienceId)).toBe(age === 185);
      expect(simulator.inspect().violations.filter(({ code }) => code !== 'unknown_id')).toEqual([]);
    }
  });

  test('not an audience that somebody has deleted before its end', async () => {
    const { simulator, audienceId, start, ours } = await bench({ age: 170 });
    simulator.state.deleteAudience(audienceId);
    expect(await start()).toMatchObject({ status: 'failed', error: { code: 'audience_not_found' } });
    expect(ours()).toEqual([]);
  });

  test('with a name that is free, whatever its case', async () => {
    const { kit, start } = await bench({ duplicateNames: 'refuse' });
    kit.addAudience('vip 2');
    expect(await start()).toMatchObject({ audience: { name: 'VIP 3' } });
  });

  test('nothing when the channel has no room, and says what to do', async () => {
    const { simulator, start, ours } = await bench();
    const { channelId } = simulator.channel;
    for (let n = simulator.state.countOf(channelId); n < 1_000; n += 1)
      simulator.addAudience({ name: `A ${n}`, channelId });
    const run = await start();
    expect(run).toMatchObject({ status: 'failed', error: { code: 'too_many_audiences' } });
    expect(run.error?.message).toContain('has 1,000 audiences of 1,000 that LINE allows');
    expect(run.error?.message).toContain('Delete audiences that no campaign uses');
    expect(ours().map(({ name }) => name)).toEqual(['VIP']);
    expect(simulator.inspect().violations).toEqual([]);
  });
});
