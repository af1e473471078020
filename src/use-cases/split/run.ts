/**
 * The run of a split job: one scan is divided by the values of a column, into a file for each. When all are complete,
 * the end of the run gives them to the parts, which send them in runs of their own. So a failure or a kill at any point
 * changes nothing, and the next try begins again.
 */

import type { StoredJob } from '../../contracts/job-store.ts';
import type { Clock } from '../../contracts/ports.ts';
import { destinationOf } from '../../domain/destinations/index.ts';
import { LineupError } from '../../domain/errors/errors.ts';
import { faultOf } from '../../domain/errors/unexpected.ts';
import { segmentOfUpload } from '../../domain/files/file-names.ts';
import {
  MAX_PARTS,
  problemOfValue,
  problemOfValues,
  tooManyParts,
  tooManyValues,
} from '../../domain/jobs/part-values.ts';
import { runFailureOf } from '../../domain/runs/run-error.ts';
import type { RunState } from '../../domain/runs/run-state.ts';
import { type Sentence, sentence } from '../../domain/text/sentence.ts';
import { explainFailure, RefusedError } from '../../export/failure.ts';
import { type Divided, divide } from '../../export/split/divide.ts';
import type { JobsContext } from '../../jobs/context.ts';
import { changesOfValues, type FilledPart, giveParts } from '../../jobs/parts/give.ts';
import type { Execution } from '../../jobs/worker.ts';
import { hasExpired, type WithScan } from '../../sources/scans.ts';
import type { PartFiles } from './files.ts';

export interface SplitRun extends Pick<Execution, 'run' | 'job' | 'journal' | 'signal' | 'onProgress'> {
  readonly context: JobsContext;
  readonly clock: Pick<Clock, 'now'>;
  /** Scans the column, and then the fields of the identifiers. */
  readonly withScan: WithScan;
  readonly files: PartFiles;
  /** The parts as they are now. */
  readonly partsOf: (jobId: string) => Promise<readonly StoredJob[]>;
  /**
   * Judges what each part would send, as a dry run does. Called when one refusal stops all.
   * @throws {RefusedError | LineupError} `parts_refused`, `split_refused`, naming the audiences
   */
  readonly judge: (parts: readonly FilledPart[]) => Promise<void>;
}

/** How often a scan starts again when its source cannot continue. */
const MAX_RESTARTS = 2;

/** Executes the run until its journal has its end. @throws only errors of the journal itself */
export async function runSplit(split: SplitRun): Promise<void> {
  const { journal, signal, files, context, job, run } = split;
  try {
    // What an earlier process has left.
    await files.discard();
    const { divided, parts } = await scan(split);
    const values = parts.map(({ value }) => value);
    refuse(problemOfValues(job.configuration, { values, name: job.name }));
    const before = await split.partsOf(job.id);
    const { added, vanished } = changesOfValues(before, values);
    if (before.length + added.length > MAX_PARTS) refuse(tooManyParts(columnOf(job)));
    await files.keep();
    if (job.configuration.split?.on_refusal === 'all') await split.judge(parts);
    signal.throwIfAborted();
    await journal.append({
      type: 'split',
      at: timeOf(split),
      rows: divided.rows,
      without: divided.without,
      placed: [...divided.parts.values()].reduce((sum, members) => sum + members, 0),
      parts: parts.length,
      added: added.length,
      vanished: vanished.length,
    });
    const { request } = journal.state;
    await journal.append({ type: 'ended', at: timeOf(split), status: 'succeeded', error: null }, (tx) =>
      giveParts(context, tx, { runId: run.id, jobId: job.id, request, parts }),
    );
  } catch (thrown) {
    const refused = thrown instanceof RefusedError && !signal.aborted ? thrown : undefined;
    const known = refused?.refusal.error ?? explainFailure(thrown);
    const error = {
      ...runFailureOf(signal.aborted ? interrupted() : known, journal.state, () => false),
      ...(refused?.judged && { judged: refused.judged }),
    };
    if (error.code === 'internal') context.log.record('run.fault', { run_id: run.id, ...faultOf(thrown) });
    // The tidying finds what is left.
    await files.discard().catch(() => {});
    const status = error.code === 'interrupted' ? 'interrupted' : 'failed';
    await journal.append({ type: 'ended', at: timeOf(split), status, error });
  }
}

const timeOf = ({ clock }: SplitRun): string => clock.now().toISOString();

const interrupted = () => new LineupError('interrupted', sentence`Interrupted: no audience was changed.`);

const columnOf = ({ configuration }: StoredJob): string => configuration.split?.column ?? '';

function refuse(why: Sentence | undefined): void {
  if (why) throw new LineupError('split_refused', why);
}

interface Scanned {
  readonly divided: Divided;
  readonly parts: readonly FilledPart[];
}

async function scan(split: SplitRun): Promise<Scanned> {
  const { withScan, files } = split;
  for (let restarts = 0; ; restarts += 1) {
    try {
      return await withScan(undefined, (opened) => divideScan(split, opened));
    } catch (error) {
      if (!hasExpired(error) || restarts === MAX_RESTARTS) throw error;
      await files.discard();
    }
  }
}

async function divideScan(
  { job, journal: { state }, files, onProgress, signal }: SplitRun,
  opened: Parameters<Parameters<WithScan>[1]>[0],
): Promise<Scanned> {
  const { maxLength } = destinationOf(state.request.destination).name;
  const ids = new Map<string, string>();
  const divided = await divide({
    scan: opened,
    fields: fieldsOf(state),
    accept: (value, count) => {
      if (count > MAX_PARTS) refuse(tooManyValues(columnOf(job)));
      refuse(problemOfValue(job.configuration, { value, name: job.name }, maxLength));
    },
    open: async (value, format) => {
      const file = await files.create(format);
      ids.set(value, file.id);
      return file;
    },
    onRows: (rows, placed) => {
      signal.throwIfAborted();
      const fraction = opened.progress();
      onProgress({
        stage: 'scan',
        rows,
        scanned: rows,
        unique: placed,
        ...(fraction !== undefined && { fraction }),
      });
    },
  });
  const values = [...divided.parts.keys()].sort();
  return { divided, parts: values.map((value) => ({ value, segmentId: segmentOfUpload(ids.get(value)!) })) };
}

const fieldsOf = ({ request }: RunState): string[] => [
  request.field,
  ...(request.siblings ?? []).map(({ field }) => field),
];
