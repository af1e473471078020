/**
 * Judges what each part of a scan would send, before any of them gets it: as its own run would, with the same guard and
 * alert rules, but without writing anything. What a person approves of it goes on to the runs of the parts
 * (src/jobs/parts/scan.ts).
 */
import type { StoredJob } from '../../contracts/job-store.ts';
import type { RunFolder, RunHistory, RunJournal } from '../../contracts/ports.ts';
import type { Destination } from '../../destinations/destination.ts';
import type { AlertRules } from '../../domain/alerts/alerts.ts';
import { destinationOfJob, ownerOf } from '../../domain/destinations/index.ts';
import { LineupError } from '../../domain/errors/errors.ts';
import { type Approval, beyondApproval, MAX_JUDGED } from '../../domain/jobs/approvals.ts';
import { deliveriesOfJob } from '../../domain/jobs/audiences.ts';
import { configurationOfPart, withFile } from '../../domain/jobs/parts.ts';
import type { Judgement, RunRequest } from '../../domain/runs/run.ts';
import type { RunEvent } from '../../domain/runs/run-events.ts';
import { applyEvent, deliveryOf, foldRun, type RunState } from '../../domain/runs/run-state.ts';
import { dividedSource } from '../../domain/runs/varied.ts';
import { joinSentences, listed, quoted, sentence, type Value } from '../../domain/text/sentence.ts';
import { alertRefusal, brokenRules } from '../../export/alerts.ts';
import type { ExportContext } from '../../export/context.ts';
import { contextsOf } from '../../export/deliveries.ts';
import { RefusedError } from '../../export/failure.ts';
import { guard } from '../../export/guard.ts';
import { type Judged, judgedAudienceOf } from '../../export/judgement.ts';
import { guardInput } from '../../export/may-send.ts';
import { runExport } from '../../export/run.ts';
import { noFolder } from '../../export/stage/chunk-files.ts';
import { rulesOfRun } from '../../jobs/alerts.ts';
import type { FilledPart } from '../../jobs/parts/give.ts';
import type { RunFacts } from '../../jobs/worker.ts';
import type { SiblingAudience } from '../../store/repositories/run-history.ts';

export interface JudgeOptions {
  readonly job: StoredJob;
  readonly runId: string;
  readonly request: RunRequest;
  /** What a person has approved of an earlier scan of the job. */
  readonly approval: Approval | null;
  /** The parts that are there. */
  readonly parts: readonly StoredJob[];
  /** Alert rules of the workspace. */
  readonly defaults: AlertRules;
  readonly destination: Destination;
  readonly now: () => Date;
  readonly describe: (part: StoredJob, facts: RunFacts) => RunRequest;
  readonly facts: (jobId: string) => Promise<RunFacts>;
  /** The latest sizes of a job, newest first. */
  readonly sizesOf: (jobId: string, runs: number, sibling?: SiblingAudience) => Promise<readonly number[]>;
  readonly history: RunHistory;
  /** Those that runs have left. They are only compared with. */
  readonly fingerprints: ExportContext['fingerprints'];
  /** What else a run of the part needs. */
  readonly contextFor: (
    part: StoredJob,
    request: RunRequest,
  ) => Omit<ExportContext, 'journal' | 'history' | 'fingerprints' | 'destination' | 'traits'>;
}

/**
 * @throws {RefusedError} `parts_refused` with what a person can approve; {LineupError} `split_refused` when nobody can
 * approve one of them; the error of a part that could not be judged. Both refusals name the audiences
 */
