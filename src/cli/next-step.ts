/**
 * What a person can do next about a run, as a command. What is possible is decided elsewhere, by the rules that also
 * refuse: for the service by the state machine (`actions` of a job), for a data directory by
 * `LocalExports.mayContinue`. So no command is offered that would be refused.
 */
import { calledAs } from '../config/environment.ts';
import type { JobAction, JobView } from '../contracts/jobs.ts';
import type { RunDocument } from '../domain/runs/run.ts';

export interface NextStep {
  /** When, or what happens without it. */
  readonly what: string;
  /** Null when nothing has to be done, or somebody else must do it. */
  readonly command: string | null;
}

const CONTINUE = 'Continue with';
const CORRECTED = 'When the cause is gone, continue with';

/**
 * The next step after a run of a data directory.
 * @param mayContinue whether the run can continue
 */
export function afterLocalRun({ runId, status, error }: RunDocument, mayContinue: boolean): NextStep | null {
  if (!mayContinue) return null;
  const resume = `${calledAs()} export --resume ${runId}`;
  if (!error) return { what: `The process of this run has ended. ${CONTINUE}`, command: resume };
  const { allowShrinkTo, shrunkList } = error;
  if (allowShrinkTo !== null) {
    return {
      what: 'If this size is correct, continue with',
      command: `${resume} --max-shrink ${allowShrinkTo}`,
    };
  }
  if (shrunkList) {
    // Rounded up, so that it is enough.
    const share = Math.ceil((1 - shrunkList.after / shrunkList.before) * 100) / 100;
    return {
      what: 'If this size is correct, continue with',
      command: `${resume} --suppress-max-shrink ${Math.min(1, share)}`,
    };
  }
  return { what: status === 'interrupted' || error.retryable ? CONTINUE : CORRECTED, command: resume };
}

/** The commands that take a job on, the best one first. */
const commands = [
  ['run_anyway', 'run-anyway'],
  ['continue', 'continue'],
  ['resume', 'resume'],
  ['run_now', 'run'],
] as const satisfies readonly (readonly [JobAction, string])[];

/** The command that takes a job on; undefined when it needs none, or there is none. */
export function commandFor({ id, actions, last_run, condition }: JobView): string | undefined {
  if (condition === 'running') return last_run ? `${calledAs()} runs watch ${last_run.id}` : undefined;
  const [, command] = commands.find(([action]) => actions.includes(action)) ?? [];
  return command && `${calledAs()} jobs ${command} ${id}`;
}

/**
 * The next step after a run of a job that did not succeed.
 * @param run the last run of the job has this id, or another run decides now
 * @param mayAct whether the person may act on jobs
 */
export function afterRun(job: JobView, run: { readonly id: string }, mayAct: boolean): NextStep | null {
  if (job.last_run?.id !== run.id) return null;
  // A run before they are entered would fail in the same way.
  if (job.condition === 'waiting' && job.last_run.error?.code === 'credentials_lost')
    return { what: 'The job goes on when the credentials are entered again', command: null };
  const command = commandFor(job);
  if (command !== undefined && (job.condition === 'running' || mayAct)) return { what: whatOf(job), command };
  // What the service does by itself is worth knowing also without a command.
  return job.next_run_at === null && !job.runs_when ? null : { what: itself(job), command: null };
}

function whatOf(job: JobView): string {
  switch (job.condition) {
    case 'running':
      return 'The run goes on. Follow it with';
    case 'needs_approval':
      return job.actions.includes('run_anyway')
        ? 'If these numbers are correct, approve them. Continue with'
        : 'Its numbers can no longer be approved. For new ones, continue with';
    case 'failed':
      return CORRECTED;
    case 'retrying':
    case 'waiting':
    case 'scheduled':
      return `${itself(job)}. To try now`;
    default:
      return CONTINUE;
  }
}

const itself = ({ condition, waits_for, next_run_at, runs_when }: JobView): string => {
  if (waits_for) {
    const corrected = waits_for === 'key' ? 'the credentials work' : 'the clock is right';
    return `The job goes on when ${corrected}${next_run_at === null ? '' : `, and looks again at ${next_run_at}`}`;
  }
  const does = `The service ${condition === 'scheduled' ? 'runs it again' : 'tries again'}`;
  return next_run_at === null && runs_when ? `${does} ${runs_when.message}` : `${does} at ${next_run_at}`;
};
