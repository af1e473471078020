/**
 * Counts who joins an audience and who leaves it, by the fingerprints of this run and of the last one. It reads what is
 * staged, once, and changes nothing of it. When it does not succeed, the numbers are not known, and the run goes on.
 */
import type { EarlierFingerprints } from '../../contracts/fingerprints.ts';
import type { DestinationTraits } from '../../domain/destinations/traits.ts';
import type { RunRequest } from '../../domain/runs/run.ts';
import { mayLeave, type Turnover } from '../../domain/runs/turnover.ts';
import type { ExportContext } from '../context.ts';
import { headingBytes } from '../stage/chunk-files.ts';
import { giveBackUsed, takeUsedMemory } from '../stage/kernel-memories.ts';
import type { Staged } from '../stage/types.ts';
import { Fingerprints } from './fingerprints.ts';

/** @returns undefined when the numbers are not known */
export async function countTurnover(context: ExportContext, staged: Staged): Promise<Turnover | undefined> {
  const { fingerprints: files, journal, traits, log } = context;
  const { runId, delivery, request } = journal.state;
  if (!files || request.dryRun || !mayLeave(traits, request)) return undefined;
  const memory = takeUsedMemory();
  try {
    const all = new Fingerprints(await files.key(), memory);
    await addLines(all, context, staged);
    if (all.lines !== staged.counts.unique) throw new Error('the staged chunks have another number of lines');
    const row = { form: formOf(traits, request), count: all.lines };
    const earlier = new Earlier(
      await files.earlier(journal.state).catch((error: unknown) => new Unreadable(error)),
      row.form,
    );
    const keep = await files.write(journal.state, row, all.sorted(earlier.read()));
    // A process that has lost the run must not replace what another one has written for it.
    journal.assertHeld();
    await keep();
    if (earlier.error) throw earlier.error;
    return earlier.count === undefined
      ? undefined
      : { joining: all.lines - all.common, leaving: earlier.count - all.common };
  } catch (err) {
    log?.record('run.turnover_unknown', { run_id: runId, delivery, err });
    return undefined;
  } finally {
    giveBackUsed(memory);
  }
}

const formOf = ({ id, rules }: DestinationTraits, { identifierType, ifaFormat }: RunRequest): string =>
  JSON.stringify([id, rules.version, identifierType, identifierType === 'ifa' ? ifaFormat : null]);

async function addLines(all: Fingerprints, { journal, signal }: ExportContext, { chunks }: Staged): Promise<void> {
  const heading = headingBytes(journal.state.request.heading).length;
  for (const { file, bytes, sha256 } of chunks) {
    let skipped = 0;
    for await (const block of journal.staged.read(file, bytes, sha256)) {
      signal.throwIfAborted();
      const lines = block.subarray(heading - skipped);
      skipped += block.length - lines.length;
      all.add(lines);
    }
  }
}

class Unreadable {
  readonly error: unknown;
  constructor(error: unknown) {
    this.error = error;
  }
}

/** The earlier fingerprints. They never fail while they are read: those of this run must be written in any case. */
class Earlier {
  error: unknown;
  readonly #found: EarlierFingerprints | undefined;

  constructor(found: EarlierFingerprints | Unreadable | undefined, form: string) {
    if (found instanceof Unreadable) this.error = found.error;
    else if (found?.form === form) this.#found = found;
  }

  get count(): number | undefined {
    return this.#found?.count;
  }

  async *read(): AsyncGenerator<Uint8Array, void> {
    try {
      if (this.#found) yield* this.#found.read();
    } catch (error) {
      this.error = error;
    }
  }
}
