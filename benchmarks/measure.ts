/** Measures the time of whole processes, as the operating system reports it. */
import { spawnSync } from 'node:child_process';
import { cpus, loadavg, totalmem } from 'node:os';

export interface Measured {
  readonly seconds: number;
  /** Of the process and of those that it waited for, user and system together. */
  readonly processorSeconds: number;
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
  const { status, signal, stderr } = spawnSync('/usr/bin/time', ['-f', '%M %U %S', command, ...args], {
    stdio: ['ignore', 'ignore', 'pipe'],
    encoding: 'utf8',
    maxBuffer: 1 << 24,
    env: { ...process.env, ...environment },
  });
  const seconds = Number(process.hrtime.bigint() - begun) / 1e9;
  if (status !== 0) throw new Error(`${command} ${args.join(' ')}: exit ${status ?? signal}\n${stderr}`);
  const [kilobytes = 0, user = 0, system = 0] = stderr.trim().split('\n').at(-1)!.split(' ').map(Number);
  return { seconds, processorSeconds: user + system, peakMb: kilobytes / 1024 };
}

type Candidates = Readonly<Record<string, () => Measured>>;

/** Runs several candidates in turn. If the speed of the machine changes, all are affected equally. */
export function roundsInTurn(candidates: Candidates, rounds: number): Record<string, Measured[]> {
  const all: Record<string, Measured[]> = Object.fromEntries(Object.keys(candidates).map((name) => [name, []]));
  for (let round = 0; round < rounds; round++) {
    for (const [name, run] of Object.entries(candidates)) all[name]?.push(run());
  }
  return all;
}

/** `rounds` times each, in turn, after one warm-up. @returns the median of each */
export function inTurn(candidates: Candidates, rounds: number): Record<string, Measured> {
  roundsInTurn(candidates, 1);
  return Object.fromEntries(
    Object.entries(roundsInTurn(candidates, rounds)).map(([name, list]) => [name, median(list)]),
  );
}

/** The round with the median time, and the most memory of all. */
export function median(list: readonly Measured[]): Measured {
  const sorted = list.toSorted((a, b) => a.seconds - b.seconds);
  return {
    ...sorted[Math.floor(sorted.length / 2)]!,
    peakMb: Math.max(...list.map(({ peakMb }) => peakMb)),
  };
}

/** How busy all cores were, from 0 to 1, if nothing else ran. */
export const busy = ({ seconds, processorSeconds }: Measured): number => processorSeconds / (seconds * cpus().length);

/** One line about the machine, to print with the figures. */
export function machine(): string {
  const [first] = cpus();
  const memory = `${Math.round(totalmem() / 2 ** 30)} GiB`;
  const load = `load ${loadavg()[0]!.toFixed(1)} at the start`;
  return `${cpus().length} cores (${first?.model.trim()}), ${memory}, Node.js ${process.versions.node}, ${load}`;
}

/** A Markdown table. */
export function markdown(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map((_, n) => (n === 0 ? '---' : '---:'))), ...rows.map(line)].join('\n');
}