export async function judgeParts(options: JudgeOptions, filled: readonly FilledPart[]): Promise<void> {
  const there = new Map(options.parts.map((part) => [part.part?.value, part]));
  const judged: JudgedPart[] = [];
  for (const next of filled) {
    const part = there.get(next.value);
    // Nothing is sent for it.
    if (part?.state.status === 'killed') continue;
    const audiences = await judge(options, next, part);
    if (audiences.some(({ refusals }) => refusals.length > 0)) {
      judged.push({ value: next.value, revision: part?.revision ?? FIRST_REVISION, audiences });
    }
  }
  if (judged.length === 0) return;
  const names = namesOf(judged);
  const judgement = openJudgement(judged, options.request);
  if (!judgement) {
    throw new LineupError(
      'split_refused',
      sentence`A guard or an alert rule refuses what these audiences would get: ${names}. So no audience was changed, as the job says. Check the source, or let each audience stand for itself: its page then tells the numbers, and asks a person.`,
    );
  }
  const { approval } = options;
  if (approval && beyondApproval(approval.audiences, judgement.audiences).length === 0) return;
  const refusal = sentence`A guard or an alert rule refuses what these audiences would get: ${names}. So no audience was changed, as the job says. Check the source, or approve what they would get.`;
  const text = approval ? joinSentences(sentence`The result is not the one that was approved.`, refusal) : refusal;
  throw new RefusedError({ error: new LineupError('parts_refused', text), allowWith: null }, judgement);
}

/** The most audiences that the sentence names. */
const MAX_NAMED = 10;

/** Of a job when it is created. */
const FIRST_REVISION = 1;

/** A part that was refused, with all of its audiences. */
interface JudgedPart {
  readonly value: string;
  /** Of its job. */
  readonly revision: number;
  readonly audiences: readonly Judged[];
}

function namesOf(judged: readonly JudgedPart[]): Value {
  const named = listed(judged.slice(0, MAX_NAMED).map(({ value }) => quoted(value)));
  const more = judged.length - MAX_NAMED;
  return more > 0 ? sentence`${named} and ${more} more` : named;
}

/** Undefined when nobody can approve one of them, as an empty one, or when they are too many to look at. */
function openJudgement(judged: readonly JudgedPart[], { source }: RunRequest): Judgement | undefined {
  const isFinal = judged.some(({ audiences }) =>
    audiences.some(({ refusals }) => refusals.some(({ reason }) => reason === undefined)),
  );
  const audiences = judged.flatMap(({ value, revision, audiences: all }) =>
    all.map((audience) => {
      const { suppressed, held_out } = audience.state.staged?.counts ?? {};
      return {
        ...judgedAudienceOf(audience),
        part: { value, revision },
        ...(suppressed !== undefined && { suppressed }),
        ...(held_out !== undefined && { held_out }),
      };
    }),
  );
  if (isFinal || audiences.length > MAX_JUDGED) return undefined;
  return { audiences, sourceRevision: source.revision ?? null };
}

/** The audiences of a part, with the reasons against what each would get. */
async function judge(
  options: JudgeOptions,
  filled: FilledPart,
  there: StoredJob | undefined,
): Promise<readonly Judged[]> {
  const { job, runId, request: scanned, destination, now, history } = options;
  const part = planned(job, filled, scanned, there);
  const rules = rulesOfRun(part, options.defaults);
  const { source, ...described } = options.describe(part, await options.facts(there?.id ?? job.id));
  const divided = dividedSource(scanned, filled.value);
  const request: RunRequest = {
    source: { ...source, ...(divided && { divided }) },
    ...described,
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
    // Only this rule needs them.
    fingerprints: rules?.leaving_share && options.fingerprints,
    journal,
    destination,
    traits,
    history: {
      ...history,
      sizesBefore: async (_, runs, delivery = 1) => {
        const { audienceId, request: asked } = deliveryOf(journal.state, delivery);
        const { identifierType, field } = asked;
        const sibling = delivery === 1 ? undefined : { audienceId, identifierType, field };
        return there ? options.sizesOf(there.id, runs, sibling) : [];
      },
    },
  };
  const { error } = await runExport(context);
  if (error) {
    const { code, message, sentence: text, reason, retryable } = error;
    throw new LineupError(code as LineupError['code'], text ?? message, { reason: reason ?? undefined, retryable });
  }
  const names = deliveriesOfJob(part).map(({ configuration }) => configuration.audience_name);
  const judged: Judged[] = [];
  for (const [n, delivery] of contextsOf(context).entries()) {
    const { state } = delivery.journal;
    const refusal = guard(guardInput(delivery));
    const broken = (await brokenRules(state, context.history)).filter(({ action }) => action === 'stop');
    const owner = ownerOf(traits);
    const refusals = [...(refusal ? [refusal] : []), ...broken.map((rule) => alertRefusal(rule, owner))];
    judged.push({ state, name: names[n] ?? null, refusals });
  }
  return judged;
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
