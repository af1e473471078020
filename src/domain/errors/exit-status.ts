/**
 * The exit statuses of the command line: the only place with their numbers and their meanings. The help shows this
 * table, and `test/cli/exit-status.test.ts` compares the documentation with it. 69 and 75 are those of sysexits.h, 124
 * is that of timeout(1), and 130 that of a shell after Ctrl-C.
 */
export const exits = [
  { why: 'done', status: 0, local: 'success', waiting: 'the run succeeded' },
  {
    why: 'failed',
    status: 1,
    local: 'the run failed',
    waiting: 'it failed, and the service does not try again',
  },
  { why: 'usage', status: 2, local: 'wrong usage or configuration', waiting: 'wrong usage or configuration' },
  { why: 'refused', status: 3, local: 'stopped by a guard', waiting: 'stopped by a guard' },
  { why: 'away', status: 69, local: null, waiting: 'the service cannot be reached' },
  { why: 'retrying', status: 75, local: null, waiting: 'it failed, and the service tries again by itself' },
  { why: 'timed_out', status: 124, local: null, waiting: '--timeout has passed; the run continues' },
  {
    why: 'interrupted',
    status: 130,
    local: 'interrupted',
    waiting: 'the run was stopped, or waiting was interrupted',
  },
] as const;

export type Exit = (typeof exits)[number]['why'];

export const exitStatus = Object.fromEntries(exits.map(({ why, status }) => [why, status])) as Readonly<
  Record<Exit, number>
>;

const listOf = (how: 'local' | 'waiting'): string =>
  exits.flatMap((exit) => (exit[how] === null ? [] : [`${exit.status} ${exit[how]}`])).join(', ');

/** For the help of `export`. */
export const EXITS_OF_EXPORT = `Exit status: ${listOf('local')}.`;
/** For the help of commands that wait for a run of a service. */
export const EXITS_OF_WAITING = `Exit status: ${listOf('waiting')}.`;
