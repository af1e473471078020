/** What the list of a job will hold over the next weeks, as text. */
import type { Outlook } from '../../contracts/outlook.ts';
import { moment, number, table } from '../output.ts';

/** One line a week, and each day on which a number becomes another one would be many. */
const DAYS = 7;

export function describeOutlook(outlook: Outlook, memberDays: number): string {
  const { longest_gap, empty_at, empty_without_runs_at, run, with_runs, without_runs, warning } = outlook;
  const gap =
    longest_gap === null ? 'The job runs once.' : `At most ${number(longest_gap)} days pass between two runs.`;
  const lines = [`Members leave ${number(memberDays)} days after the last run that sends them. ${gap}`];
  if (warning) lines.push(warning.message);
  if (with_runs.length === 0)
    return [...lines, 'No run has sent members yet, so their number is not known.'].join('\n');
  if (run && run.most > run.least)
    lines.push(
      `A run sends at least ${number(run.least)} and at most ${number(run.most)} people: nobody knows how many have both identifiers.`,
    );
  lines.push(
    empty_at === null
      ? 'If all runs come, the list does not run empty.'
      : `If all runs come, the list is empty at ${moment(empty_at)}.`,
    empty_without_runs_at === null
      ? 'The list holds nobody now, or not all leave in this time.'
      : `If no run comes, it is empty at ${moment(empty_without_runs_at)}.`,
  );
  const rows = with_runs.flatMap(({ at, members }, n) =>
    n % DAYS === 0 ? [[at.slice(0, 10), number(members), number(without_runs[n]?.members ?? 0)]] : [],
  );
  const columns = [{ title: 'Day' }, { title: 'Members', right: true }, { title: 'If no run comes', right: true }];
  return [...lines, table(columns, rows), 'At least so many: nobody knows how many members are new in a run.'].join(
    '\n',
  );
}
