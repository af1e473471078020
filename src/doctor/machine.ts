/** Checks this machine: versions, memory, processors, time zones. */
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { arch, availableParallelism, platform, release, totalmem } from 'node:os';
import { type Finding, MB, ok, problem, warning } from './finding.ts';

/** Container engines create these files. */
const inContainer = (): boolean => existsSync('/.dockerenv') || existsSync('/run/.containerenv');

/** @param compiled whether this is the built package or the source */
export function versions(version: string, compiled: boolean): Finding[] {
  const where = inContainer() ? ', in a container' : '';
  return [
    ok(
      'Versions',
      `Lineup ${version} (${compiled ? 'package' : 'source'}), Node.js ${process.versions.node}, ${platform()} ${release()} ${arch()}${where}`,
    ),
  ];
}

export async function limits(embedded: boolean): Promise<Finding[]> {
  const memory = memoryLimit(process.constrainedMemory(), totalmem());
  const quota = readQuota(await readFile('/sys/fs/cgroup/cpu.max', 'utf8').catch(() => ''));
  const processors = Math.min(availableParallelism(), quota ?? Number.POSITIVE_INFINITY);
  return [memoryFinding(memory, embedded), processorFinding(processors)];
}

/** Without a limit, the kernel reports zero or a number above the memory of the machine. */
export const memoryLimit = (constrained: number, total: number): number =>
  constrained > 0 ? Math.min(constrained, total) : total;

/** Parses the CPU quota of a control group. `200000 100000` means two processors; `max 100000` means no limit. */
export function readQuota(text: string): number | undefined {
  const [, quota, period] = /^(\d+) (\d+)/.exec(text) ?? [];
  return quota === undefined || Number(period) === 0 ? undefined : Number(quota) / Number(period);
}

export function memoryFinding(bytes: number, embedded: boolean): Finding {
  const least = embedded ? 1_500 : 600;
  const has = `This process may use ${Math.round(bytes / MB)} MB of memory`;
  if (bytes >= least * MB) return ok('Memory', `${has}.`);
  return warning(
    'Memory',
    `${has}, which is little ${embedded ? 'with the embedded database' : 'for exports'}.`,
    `Give it at least ${least} MB (docs/operations/size.md).`,
  );
}

export function processorFinding(processors: number): Finding {
  const has = `${Number(processors.toFixed(2))} processor${processors === 1 ? '' : 's'}`;
  if (processors >= 1) return ok('Processors', `${has}.`);
  return warning('Processors', `${has}.`, 'Give it at least one; reading and hashing use two.');
}

/**
 * @param configured the content of TZ
 * @param used zones of jobs and settings
 */
export function timeZones(configured: string | undefined, used: readonly string[]): Finding[] {
  const topic = 'Time zones';
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  const unknown = used.filter((zone) => !isZone(zone));
  const dataIsThere =
    hourIn('Asia/Tokyo', '2026-01-01T00:00Z') === 9 && hourIn('America/New_York', '2026-07-01T12:00Z') === 8;
  if (!dataIsThere) {
    return [
      problem(
        topic,
        'The time zone data of this Node.js is broken, so jobs would run at the wrong time.',
        'Use the Node.js that Lineup brings, or one with full ICU.',
      ),
    ];
  }
  const findings: Finding[] = [];
  if (configured && !isZone(configured)) {
    findings.push(
      warning(
        topic,
        `TZ names an unknown time zone. This process uses ${zone}.`,
        'Set TZ to a name such as Asia/Tokyo, or remove it. Jobs have their own time zones.',
      ),
    );
  }
  if (unknown.length > 0) {
    findings.push(
      problem(
        topic,
        `Jobs use time zones that this Node.js does not know: ${unknown.join(', ')}.`,
        'Give those jobs another time zone, or use a newer Node.js.',
      ),
    );
  }
  if (findings.length > 0) return findings;
  const version = process.versions.tz ? `, data ${process.versions.tz}` : '';
  return [ok(topic, `This process is in ${zone}${version}; ${used.length} used by jobs and settings.`)];
}

const isZone = (name: string): boolean => {
  try {
    return Boolean(new Intl.DateTimeFormat('en', { timeZone: name }));
  } catch {
    return false;
  }
};

const hourIn = (timeZone: string, at: string): number =>
  Number(new Intl.DateTimeFormat('en', { timeZone, hour: 'numeric', hourCycle: 'h23' }).format(new Date(at)));
