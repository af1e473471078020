/** What a reader says on standard error before it ends itself, and how the service reads of what it died. */
import { writeSync } from 'node:fs';

const PREFIX = 'lineup-reader: ';

/** In a reader: one line, without anything of a member in it. */
export function reportDeath(line: string): void {
  try {
    writeSync(2, `${PREFIX}${line}\n`);
  } catch {
    // Nobody listens any more.
  }
}

/** Why a reader ended that nobody had told to. */
export type DeathCause = 'memory' | 'stuck' | 'killed' | 'fault' | 'crash';

export interface Death {
  readonly cause: DeathCause;
  /** The signal, the exit status or the kind of error. */
  readonly detail: string;
}

/** @param errorOutput the end of its standard error; V8 tells there that its heap is full */
export function readDeath(status: number | null, signal: NodeJS.Signals | null, errorOutput: string): Death {
  const line = errorOutput.split('\n').findLast((line) => line.startsWith(PREFIX));
  const [cause, detail] = line?.slice(PREFIX.length).split(' ') ?? [];
  const how = signal ?? `exit ${status}`;
  if (cause === 'memory' || /heap out of memory|heap limit/i.test(errorOutput))
    return { cause: 'memory', detail: how };
  if (cause === 'stuck') return { cause, detail: how };
  if (cause === 'fault') return { cause, detail: detail ?? how };
  // Nobody here did it.
  if (signal === 'SIGKILL') return { cause: 'killed', detail: how };
  return { cause: 'crash', detail: how };
}
