/** The flags of a job that fills an audience for each value of a column. */
import type { Command } from 'commander';
import { LineupError } from '../../domain/errors/errors.ts';
import { refusalChoices } from '../../domain/jobs/split.ts';
import type { BodyOf } from '../api/client.ts';
import { oneOf } from '../options.ts';

type Split = BodyOf<'POST /jobs'>['configuration']['split'];

export interface SplitFlags {
  splitBy?: string;
  audienceTemplate?: string;
  onRefusal?: (typeof refusalChoices)[number];
}

/** Of a job that is given a column alone. */
const TEMPLATE = '{name} {value}';

export const splitOptions = (command: Command): Command =>
  command
    .option(
      '--split-by <column>',
      'fill an audience for each value of this column, at most 200; each becomes a job of its own',
    )
    .option(
      '--audience-template <text>',
      `with --split-by: the name of each audience; {value} is the value, {name} the name of the job (default: "${TEMPLATE}")`,
    )
    .option(
      '--on-refusal <choice>',
      'with --split-by, when a guard stops an audience: one (only that one, the default) or all',
      oneOf('--on-refusal', refusalChoices),
    );

/**
 * Undefined when no flag gives it.
 * @param edited that of the edited job
 */
export function splitOf({ splitBy, audienceTemplate, onRefusal }: SplitFlags, edited: Split): Split {
  if ((splitBy ?? audienceTemplate ?? onRefusal) === undefined) return undefined;
  const column = splitBy ?? edited?.column;
  if (column === undefined) {
    throw new LineupError('invalid_argument', 'Name the column whose values name the audiences with --split-by.');
  }
  return {
    name_template: TEMPLATE,
    ...edited,
    column,
    ...(audienceTemplate !== undefined && { name_template: audienceTemplate }),
    ...(onRefusal !== undefined && { on_refusal: onRefusal }),
  };
}
