/** An interrupted scan continues where it was. No page is requested again, and the audience is exact. */
import { cpSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { RULES_VERSION } from '../../packages/identifiers/src/rules.ts';
import { type LyticsSimulator, startLyticsSimulator } from '../../simulators/lytics/index.ts';
import type { RunDocument } from '../../src/domain/runs/run.ts';
import { type Bench, bench, held, type Running, sha256 } from '../support/cli.ts';
import { interrupt } from '../support/command.ts';
import { readStaged, writeStaged } from '../support/staged.ts';

const MEMBERS = 3_000;
const PAGES = MEMBERS / 100;
/** Slow enough that there is a checkpoint (each second) before the twelfth page. */
const PAGE_MS = 100;
/** The source stops for this time, which is longer than any test. */
const FOREVER = 600_000;

interface Scene {
  readonly at: Bench;
  readonly lytics: LyticsSimulator;
  readonly environment: Record<string, string>;
}

async function scene(): Promise<Scene> {
  const lytics = await startLyticsSimulator({ members: MEMBERS, pageMs: PAGE_MS });
  onTestFinished(() => lytics.close());
  const environment = { LYTICS_API_TOKEN: lytics.token, LYTICS_ORIGIN: lytics.origin };
  return { at: await bench(), lytics, environment };
}

const asked = (name: string): string[] => [
  ...['--source', 'lytics:all_members', '--field', 'email', '--identifier-type', 'email'],
  ...['--ad-account', 'A1', '--audience-name', name, '--chunk-records', '700'],
];

/** The flags that the bench adds to its own exports. */
const quickly = ['--poll-interval', '50'];

/** The cursors of the requested pages; null is the start. */
const cursorsOf = ({ lytics }: Scene): (string | null)[] =>
  lytics
    .inspect()
    .requests.filter(({ endpoint }) => endpoint === 'scan')
    .map(({ path }) => new URLSearchParams(path.split('?')[1]).get('start'));

/** Lets the command stop at the `page`-th page from now. Resolves when it has requested that page. */
async function standStillAt<T>({ lytics }: Scene, page: number, begin: () => T): Promise<T> {
  const fault = lytics.addFault({ kind: 'slow', ms: FOREVER, endpoint: 'scan', nth: page });
  const running = begin();
  await vi.waitFor(
    () => expect(lytics.inspect().faults.find(({ id }) => id === fault)?.seen).toBeGreaterThanOrEqual(page),
    { interval: 25, timeout: 120_000 },
  );
  return running;
}

async function kill({ lytics }: Scene, { child, finished }: Running): Promise<void> {
  child.kill('SIGKILL');
  await finished;
  lytics.clearFaults();
}

/** No further kill needs a checkpoint. */
const hurry = ({ lytics }: Scene): void => lytics.configure({ pageMs: 0 });

async function lastRun({ at }: Scene): Promise<RunDocument & { runId: string }> {
  const runs = JSON.parse((await at.run(['runs', 'list', '--json'])).stdout);
  return runs[0];
}

const staged = ({ at }: Scene, runId: string): string => join(at.directory, 'data', 'runs', runId, 'staged');

/** The checkpoint in the staging directory of the run. */
const checkpointOf = async ({ at }: Scene, runId: string) => {
  const { place, counts } = JSON.parse(await readStaged(at, runId, 'checkpoint.json'));
  const [members, cursor] = place.split(' ');
  return { members: Number(members), cursor, rows: counts.rows };
};

const journalOf = ({ at }: Scene, runId: string): Record<string, unknown>[] =>
  readFileSync(join(at.directory, 'data', 'runs', runId, 'journal.ndjson'), 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line))
    .filter(({ type }) => type.startsWith('scan_'));

