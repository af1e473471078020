/**
 * Judges what each part of a scan would send, before any of them gets it: as its own run would, with the same guard and
 * alert rules, but without writing anything. A rule about who leaves needs a run of the part itself, and is not judged.
 */
import type { StoredJob } from '../../contracts/job-store.ts';
import type { RunFolder, RunHistory, RunJournal } from '../../contracts/ports.ts';
import type { Destination } from '../../destinations/destination.ts';
import type { AlertRules } from '../../domain/alerts/alerts.ts';
import { destinationOfJob } from '../../domain/destinations/index.ts';
import { LineupError } from '../../domain/errors/errors.ts';
import { configurationOfPart, withFile } from '../../domain/jobs/parts.ts';
import type { RunRequest } from '../../domain/runs/run.ts';
import type { RunEvent } from '../../domain/runs/run-events.ts';
import { applyEvent, foldRun, type RunState } from '../../domain/runs/run-state.ts';
import { listed, quoted, sentence } from '../../domain/text/sentence.ts';
import { brokenRules } from '../../export/alerts.ts';
import type { ExportContext } from '../../export/context.ts';
import { contextsOf } from '../../export/deliveries.ts';
import { guard } from '../../export/guard.ts';
import { guardInput } from '../../export/may-send.ts';
import { runExport } from '../../export/run.ts';
import { noFolder } from '../../export/stage/chunk-files.ts';
import { rulesOfRun } from '../../jobs/alerts.ts';
import type { FilledPart } from '../../jobs/parts/give.ts';
import type { RunFacts } from '../../jobs/worker.ts';

export interface JudgeOptions {
  readonly job: StoredJob;
  readonly runId: string;
  readonly request: RunRequest;
  /** The parts that are there. */
  readonly parts: readonly StoredJob[];
  /** Alert rules of the workspace. */
  readonly defaults: AlertRules;
  readonly destination: Destination;
  readonly now: () => Date;
  readonly describe: (part: StoredJob, facts: RunFacts) => RunRequest;
  readonly facts: (jobId: string) => Promise<RunFacts>;
  /** The latest sizes of a job, newest first. */
  readonly sizesOf: (jobId: string, runs: number) => Promise<readonly number[]>;
  readonly history: RunHistory;
  /** What else a run of the part needs. */
  readonly contextFor: (
    part: StoredJob,
    request: RunRequest,
  ) => Omit<ExportContext, 'journal' | 'history' | 'destination' | 'traits'>;
}

/** @throws {LineupError} `split_refused`, naming the audiences; the error of a part that could not be judged */
export async function judgeParts(options: JudgeOptions, filled: readonly FilledPart[]): Promise<void> {
  const refused: string[] = [];
  const there = new Map(options.parts.map((part) => [part.part?.value, part]));
  for (const next of filled) {
    const part = there.get(next.value);
    // Nothing is sent for it.
    if (part?.state.status === 'killed') continue;
    if (await isRefused(options, next, part)) refused.push(next.value);
  }
  if (refused.length === 0) return;
  const named = listed(refused.slice(0, MAX_NAMED).map(quoted));
  const more = refused.length - MAX_NAMED;
  const all = more > 0 ? sentence`${named} and ${more} more` : named;
  throw new LineupError(
    'split_refused',
    sentence`A guard or an alert rule refuses what these audiences would get: ${all}. So no audience was changed, as the job says. Check the source, or let each audience stand for itself: its page then tells the numbers, and asks a person.`,
  );
}

/** The most audiences that the sentence names. */
const MAX_NAMED = 10;

async function isRefused(options: JudgeOptions, filled: FilledPart, there: StoredJob | undefined): Promise<boolean> {
  const { job, runId, request: scanned, destination, now, history } = options;
  const part = planned(job, filled, scanned, there);
  const rules = rulesOfRun(part, options.defaults);
  const request: RunRequest = {
    ...options.describe(part, await options.facts(there?.id ?? job.id)),
    ...(rules && { alerts: rules }),
    dryRun: true,
  };
  const traits = destinationOfJob(job.type);
  const journal = new MemoryJournal({
    type: 'started',
    at: now().toISOString(),
    runId,
    rulesVersion: traits.rules.version,
    request,
  });
  const context: ExportContext = {
    ...options.contextFor(part, request),
    journal,
    destination,
    traits,
    history: {
      ...history,
      sizesBefore: async (_, runs, delivery = 1) => (there && delivery === 1 ? options.sizesOf(there.id, runs) : []),
    },
  };
  const { error } = await runExport(context);
  if (error) {
    const { code, message, sentence: text, reason, retryable } = error;
    throw new LineupError(code as LineupError['code'], text ?? message, { reason: reason ?? undefined, retryable });
  }
  for (const delivery of contextsOf(context)) {
    if (guard(guardInput(delivery))) return true;
    const broken = await brokenRules(delivery.journal.state, context.history);
    if (broken.some(({ action }) => action === 'stop')) return true;
  }
  return false;
}

/** The part as it will be. One that is not there yet has no audience. */
function planned(
  job: StoredJob,
  { value, segmentId }: FilledPart,
  request: RunRequest,
  there: StoredJob | undefined,
): StoredJob {
  const configuration = there?.configuration ?? configurationOfPart(job, value, segmentId);
  return {
    ...(there ?? { ...job, audienceId: null, siblingAudienceIds: job.configuration.siblings.map(() => null) }),
    sourceAuthorizationId: null,
    configuration: withFile(configuration, request, segmentId),
  };
}

const NOWHERE: RunFolder = {
  ...noFolder,
  names: async () => [],
  size: async () => undefined,
  read: async function* () {},
  put: async () => {},
  clear: async () => {},
  discard: async () => {},
};

/** A journal that nobody reads again. */
class MemoryJournal implements RunJournal {
  readonly staged = NOWHERE;
  state: RunState;

  constructor(started: Extract<RunEvent, { type: 'started' }>) {
    this.state = foldRun([started]);
  }

  async append(event: RunEvent): Promise<void> {
    this.state = applyEvent(this.state, event);
  }

  assertHeld(): void {}
}
