/** A process that crashes writes no secrets and no members to a file. */
import { writeFileSync } from 'node:fs';

/**
 * Leaves the memory of this process, and of those that it starts, out of core dumps, also where a program of the system
 * takes these and ignores `ulimit -c`. Only Linux has this setting; on other systems this does nothing.
 */
export function leaveOutOfCoreDumps(): void {
  try {
    writeFileSync('/proc/self/coredump_filter', '0');
  } catch {}
}
