/** Measures the time of whole processes, as the operating system reports it. */
import { spawnSync } from 'node:child_process';
import { cpus, totalmem } from 'node:os';

export interface Measured {
  readonly seconds: number;
  /** Peak resident memory of the largest process, in MB. */
  readonly peakMb: number;
}

/** Runs a command to its end, with additional variables. @throws {Error} if it fails */
export function measure(
  command: string,
  args: readonly string[],
  environment: Readonly<Record<string, string>> = {},
): Measured {
  const begun = process.hrtime.bigint();
  const { status, stderr } = spawnSync('/usr/bin/time', ['-f', '%M', command, ...args], {
    stdio: ['ignore', 'ignore', 'pipe'],
    encoding: 'utf8',
    maxBuffer: 1 << 24,
    env: { ...process.env, ...environment },
  });
  const seconds = Number(process.hrtime.bigint() - begun) / 1e9;
  if (status !== 0) throw new Error(`${command} ${args.join(' ')}: exit ${status}\n${stderr}`);
  return { seconds, peakMb: Number(stderr.trim().split('\n').at(-1)) / 1024 };
}

/**
 * Runs several candidates in turn, `rounds` times each after one warm-up. If the speed of the machine changes, all
 * are affected equally. @returns the median of each
 */
export function inTurn(
  candidates: Readonly<Record<string, () => Measured>>,
  rounds: number,
): Record<string, Measured> {
  const all: Record<string, Measured[]> = Object.fromEntries(
    Object.keys(candidates).map((name) => [name, []]),
  );
  for (let round = 0; round <= rounds; round++) {
    for (const [name, run] of Object.entries(candidates)) {
      const measured = run();
      if (round > 0) all[name]?.push(measured);
    }
  }
  return Object.fromEntries(Object.entries(all).map(([name, list]) => [name, median(list)]));
}

function median(list: readonly Measured[]): Measured {
  const sorted = list.toSorted((a, b) => a.seconds - b.seconds);
  return {
    seconds: sorted[Math.floor(sorted.length / 2)]!.seconds,
    peakMb: Math.max(...list.map(({ peakMb }) => peakMb)),
  };
}

/** One line about the machine, to print with the figures. */
export function machine(): string {
  const [first] = cpus();
  return `${cpus().length} cores (${first?.model.trim()}), ${Math.round(totalmem() / 2 ** 30)} GiB, Node.js ${process.versions.node}`;
}

/** A Markdown table. */
export function markdown(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map((_, n) => (n === 0 ? '---' : '---:'))), ...rows.map(line)].join('\n');
}
