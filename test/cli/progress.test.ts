import { describe, expect, it } from 'vitest';
import { progressDisplay } from '../../src/cli/progress.ts';
import type { ExportProgress } from '../../src/compose/preparation.ts';

/** What is written to a stream that is no terminal. */
async function linesOf(reports: readonly [atMs: number, progress: ExportProgress][]): Promise<string[]> {
  const lines: string[] = [];
  let now = 0;
  const stream = { isTTY: false, write: (line: string) => lines.push(line) };
  const display = await progressDisplay(stream as unknown as NodeJS.WriteStream, () => now);
  for (const [atMs, progress] of reports) {
    now = atMs;
    display.report(progress);
  }
  display.end();
  return lines;
}

const scan = (rows: number, more = {}): ExportProgress => ({
  stage: 'scan',
  rows,
  scanned: rows,
  unique: rows,
  continuedAt: undefined,
  restarted: undefined,
  ...more,
});

describe('progress of a scan', () => {
  it('says that the source is at work while no row comes', async () => {
    expect(
      await linesOf([
        [200, scan(0)],
        [6_000, scan(0)],
        [12_000, scan(1_200)],
      ]),
    ).toEqual([
      'Reading   0 rows · 0 unique · 0.2 s\n',
      'Waiting   for the first rows of the source · 6.0 s\n',
      'Reading   1,200 rows · 1,200 unique · 100 rows/s · 12.0 s\n',
    ]);
  });

  it('says why the scan began again', async () => {
    expect(await linesOf([[6_000, scan(0, { restarted: 'expired' })]])).toEqual([
      'Waiting   for the first rows of the source · started over: the source no longer knows the position · 6.0 s\n',
    ]);
  });
});
