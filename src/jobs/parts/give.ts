/**
 * Gives the parts of a split job the members of a scan, in the transaction that ends its run as succeeded. Whoever dies
 * before or after it loses nobody, and the run makes no part twice.
 */
import type { JobTransaction, StoredJob } from '../../contracts/job-store.ts';
import { LineupError } from '../../domain/errors/errors.ts';
import { conditionOf } from '../../domain/jobs/conditions.ts';
import { MAX_PARTS, tooManyParts } from '../../domain/jobs/part-values.ts';
import { configurationOfPart, nameOfPart, withFile } from '../../domain/jobs/parts.ts';
import { system } from '../../domain/people/people.ts';
import type { RunRequest } from '../../domain/runs/run.ts';
import { listed, localized, quoted, type Sentence, sentence, type Value } from '../../domain/text/sentence.ts';
import { create } from '../act.ts';
import { type JobsContext, within } from '../context.ts';

/** A value of the column, with the file of its members. */
export interface FilledPart {
  readonly value: string;
  /** As a job names the file. */
  readonly segmentId: string;
}

export interface Scanned {
  readonly runId: string;
  readonly jobId: string;
  readonly request: Pick<RunRequest, 'field' | 'siblings' | 'split'>;
  readonly parts: readonly FilledPart[];
}

/** How the values of a scan differ from those of the scans before. */
export interface ChangedValues {
  readonly added: readonly string[];
  /** That had vanished before. */
  readonly returned: readonly string[];
  readonly vanished: readonly string[];
}

/** @param parts of the scans before */
export function changesOfValues(parts: readonly Pick<StoredJob, 'part'>[], values: readonly string[]): ChangedValues {
  const known = new Map(parts.map(({ part }) => [part?.value ?? '', part?.run ?? '']));
  // Ids of runs sort by time.
  const last = [...known.values()].reduce((latest, run) => (run > latest ? run : latest), '');
  const now = new Set(values);
  return {
    added: values.filter((value) => !known.has(value)),
    returned: values.filter((value) => known.has(value) && known.get(value)! < last),
    vanished: [...known].filter(([value, run]) => run === last && !now.has(value)).map(([value]) => value),
  };
}

/** @throws {LineupError} `run_superseded` when the job has another column now; `split_refused` for too many parts */
export async function giveParts(
  context: JobsContext,
  tx: JobTransaction,
  { runId, jobId, request, parts }: Scanned,
): Promise<void> {
  const job = await tx.lockJob(jobId);
  const { split } = job.configuration;
  // Nothing begins by itself any more.
  if (job.state.status === 'killed') return;
  if (!split || split.column !== request.split?.column) {
    throw new LineupError('run_superseded', sentence`The job was changed during run ${runId}, so a new run starts.`);
  }
  const before = await tx.lockParts(jobId);
  const changes = changesOfValues(
    before,
    parts.map(({ value }) => value),
  );
  if (before.length + changes.added.length > MAX_PARTS) {
    throw new LineupError('split_refused', tooManyParts(split.column));
  }
  const byValue = new Map(before.map((part) => [part.part?.value, part]));
  for (const { value, segmentId } of parts) {
    const there = byValue.get(value);
    if (there) {
      await tx.pointPart(there.id, withFile(there.configuration, request, segmentId), runId, context.now());
      continue;
    }
    await create(within(context, tx, system), newPart(job, value, segmentId, request), null, {
      of: jobId,
      value,
      run: runId,
    });
  }
  await record(context, tx, { job, runId, changes, isFirst: before.length === 0 });
}

const newPart = (
  job: StoredJob,
  value: string,
  segmentId: string,
  request: Scanned['request'],
): Parameters<typeof create>[1] => ({
  type: job.type,
  name: nameOfPart(job.name, value),
  description: '',
  tags: [...job.tags],
  authorization_id: job.authorizationId,
  source_authorization_id: null,
  configuration: withFile(configurationOfPart(job, value, segmentId), request, segmentId),
});

interface Told {
  readonly job: StoredJob;
  readonly runId: string;
  readonly changes: ChangedValues;
  readonly isFirst: boolean;
}

/** In the log of the job, each value; in a notification, all of them together. */
async function record(context: JobsContext, tx: JobTransaction, { job, runId, changes, isFirst }: Told): Promise<void> {
  const { added, returned, vanished } = changes;
  const { status } = job.state;
  const line = { jobId: job.id, from: status, to: status, condition: conditionOf(job.state), actor: system, runId };
  const lines: [action: string, values: readonly string[], reason: (value: string) => Sentence][] = [
    [
      'part_added',
      added,
      (value) => sentence`The value "${value}" is new, and has an audience of its own from now on.`,
    ],
    [
      'part_returned',
      returned,
      (value) => sentence`The value "${value}" is there again, so its audience is updated again.`,
    ],
    [
      'part_vanished',
      vanished,
      (value) =>
        sentence`The value "${value}" was not in the scan. Its audience stays as it is, and is not updated until the value comes again.`,
    ],
  ];
  for (const [action, values, reason] of lines) {
    for (const value of values) {
      await tx.recordTransition({ ...line, action, reason: localized(reason(value)) }, context.now());
    }
  }
  // Whoever has made the job knows that its values are new.
  if (vanished.length === 0 && (isFirst || added.length === 0)) return;
  const about = { at: context.now().toISOString(), jobId: job.id, jobName: job.name, runId };
  await tx.publish({
    type: 'values_changed',
    ...about,
    added: [...added],
    vanished: [...vanished],
    ...textOf(changes),
  });
}

/** The most values that a message names. */
const MAX_NAMED = 10;

function textOf({ added, vanished }: ChangedValues) {
  const named = (values: readonly string[]): Value => {
    const first = listed(values.slice(0, MAX_NAMED).map(quoted));
    const more = values.length - MAX_NAMED;
    return more > 0 ? sentence`${first} and ${more} more` : first;
  };
  if (added.length === 0) {
    return localized(
      sentence`These values are no longer there: ${named(vanished)}. Their audiences stay as they are, and are not updated.`,
    );
  }
  if (vanished.length === 0) {
    return localized(sentence`These values are new, and have audiences of their own from now on: ${named(added)}.`);
  }
  return localized(
    sentence`These values are new: ${named(added)}. These are no longer there, and their audiences stay as they are: ${named(vanished)}.`,
  );
}
