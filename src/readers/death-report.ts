/**
 * The last report of a reader: it writes the cause to standard error before it ends, and the service reads it there.
 * Small, because the watchdog thread loads it.
 */
import { writeSync } from 'node:fs';

const PREFIX = 'lineup-reader: ';

/** In a reader: writes one line, without any data of members. */
export function reportDeath(line: string): void {
  try {
    writeSync(2, `${PREFIX}${line}\n`);
  } catch {
    // The service no longer reads it.
  }
}

/** Why a reader ended although the service had not ended it. */
export type DeathCause = 'memory' | 'stuck' | 'killed' | 'fault' | 'crash';

export interface Death {
  readonly cause: DeathCause;
  /** The signal, the exit status or the kind of error. */
  readonly detail: string;
}

/** @param errorOutput the end of its standard error, where V8 also reports a full heap */
export function readDeath(status: number | null, signal: NodeJS.Signals | null, errorOutput: string): Death {
  const line = errorOutput.split('\n').findLast((line) => line.startsWith(PREFIX));
  const [cause, ...detail] = line?.slice(PREFIX.length).split(' ') ?? [];
  const how = signal ?? `exit ${status}`;
  if (cause === 'memory' || /heap out of memory|heap limit/i.test(errorOutput)) return { cause: 'memory', detail: how };
  if (cause === 'stuck') return { cause, detail: how };
  if (cause === 'fault') return { cause, detail: detail.join(' ') || how };
  // Neither the service nor the watchdog thread killed it, so the system did.
  if (signal === 'SIGKILL') return { cause: 'killed', detail: how };
  return { cause: 'crash', detail: how };
}
