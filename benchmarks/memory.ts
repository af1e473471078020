/** Time and peak memory of `lineup prepare` for growing numbers of rows. */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { markdown } from './measure.ts';
import { membersFile } from './members-file.ts';
import { prepare } from './prepare.ts';

/** A target of the project, for 100,000,000 members. */
const GOAL = '1.2 GB for 100,000,000 rows';

/** Prints a table. Each number of rows is measured once, from a CSV file that has only the addresses. */
export async function benchMemory(directory: string, sizes: readonly number[]): Promise<void> {
  console.log(`\nPeak memory of lineup prepare, from CSV (goal: under ${GOAL})\n`);
  console.log(markdown(['rows', 'seconds', 'rows/s', 'processor µs/row', 'peak memory'], []));
  const csv = join(directory, 'members.csv');
  const out = join(directory, 'out');
  for (const rows of sizes) {
    await membersFile(csv, { rows, identifiers: 'email' });
    const { seconds, processorSeconds, peakMb } = prepare(csv, out);
    rmSync(csv);
    rmSync(out, { recursive: true });
    const cells = [
      rows.toLocaleString('en-US'),
      seconds.toFixed(2),
      `${(rows / seconds / 1e6).toFixed(2)} M`,
      ((processorSeconds / rows) * 1e6).toFixed(2),
      `${Math.round(peakMb)} MB`,
    ];
    console.log(`| ${cells.join(' | ')} |`);
  }
}
