/** What each test file costs: seconds of processor time, here and in the processes that it started and awaited. */
import { existsSync, readFileSync } from 'node:fs';
import { afterAll, beforeAll } from 'vitest';

declare module 'vitest' {
  interface TaskMeta {
    cpuSeconds?: number;
  }
}

const STAT = '/proc/self/stat';
const TICKS_PER_SECOND = 100;

let before = cpuSeconds();
beforeAll(() => {
  before = cpuSeconds();
});
// biome-ignore lint/correctness/noEmptyPattern: Vitest reads from the pattern which fixtures are wanted: none.
afterAll(({}, suite) => {
  suite.file.meta.cpuSeconds = cpuSeconds() - before;
});

/** Of this process so far, and on Linux of its ended children, too. */
function cpuSeconds(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6 + ofChildren();
}

function ofChildren(): number {
  if (!existsSync(STAT)) return 0;
  const stat = readFileSync(STAT, 'utf8');
  // The name before is in parentheses and may hold anything; "cutime" and "cstime" are the fields 16 and 17.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[13]) + Number(fields[14])) / TICKS_PER_SECOND;
}
