/**
 * Counts who joins an audience and who leaves it, by the fingerprints of this run and of the last one. It only reads
 * what the kernel knows of the staged lines, and decides nothing. When it does not succeed, or not in time, the numbers
 * are not known, and the run goes on.
 */
import type { EarlierFingerprints, FingerprintFiles } from '../../contracts/fingerprints.ts';
import type { Clock } from '../../contracts/ports.ts';
import type { DestinationTraits } from '../../domain/destinations/traits.ts';
import type { RunRequest, SuppressedBy } from '../../domain/runs/run.ts';
import { mayLeave, type Turnover } from '../../domain/runs/turnover.ts';
import { isVaried } from '../../domain/runs/varied.ts';
import type { ExportContext } from '../context.ts';
import type { LineSet } from '../stage/kernel-runner.ts';
import type { Staged } from '../stage/types.ts';
import { FINGERPRINT_VERSION, Fingerprints } from './fingerprints.ts';

/** A file system that does not answer holds a run no longer than this. 100 million members take some ten seconds. */
export const MAX_COUNTING_MS = 120_000;

/**
 * Those that have not answered in time, until they do. Meanwhile no run waits for them again: Node.js has few threads
 * for files, and each that hangs is one less for everything else.
 */
const hanging = new WeakSet<FingerprintFiles>();

/** Whether the numbers are wanted. Then the staging must keep its lines. */
export const countsTurnover = (
  { fingerprints, traits }: Pick<ExportContext, 'fingerprints' | 'traits'>,
  request: Pick<RunRequest, 'mode'>,
): boolean => fingerprints !== undefined && mayLeave(traits, request);

/** Of a dry run: it compares with the fingerprints that are there, and keeps none. */
const onlyComparing = (files: FingerprintFiles): FingerprintFiles => ({
  key: () => files.key(),
  earlier: (delivery) => files.earlier(delivery),
  write: async (_delivery, _row, bytes) => {
    for await (const _ of bytes);
    return async () => {};
  },
});

type Counted = Staged & { readonly suppression?: readonly SuppressedBy[] | undefined };

/** @returns undefined when the numbers are not known */
export async function countTurnover(context: ExportContext, staged: Counted): Promise<Turnover | undefined> {
  const { fingerprints, journal, clock, log, signal } = context;
  const { lines } = staged;
  if (!fingerprints || !lines) return undefined;
  const files = journal.state.request.dryRun ? onlyComparing(fingerprints) : fingerprints;
  try {
    return await inTime(fingerprints, clock, signal, (either) => count(context, files, lines, staged, either));
  } catch (err) {
    const { runId, delivery } = journal.state;
    log?.record('run.turnover_unknown', { run_id: runId, delivery, err });
    return undefined;
  } finally {
    lines.release();
  }
}

/** Work with the files, which ends in any case. @throws {Error} when the file system does not answer */
export async function inTime<Result>(
  files: FingerprintFiles,
  { sleep }: Pick<Clock, 'sleep'>,
  signal: AbortSignal,
  work: (signal: AbortSignal) => Promise<Result>,
): Promise<Result> {
  if (hanging.has(files)) throw new Error('the file system of the fingerprints still does not answer');
  const over = new AbortController();
  const either = AbortSignal.any([signal, over.signal]);
  try {
    const working = work(either);
    const tooLong = sleep(MAX_COUNTING_MS, either).then(() => {
      hanging.add(files);
      const answered = () => hanging.delete(files);
      void working.then(answered, answered);
      throw new Error('the file system of the fingerprints does not answer in time');
    });
    return await Promise.race([working, tooLong]);
  } finally {
    // What still waits for the file system must not go on when it answers.
    over.abort();
  }
}

async function count(
  { journal, traits }: ExportContext,
  files: FingerprintFiles,
  lines: LineSet,
  { chunks, counts: { unique }, suppression }: Counted,
  signal: AbortSignal,
): Promise<Turnover | undefined> {
  const key = await files.key();
  const all = new Fingerprints(key, lines);
  const row = { form: formOf(traits, journal.state.request), count: unique, chunks, key };
  const earlier = new Earlier(
    await files.earlier(journal.state).catch((error: unknown) => new Unreadable(error)),
    row.form,
  );
  signal.throwIfAborted();
  const keep = await files.write(journal.state, row, all.sorted(earlier.read()));
  if (all.lines !== unique) throw new Error('the set of the kernel has another number of lines');
  signal.throwIfAborted();
  // A process that has lost the run must not replace what another one has written for it.
  journal.assertHeld();
  await keep();
  if (earlier.error) throw earlier.error;
  if (!earlier.found) return undefined;
  return {
    joining: unique - all.common,
    leaving: earlier.found.count - all.common,
    ...(isVaried(journal.state.request, suppression, earlier.found.run) && { varied: true }),
  };
}

/** What decides which lines a value becomes. */
export const formOf = (
  { id, rules }: DestinationTraits,
  { identifierType, ifaFormat }: Pick<RunRequest, 'identifierType' | 'ifaFormat'>,
): string =>
  JSON.stringify([FINGERPRINT_VERSION, id, rules.version, identifierType, identifierType === 'ifa' ? ifaFormat : null]);

class Unreadable {
  readonly error: unknown;
  constructor(error: unknown) {
    this.error = error;
  }
}

/** The earlier fingerprints. They never fail while they are read: those of this run must be written in any case. */
class Earlier {
  error: unknown;
  readonly found: EarlierFingerprints | undefined;

  constructor(found: EarlierFingerprints | Unreadable | undefined, form: string) {
    if (found instanceof Unreadable) this.error = found.error;
    else if (found?.form === form) this.found = found;
  }

  async *read(): AsyncGenerator<Uint8Array, void> {
    try {
      if (this.found) yield* this.found.read();
    } catch (error) {
      this.error = error;
    }
  }
}
