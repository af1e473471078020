/**
 * The cost of each test file: seconds of processor time, in this process and in those that it started, including the
 * browser.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { afterAll, beforeAll } from 'vitest';

declare module 'vitest' {
  interface TaskMeta {
    cpuSeconds?: number;
  }
}

const TICKS_PER_SECOND = 100;

let before = cpuSeconds();
beforeAll(() => {
  before = cpuSeconds();
});
// biome-ignore lint/correctness/noEmptyPattern: Vitest reads the fixtures from this pattern, and none are needed.
afterAll(({}, suite) => {
  suite.file.meta.cpuSeconds = cpuSeconds() - before;
});

/**
 * The time of this process so far, and on Linux of all its descendants. The figures of a parent include its ended
 * children.
 */
function cpuSeconds(): number {
  if (!existsSync('/proc/self/stat')) {
    const { user, system } = process.cpuUsage();
    return (user + system) / 1e6;
  }
  const all = readdirSync('/proc').flatMap((name) => (/^\d+$/.test(name) ? (statOf(name) ?? []) : []));
  const childrenOf = Map.groupBy(all, ({ parent }) => parent);
  const sum = (pid: number): number =>
    (childrenOf.get(pid) ?? []).reduce((total, child) => total + child.ticks + sum(child.pid), 0);
  return ((statOf(String(process.pid))?.ticks ?? 0) + sum(process.pid)) / TICKS_PER_SECOND;
}

interface Stat {
  readonly pid: number;
  readonly parent: number;
  readonly ticks: number;
}

/** Undefined for a process that has just ended. */
function statOf(pid: string): Stat | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The name before is in parentheses and may hold any character. After it, field 1 (counted from 0) is the parent.
    // Fields 11 to 14 are the times of the process and of its ended children.
    const fields = stat
      .slice(stat.lastIndexOf(')') + 2)
      .split(' ')
      .map(Number);
    const ticks = fields.slice(11, 15).reduce((total, field) => total + field, 0);
    return { pid: Number(pid), parent: fields[1] ?? 0, ticks };
  } catch {
    return undefined;
  }
}
