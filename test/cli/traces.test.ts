/** The data directory never holds members in clear: no value and no hash, however a run ends. */
import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test, vi } from 'vitest';
import { type Bench, bench } from '../support/cli.ts';
import { filesBelow, namesOf, tracesOf } from '../support/traces.ts';

/** Enough lines for the kernel to pass some on before the source ends. */
const MANY = 40_000;

/** Hashed, and raw on request. Phone numbers take the way of e-mail addresses. */
const kinds = [
  { type: 'email', flags: [], value: (n: number) => `person${n}@example.com` },
  {
    type: 'ifa',
    flags: ['--ifa-format', 'raw'],
    value: (n: number) => `aebe52e7-03ee-455a-b3c4-${n.toString(16).padStart(12, '0')}`,
  },
] as const;

const dataOf = (at: Bench) => join(at.directory, 'data');
const traces = (at: Bench, values: readonly string[]): string[] =>
  filesBelow(dataOf(at)).flatMap(({ path, text }) => tracesOf(values, text).map((value) => `${value} in ${path}`));
/** The first and the last of many members. All files are searched for each. */
const ends = (values: readonly string[]) => [...values.slice(0, 50), ...values.slice(-50)];
const runsOf = (at: Bench) => join(dataOf(at), 'runs');
/** The paths of staged chunks below `runsOf`, without reading them. */
const stagedPaths = (at: Bench): string[] =>
  readdirSync(runsOf(at), { recursive: true, encoding: 'utf8' }).filter((path) => path.includes('/staged/'));
/** Whether something is in a staged chunk. */
const isStaging = (at: Bench) =>
  existsSync(runsOf(at)) && stagedPaths(at).some((path) => statSync(join(runsOf(at), path)).size > 0);
const staged = (at: Bench) => filesBelow(dataOf(at)).filter(({ path }) => path.includes('/staged/'));
const keysOf = (at: Bench) => filesBelow(dataOf(at)).filter(({ path }) => path.endsWith('/staged.key'));

describe.each(kinds)('an export of $type ($flags)', ({ type, flags, value }) => {
  const some = (from: number, count: number) => Array.from({ length: count }, (_, n) => value(from + n));
  const csv = (values: readonly string[]) => `id,member\n${values.map((value, n) => `${n},${value}\n`).join('')}`;
  const request = ['--field', 'member', '--identifier-type', type, '--ad-account', 'A1', ...flags];

  test('leaves nothing after a success; after a guard’s refusal or a failure the chunks stay sealed, so that the run can continue', async () => {
    const at = await bench();
    const old = some(0, 50);
    const { code, run } = await at.export([
      ...['--source', at.write('a.csv', csv(old)), ...request, '--audience-name', 'A'],
    ]);
    expect([code, staged(at), keysOf(at)]).toEqual([0, [], []]);
    expect(traces(at, old)).toEqual([]);

    const values = some(1_000, 5);
    const sealed = () => {
      expect(namesOf(staged(at))).toEqual(['chunk-0001.txt', 'chunk-0001.txt.tags']);
      expect(staged(at).find(({ path }) => path.endsWith('.txt'))?.text.length).toBeGreaterThan(5 * 36);
      expect(statSync(keysOf(at)[0]!.path).mode & 0o777).toBe(0o600);
      expect(traces(at, values)).toEqual([]);
    };
    const to = ['--audience-id', run.audience?.id ?? ''];
    const stopped = await at.export(['--source', at.write('b.csv', csv(values)), ...request, ...to]);
    expect(stopped.code).toBe(3);
    sealed();
    const goOn = ['--resume', stopped.run.runId ?? '', '--max-shrink', '1'];
    at.simulator.addFault({ kind: 'job_failed', nth: 1 });
    const failed = await at.export(goOn);
    expect([failed.code, failed.run.error?.resume]).toEqual([1, expect.stringContaining('--resume')]);
    sealed();
    expect((await at.export(goOn)).code).toBe(0);
    expect([staged(at), keysOf(at)]).toEqual([[], []]);
  });

  test('that is killed while it stages leaves nothing readable', async () => {
    const at = await bench();
    const values = some(0, MANY);
    const { child, finished } = at.start(['export', '--source', '-', ...request, '--audience-name', 'A'], {
      input: null,
    });
    child.stdin?.write(csv(values));
    await vi.waitFor(() => expect(isStaging(at)).toBe(true), {
      interval: 20,
      timeout: 60_000,
    });
    child.kill('SIGKILL');
    await finished;
    expect(traces(at, ends(values))).toEqual([]);
  });

  test('as a dry run writes no value, also while it runs', async () => {
    const at = await bench();
    const values = some(0, MANY);
    // Meanwhile no chunk file is created, not even an empty one.
    let looks = 0;
    const seen: string[] = [];
    const looking = setInterval(() => {
      if (!existsSync(runsOf(at))) return;
      looks += 1;
      seen.push(...stagedPaths(at));
    }, 5);
    const { code, run } = await at.export(['--source', '-', ...request, '--audience-name', 'A', '--dry-run'], {
      input: csv(values),
    });
    clearInterval(looking);
    expect([code, run.counts?.unique]).toEqual([0, MANY]);
    expect(looks).toBeGreaterThan(0);
    expect([seen, staged(at), keysOf(at)]).toEqual([[], [], []]);
    expect(traces(at, ends(values))).toEqual([]);
  });
});