/** Makes the run look as if an older version of Lineup had started it. */
async function begunByVersion1({ at }: Scene, runId: string): Promise<void> {
  const older = (text: string, version2: string, version1: string) => {
    expect(text).toContain(version2);
    return text.replace(version2, version1);
  };
  const before = RULES_VERSION - 1;
  const quote = (version: number) => `"key":${JSON.stringify(`[${version},`).slice(0, -1)}`;
  const checkpoint = await readStaged(at, runId, 'checkpoint.json');
  await writeStaged(at, runId, 'checkpoint.json', older(checkpoint, quote(RULES_VERSION), quote(before)));
  const journal = join(at.directory, 'data', 'runs', runId, 'journal.ndjson');
  const version = (number: number) => `"rulesVersion":${number}`;
  writeFileSync(journal, older(readFileSync(journal, 'utf8'), version(RULES_VERSION), version(before)));
}

/** The hashes that LINE must hold. */
function wanted({ lytics }: Scene): string[] {
  const values = [...lytics.members('all_members', 'email')].map(({ email }) => String(email ?? '').trim());
  const addresses = values.filter((value) => /^[^\s@]+@[^\s@.]+(\.[^\s@.]+)+$/.test(value));
  return [...new Set(addresses.map((value) => sha256(value.toLowerCase())))].sort();
}

const numbers = ({ counts, invalidRows, chunks }: RunDocument) => ({
  counts,
  invalidRows,
  chunks: chunks.map(({ records, bytes, sha256: digest }) => ({ records, bytes, digest })),
});

/** The result for the same members without an interruption. The simulator invents the same members each time. */
let uninterrupted: Promise<RunDocument> | undefined;

/** All counts of the run equal those of an uninterrupted run. */
async function expectWhole(place: Scene, run: RunDocument): Promise<void> {
  expect([run.status, run.error]).toEqual(['succeeded', null]);
  expect(held(place.at.simulator, run.audience?.id ?? '')).toEqual(wanted(place));
  uninterrupted ??= place.at.export(asked('Uninterrupted'), place).then((whole) => whole.run);
  const whole = await uninterrupted;
  expect(numbers(run)).toEqual(numbers(whole));
  expect(whole.counts?.rows).toBe(MEMBERS);
}

/** Why a checkpoint cannot be used, the reason in the journal, and how that comes. */
const spoiled: readonly [string, string, (of: Scene, runId: string) => void | Promise<void>][] = [
  ['its cursor has expired', 'expired', ({ lytics }) => void lytics.addFault({ kind: 'expired', endpoint: 'scan' })],
  [
    'a staged file has changed',
    'unusable',
    (place, runId) => writeFileSync(join(staged(place, runId), 'chunk-0001.txt'), `${'0'.repeat(64)}\n`),
  ],
  ['it was started under other rules', 'unusable', begunByVersion1],
];

describe('an audience of Lytics', () => {
  test('is requested only once for each page, even if the scan is killed twice; it is scanned from the start only when its checkpoint cannot be used', {
    timeout: 120_000,
  }, async () => {
    const place = await scene();
    await kill(
      place,
      await standStillAt(place, 14, () => place.at.start(['export', ...asked('VIP'), ...quickly], place)),
    );
    const { runId } = await lastRun(place);
    const first = await checkpointOf(place, runId);
    expect(first.rows).toBe(first.members);
    const left = join(place.at.directory, 'left');
    cpSync(join(place.at.directory, 'data'), left, { recursive: true });

    const before = cursorsOf(place).length;
    const again = await standStillAt(place, 12, () => place.at.start(['export', '--resume', runId], place));
    expect(cursorsOf(place)[before]).toBe(first.cursor);
    await kill(place, again);
    const second = await checkpointOf(place, runId);
    expect(second.members).toBeGreaterThan(first.members);
    hurry(place);

    const { run, stderr } = await place.at.export(['--resume', runId], place);
    const last = cursorsOf(place).slice(cursorsOf(place).lastIndexOf(second.cursor));
    expect(last).toHaveLength(PAGES - second.members / 100);
    expect(cursorsOf(place).filter((cursor) => cursor === null)).toHaveLength(1);
    expect(stderr).toContain(`continued at ${second.members.toLocaleString('en-US')}`);
    expect(journalOf(place, runId)).toMatchObject([
      { type: 'scan_continued', rows: first.members },
      { type: 'scan_continued', rows: second.members },
    ]);
    await expectWhole(place, run);
    expect(existsSync(staged(place, runId))).toBe(false);

    // Each reason to start again, with a copy of what the killed run has left.
    for (const [why, reason, spoil] of spoiled) {
      const other = { ...place, at: await bench() };
      cpSync(left, join(other.at.directory, 'data'), { recursive: true });
      const asked = cursorsOf(other).length;
      await spoil(other, runId);
      const { run: whole, stderr: said } = await other.at.export(['--resume', runId], other);
      const begun = cursorsOf(other).slice(asked);
      expect(
        begun.filter((cursor) => cursor === null),
        why,
      ).toHaveLength(1);
      expect(journalOf(other, runId).at(-1), why).toMatchObject({ type: 'scan_restarted', reason });
      expect(said, why).toContain('started over');
      expect(whole.rulesVersion, why).toBe(RULES_VERSION);
      await expectWhole(other, whole);
    }
  });

  test('can be continued after Ctrl-C or a temporary error', {
    timeout: 120_000,
  }, async () => {
    const place = await scene();
    const finished = await standStillAt(place, 12, () => [place.at.export(asked('VIP'), place)]);
    interrupt();
    const interrupted = (await finished[0]!).run;
    expect(interrupted).toMatchObject({ status: 'interrupted', error: { code: 'interrupted' } });
    place.lytics.clearFaults();
    const runId = interrupted.runId ?? '';
    const first = await checkpointOf(place, runId);

    // Longer than any command waits.
    place.lytics.addFault({ kind: 'status', status: 429, retryAfter: 3_600, endpoint: 'scan', nth: 12 });
    const { run: failed } = await place.at.export(['--resume', runId], place);
    expect(failed.error).toMatchObject({ code: 'source_failed', retryable: true });
    expect(failed.error?.resume).toContain(`--resume ${runId}`);
    expect((await checkpointOf(place, runId)).members).toBeGreaterThan(first.members);

    hurry(place);
    const { run } = await place.at.export(['--resume', runId], place);
    expect(cursorsOf(place).filter((cursor) => cursor === null)).toHaveLength(1);
    await expectWhole(place, run);
  });

  test('keeps no checkpoint after a permanent error', { timeout: 120_000 }, async () => {
    const place = await scene();
    place.lytics.addFault({ kind: 'status', status: 404, endpoint: 'scan', nth: 12 });
    const { run } = await place.at.export(asked('VIP'), place);
    expect(run.error).toMatchObject({ code: 'source_not_found', resume: null });
    expect(existsSync(staged(place, run.runId ?? ''))).toBe(false);
  });
});
