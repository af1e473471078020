/** The flags of commands that start a run and may wait for it. */
import type { Command } from 'commander';
import { LineupError } from '../../domain/errors/errors.ts';
import { EXITS_OF_WAITING } from '../../domain/errors/exit-status.ts';
import { duration } from '../options.ts';

export interface Waiting {
  readonly wait?: boolean;
  /** In milliseconds. */
  readonly timeout?: number;
  readonly attach?: boolean;
}

export const waitOptions = (command: Command, wait: string): Command =>
  timeoutOption(command.option('--wait', wait)).addHelpText('after', `\nWith --wait: ${EXITS_OF_WAITING}`);

export const timeoutOption = (command: Command): Command =>
  command.option(
    '--timeout <duration>',
    'stop waiting after this time, such as 90s, 30m or 2h; the run continues (default: wait until it ends)',
    duration('--timeout'),
  );

/** @throws {LineupError} `invalid_argument` for a flag that only waiting has */
export function assertWaits({ wait, timeout, attach }: Waiting): void {
  if (wait) return;
  const flag = timeout === undefined ? attach && '--attach' : '--timeout';
  if (flag) throw new LineupError('invalid_argument', `${flag} works only with --wait. Give both.`);
}
