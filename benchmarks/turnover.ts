/** Who joins and who leaves: fingerprints in sealed files beside `sort` and `comm`, which keep the hashes in clear. */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createWriteStream, rmSync } from 'node:fs';
import { join } from 'node:path';
import { inTurn, type Measured, markdown, measure } from './measure.ts';

const count = join(import.meta.dirname, 'turnover-count.ts');

/** A tenth leaves, and as many join. */
const CHANGE = 10;

/** Prints a table. @returns whether both find the same numbers */
export async function benchTurnover(directory: string, rows: number, rounds: number): Promise<boolean> {
  const moved = Math.floor(rows / CHANGE);
  const [before, now] = ['before.txt', 'now.txt'].map((name) => join(directory, name)) as [string, string];
  await writeHashes(before, 0, rows);
  await writeHashes(now, moved, rows);
  const [beforeFile, nowFile] = ['before.fp', 'now.fp'].map((name) => join(directory, name)) as [string, string];
  const sorted = `${before}.sorted`;
  const shell = (command: string) => measure('sh', ['-c', `export LC_ALL=C TMPDIR=${directory}; ${command}`]);
  execFileSync(process.execPath, [count, before, beforeFile]);
  shell(`sort ${before} > ${sorted}`);

  const [found, counted] = execFileSync(process.execPath, [count, now, nowFile, beforeFile], { encoding: 'utf8' })
    .trim()
    .split('\n');
  const isRight = found === `${moved} ${moved}`;
  console.log(counted);
  if (!isRight) console.log(`wrong: ${found}, and not ${moved} ${moved}`);
  const compare = `comm -3 ${sorted} ${now}.sorted | awk '/^\\t/ {joining++} END {print joining + 0, NR - joining}'`;
  const measured = inTurn(
    {
      'the kernel alone': () => measure(process.execPath, [count, now]),
      'the kernel, and fingerprints': () => {
        rmSync(nowFile, { force: true });
        return measure(process.execPath, [count, now, nowFile, beforeFile]);
      },
      'sort and comm': () => shell(`sort ${now} > ${now}.sorted && ${compare}`),
    },
    rounds,
  );
  console.log(`\n${rows.toLocaleString('en-US')} members, compared with as many before, medians of ${rounds} rounds\n`);
  console.log(markdown(['', 'seconds', 'processor s', 'peak memory'], []));
  for (const [name, figures] of Object.entries(measured)) print(name, figures);
  for (const path of [before, now, sorted, `${now}.sorted`, beforeFile, nowFile]) rmSync(path, { force: true });
  return isRight;
}

function print(name: string, { seconds, processorSeconds, peakMb }: Measured): void {
  const cells = [name, seconds.toFixed(2), processorSeconds.toFixed(2), `${Math.round(peakMb)} MB`];
  console.log(`| ${cells.join(' | ')} |`);
}

/** How many hashes one call of the hash function gives. */
const BLOCK = 10_000;

/** Members have the same hash in both files. @param from the number of the first member */
async function writeHashes(path: string, from: number, rows: number): Promise<void> {
  const file = createWriteStream(path);
  for (let n = from; n < from + rows; ) {
    const block = Math.floor(n / BLOCK);
    const until = Math.min((block + 1) * BLOCK, from + rows);
    const hex = createHash('shake256', { outputLength: BLOCK * 32 })
      .update(String(block))
      .digest('hex');
    let text = '';
    for (; n < until; n += 1) text += `${hex.slice((n % BLOCK) * 64, (n % BLOCK) * 64 + 64)}\n`;
    if (!file.write(text)) await once(file, 'drain');
  }
  file.end();
  await once(file, 'finish');
}
