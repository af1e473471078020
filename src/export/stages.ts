/**
 * The stages of a run, as spans of its trace and in the log, at debug level: a line when one begins and one when it has
 * ended, so that a run that does not go on shows where it is. They have ids, codes, counts and durations, but no value,
 * no hash and no name.
 */
import { type LogFields, silentLog } from '../contracts/event-log.ts';
import { noTracer, type Span, type SpanAttributes } from '../contracts/tracing.ts';
import { asLineupError } from '../domain/errors/unexpected.ts';
import type { ExportContext } from './context.ts';
import { explainFailure, RefusedError } from './failure.ts';

/**
 * `run` is the whole one, from its start or its continuation to its end. `place`, `turn`, `replace_turn` and `idle`
 * wait for others: for a place in the process, for the turn at an audience, for one of the REPLACEs of the ad account,
 * and until LINE has no other upload to the audience. `wait` waits for LINE’s job of a chunk.
 */
export type Stage =
  | ('run' | 'place' | 'check' | 'lists' | 'scan' | 'stage' | 'delivery' | 'turn' | 'settle' | 'guard' | 'idle')
  | ('size' | 'upload' | 'replace_turn' | 'wait');

interface Details<Result> {
  readonly fields?: LogFields;
  /** What the line of the end says of the result. */
  readonly found?: (result: Result) => LogFields;
}

type Traced = Pick<ExportContext, 'log' | 'tracer' | 'clock' | 'journal' | 'signal'>;

/** Does the work of a stage. @returns the promise of the work itself, so that the log changes the order of nothing */
export function inStage<Result>(
  context: Traced,
  stage: Stage,
  work: () => Promise<Result>,
  details: Details<Result> = {},
): Promise<Result> {
  const { tracer = noTracer, journal } = context;
  // Whoever gives a run to the export has begun its span: it covers more than the stages.
  if (stage === 'run') return told(context, stage, work, details, tracer.active);
  const attributes = attributesOf({ ...idsOf(journal.state), ...details.fields });
  return tracer.span(stage, (span) => told(context, stage, work, details, span), { attributes });
}

function told<Result>(
  { log = silentLog, ...context }: Traced,
  stage: Stage,
  work: () => Promise<Result>,
  { fields, found }: Details<Result>,
  span: Span | undefined,
): Promise<Result> {
  const { clock, journal, signal } = context;
  const ids = { ...idsOf(journal.state), stage, ...fields };
  const began = clock.monotonic();
  log.record('run.stage_begun', ids);
  const result = work();
  const end = (more: LogFields) => {
    log.record('run.stage_ended', { ...ids, duration_ms: Math.round(clock.monotonic() - began), ...more });
    const isStopped = more.code === 'interrupted';
    span?.set(attributesOf(isStopped ? { ...more, status: 'interrupted' } : more));
    if (more.status === 'failed' && !isStopped) span?.fail(more.code ?? 'internal');
  };
  result.then(
    (value) => end({ status: 'done', ...found?.(value) }),
    (error: unknown) => end({ status: 'failed', code: signal.aborted ? 'interrupted' : codeOf(error) }),
  );
  return result;
}

const attributesOf = (fields: LogFields): SpanAttributes => ({
  'lineup.run.id': fields.run_id,
  'lineup.delivery': fields.delivery,
  'lineup.chunk': fields.chunk,
  'lineup.chunks': fields.chunks,
  'lineup.records': fields.records,
  'lineup.bytes': fields.bytes,
  'lineup.scanned': fields.scanned,
  'lineup.members': fields.members,
  'lineup.upload_job.id': fields.upload_job_id,
  'lineup.status': fields.status,
});

/** The state of an upload job, as LINE has just told it. */
export function logPoll({ log = silentLog, tracer = noTracer, journal }: ExportContext, fields: LogFields): void {
  log.record('run.upload_polled', { ...idsOf(journal.state), ...fields });
  tracer.active?.event('upload_job', attributesOf(fields));
}

/** The number of the delivery is that of one; what is done for several at once has none. */
const idsOf = ({ runId, delivery, siblings }: Traced['journal']['state']): LogFields => ({
  run_id: runId,
  ...(siblings.length === 0 && { delivery }),
});

/** The code of an error, whose sentence may hold names. */
export function codeOf(error: unknown): string {
  return asLineupError(error instanceof RefusedError ? error.refusal.error : explainFailure(error)).code;
}
