import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type Candidate, measureLine } from '../../benchmarks/line.ts';

const [a, b, c] = ['a', 'b', 'c'].map((digit) => digit.repeat(64)) as [string, string, string];
const text = (lines: readonly string[]) => lines.map((line) => `${line}\n`).join('');

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'lineup-test-'));
});
afterEach(() => rmSync(directory, { recursive: true }));

/** Writes the lines of each of its runs, the warm-up first, and says that it took `seconds`. */
const candidate = (name: string, seconds: readonly number[], lines: readonly string[]): Candidate => {
  let run = 0;
  return {
    name,
    run: (out) => {
      writeFileSync(out, text(lines));
      return { seconds: seconds[run++]!, processorSeconds: 1, peakMb: 10 * run };
    },
  };
};

/** As `lineup prepare`, with a manifest beside the chunk files. */
const inChunks = (seconds: readonly number[], ...chunks: readonly string[][]): Candidate => {
  const { run, ...others } = candidate('Lineup', seconds, []);
  return {
    ...others,
    run: (out) => {
      const measured = run(`${out}-file`);
      mkdirSync(out);
      writeFileSync(join(out, 'manifest.json'), '{}');
      chunks.forEach((lines, n) => {
        writeFileSync(join(out, `chunk-000${n}.txt`), text(lines));
      });
      return measured;
    },
  };
};

const measured = (ours: Candidate, ...others: Candidate[]) =>
  measureLine({ name: 'CSV', ours, others }, join(directory, 'out'), 3);

test('gives the ratio of the medians, without the warm-up, when the lines are the same in any order', async () => {
  const { rows, refusals } = await measured(
    inChunks([50, 1, 2, 4], [c, a], [b]),
    candidate('DuckDB', [1, 9, 3, 5], [a, b, c]),
  );
  expect(refusals).toEqual([]);
  expect(rows.map((cells) => cells.slice(0, 5))).toEqual([
    ['CSV', 'DuckDB', '2.00 / 5.00', '**2.50 ×** as fast', '1.25 to 9.00'],
  ]);
});

test.each([
  ['a missing line', [a, b], '2 lines, 2 of them different'],
  ['another line', [a, b, b.replace('b', 'd')], '3 lines, 3 of them different'],
  ['a repeated line', [a, b, c, c], '4 lines, 3 of them different'],
])('refuses a ratio for %s, and says why', async (_, lines, why) => {
  const { rows, refusals } = await measured(
    inChunks([1, 1, 1, 1], [a, b, c]),
    candidate('DuckDB', [1], lines),
    candidate('Python', [1, 1, 1, 1], [a, b, c]),
  );
  expect(rows.map(([, beside]) => beside)).toEqual(['Python']);
  expect(refusals).toEqual([
    expect.stringMatching(/^No ratio for “CSV” beside DuckDB: the results differ\. Lineup gave 3 lines/),
  ]);
  expect(refusals[0]).toContain(`DuckDB gave ${why}`);
});

test('does not compare the lines of another list', async () => {
  const plain = { ...candidate('plain', [1, 1, 1, 1], [a]), otherMembers: true };
  const { rows, refusals } = await measured(inChunks([1, 1, 1, 1], [a, b, c]), plain);
  expect({ rows: rows.length, refusals }).toEqual({ rows: 1, refusals: [] });
});
