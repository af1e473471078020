/** Which options may be given several times, and what happens to the others. */
import type { Command, Option } from 'commander';
import { LineupError } from '../domain/errors/errors.ts';

const repeatable = new Set([
  '--env',
  '--reference',
  '--cron',
  '--suppress',
  '--suppression-list',
  '--alert',
  '--sibling',
  '--suppress-field',
]);

/** Simulators allow it for all options. */
export const mayRepeat = (command: Command, option: Option): boolean =>
  command.parent?.name() === 'simulate' || repeatable.has(option.long ?? '');

/** Commander would use only the last of two values: a second --source would silently replace the first. */
export function refuseRepeated(command: Command): void {
  for (const option of command.options) {
    if (option.isBoolean() || mayRepeat(command, option)) continue;
    let given = false;
    command.on(`option:${option.name()}`, () => {
      if (given) throw givenTwice(option.long ?? option.name());
      given = true;
    });
  }
}

const givenTwice = (flag: string): LineupError =>
  new LineupError(
    'invalid_argument',
    flag === '--source'
      ? "--source is given more than once, but takes one value. For several files, use a pattern in quotes, such as 'daily/*.csv' or 'daily/{a,b}.csv'."
      : `${flag} is given more than once, but takes one value.`,
  );
