/**
 * `lineup jobs run-anyway`: shows what the last run of a job was stopped with, and asks whether a person approves it.
 */
import type { Command } from 'commander';
import type { JobView } from '../../contracts/jobs.ts';
import type { RunSummary } from '../../contracts/runs.ts';
import { ownerOfJob } from '../../domain/destinations/index.ts';
import { LineupError } from '../../domain/errors/errors.ts';
import { changeOf, type OpenApproval, seenOf } from '../../domain/jobs/approvals.ts';
import type { JudgedAudience } from '../../domain/runs/run.ts';
import type { Turnover } from '../../domain/runs/turnover.ts';
import type { ApiClient } from '../api/client.ts';
import { findJob } from '../api/find.ts';
import { withApi } from '../api/session.ts';
import { commandFor } from '../next-step.ts';
import { number, paint, printJson, printNotice, safe, signedPercent, table } from '../output.ts';
import { turnoverText } from '../report.ts';
import { waitForRun } from '../runs/follow.ts';
import { assertWaits, type Waiting, waitOptions } from '../runs/wait-options.ts';
import { confirm } from '../terminal.ts';

interface Flags extends Waiting {
  json?: boolean;
  yes?: string;
}

/** @param show prints the job after that */
export const runAnyway = (command: Command, show: (client: ApiClient, job: JobView) => Promise<void>): Command =>
  waitOptions(
    command.option('--yes <numbers>', 'do not ask, if these are the numbers that the command shows, e.g. 2000:900'),
    'wait for the run',
  ).action((idOrName: string, flags: Flags) =>
    withApi(async (session) => {
      assertWaits(flags);
      const { client, signal } = session;
      const job = await findJob(client, idOrName);
      const { approval } = job;
      if (!approval) throw nothingToApprove(job);
      const numbers = numbersOf(approval);
      const owner = ownerOfJob(job.type);
      const described = describeApproval(approval, owner, job.last_run);
      if (flags.yes === undefined) {
        printNotice(described);
        await confirm(`Send this to ${owner}?`, 'run anyway', signal, `--yes ${numbers}`);
      } else if (flags.yes !== numbers) throw otherNumbers(flags.yes, numbers, described);
      const running = await client.call('POST /jobs/:id/actions/run_anyway', {
        params: { id: job.id },
        body: seenOf(approval, job.revision),
      });
      if (flags.wait) await waitForRun(session, running, flags);
      else if (flags.json) printJson(running);
      else await show(client, running);
    }),
  );

function nothingToApprove(job: JobView): LineupError {
  const command = commandFor(job);
  const reason =
    job.condition === 'needs_approval'
      ? `The numbers of the last run of "${job.name}" are not those of the job any more, or were not stored. Run it again: if it stops, you see its present numbers, and can approve them.`
      : `No guard has stopped "${job.name}".`;
  return new LineupError('action_not_allowed', command ? `${reason} Possible now: "${command}".` : reason);
}

const otherNumbers = (given: string, numbers: string, description: string): LineupError =>
  new LineupError(
    'changed_meanwhile',
    `The numbers are not ${given}, so nothing was approved. They are ${numbers}:\n${description}`,
  );

/** For `--yes`: the present size and the new one of each audience. */
export const numbersOf = ({ audiences }: Pick<OpenApproval, 'audiences'>): string =>
  audiences.map(({ before, after }) => `${before?.size ?? '?'}:${after}`).join(',');

/**
 * @param owner of the destination
 * @param last the last run of the job. It says who would join and who would leave
 */
export function describeApproval(
  { run_id, message, audiences }: OpenApproval,
  owner: string,
  last: RunSummary | null,
): string {
  const turnovers = audiences.map(({ delivery }) => (last?.id === run_id ? turnoverOf(last, delivery) : undefined));
  const isKnown = turnovers.some(Boolean);
  const sizes = table(
    [
      { title: 'Audience' },
      { title: `${owner} holds`, right: true },
      { title: 'Would hold', right: true },
      { title: 'Change', right: true },
      ...(isKnown ? [{ title: 'Join, leave', right: true }] : []),
    ],
    audiences.map((audience, n) => [
      nameOf(audience),
      holds(audience),
      number(audience.after),
      changeText(audience),
      ...(isKnown ? [turnovers[n] ? turnoverText(turnovers[n]) : 'unknown'] : []),
    ]),
  );
  const several = audiences.length > 1;
  const reasons = audiences.flatMap((audience) =>
    audience.reasons.map(({ message }) => `- ${several ? `${nameOf(audience)}: ` : ''}${safe(message)}`),
  );
  return [`${paint('bold', 'Stopped')}: run ${run_id}`, sizes, ...reasons, message].join('\n');
}

const turnoverOf = ({ turnover, siblings = [] }: RunSummary, delivery: number): Turnover | undefined =>
  delivery === 1 ? turnover : siblings.find((sibling) => sibling.delivery === delivery)?.turnover;

const nameOf = ({ audienceName, audienceId }: JudgedAudience): string =>
  safe([audienceName && `"${audienceName}"`, audienceId].filter(Boolean).join(' '));

const holds = ({ before }: JudgedAudience): string => {
  if (before === null) return 'new';
  return before.size === null ? 'unknown' : number(before.size);
};

function changeText(audience: JudgedAudience): string {
  const change = changeOf(audience);
  return change === undefined ? '–' : signedPercent(change);
}
