/**
 * Suppression lists: people who must be in no audience. Before each scan, a run reads the members of every list, and the
 * same rules make the same lines of them. The values of the audience that give one of these lines are left out.
 *
 * Nothing of a list is stored. When a list cannot be read, is empty, or is much smaller than at its last read, the run
 * stops before LINE is touched: nobody may get into an audience because a list has failed.
 */
import { LineupError } from '../contracts/errors.ts';
import { shrinkage } from '../contracts/requests.ts';
import type { RunWarning } from '../contracts/run.ts';
import { joinSentences, localized, sentence, sentenceOf, share } from '../contracts/sentence.ts';
import type { WithScan } from '../sources/scans.ts';
import { type JudgedValues, NOT_HASHED, type Scan } from '../sources/source.ts';
import { listWithJudged } from './stage/judged.ts';
import type { KernelRunner, LineFiles, ListTotals, StartKernel } from './stage/kernel-runner.ts';
import { orderOf } from './stage/lane.ts';
import type { LineRules } from './stage/types.ts';

/** A list that applies to a run. */
export interface SuppressionList {
  /** The same for each run. */
  readonly id: string;
  readonly name: string;
  /** Scans its values of the run's identifier type. Null when it has none: then it suppresses nobody. */
  readonly withScan: WithScan | null;
  /** How many values it had at the last read; null when it was not read before. */
  readonly lastSize: number | null;
  /** How much smaller it may be, as a fraction. */
  readonly maxShrink: number;
}

/** A list as a run has read it. */
export interface ListRead {
  readonly id: string;
  readonly name: string;
  /** How many valid values it has. */
  readonly size: number;
}

/** A kernel that knows the lists, for one staging. */
export interface ReadLists {
  readonly read: readonly ListRead[];
  /** Equal for equal lists in the same order. */
  readonly key: readonly string[];
  /** Gives the kernel to the staging. */
  readonly startKernel: StartKernel;
  /** Ends the kernel, also one that no staging got. */
  stop(): Promise<void>;
}

export interface ReadOptions {
  readonly lists: readonly SuppressionList[];
  readonly rules: LineRules;
  readonly startKernel: StartKernel;
  /** How many kernels will work on the scan. */
  readonly kernels: number;
  readonly signal: AbortSignal | undefined;
  /** Called before each list is opened, and for each block. */
  readonly onProgress: (list: string, values: number) => void;
}

/**
 * Reads the lists, one after another, into a new kernel.
 * @throws {LineupError} `suppression_list_failed`, `suppression_list_empty`, `suppression_list_shrinks`,
 *   `suppression_list_unjudged`, with the name of the list;
 *   `interrupted`; `audience_too_large`
 */
export async function readLists(options: ReadOptions): Promise<ReadLists> {
  const { lists, rules, startKernel, kernels } = options;
  const usable = lists.flatMap(({ withScan, ...list }) => (withScan ? [{ ...list, withScan }] : []));
  const files = new LaterFiles();
  const kernel = startKernel(orderOf(rules, usable.length, kernels), files);
  const read: ListRead[] = [];
  const key: string[] = [];
  try {
    for (const list of usable) {
      const totals = await readList(kernel, list, options);
      refuse(list, totals, rules);
      read.push({ id: list.id, name: list.name, size: totals.size });
      key.push(totals.sum);
    }
  } catch (error) {
    await kernel.stop();
    throw error;
  }
  return {
    read,
    key,
    startKernel: (_, its) => {
      files.are(its);
      return kernel;
    },
    stop: () => kernel.stop(),
  };
}

async function readList(
  kernel: KernelRunner,
  { name, withScan }: SuppressionList & { readonly withScan: WithScan },
  { signal, onProgress }: ReadOptions,
) {
  const take = async (scan: Scan) => {
    await kernel.beginList(scan.marked[0] === true);
    for await (const block of scan.blocks) {
      if (!(await kernel.write(block))) break;
      onProgress(name, kernel.progress().scanned);
    }
    await scan.finished;
    const totals = await kernel.endList();
    const judged = scan.judged?.()[0];
    if (!judged) return totals;
    refuseUnjudged(name, judged);
    return listWithJudged(totals, judged);
  };
  // A database may work for minutes before its first block.
  onProgress(name, 0);
  // A kernel that fails does not take the rest of the list.
  const failed = kernel.ended.then(() => {
    throw new Error('the kernel ended before its audience');
  });
  try {
    return await Promise.race([withScan(undefined, take), failed]);
  } catch (error) {
    if (signal?.aborted || !(error instanceof LineupError) || !OF_SOURCE.test(error.code)) throw error;
    throw new LineupError(
      'suppression_list_failed',
      joinSentences(
        sentence`The suppression list "${name}" cannot be read, so nothing was sent.`,
        sentenceOf(error),
      ),
      // A wrong field stays wrong. Everything else may be there again.
      { retryable: !error.code.startsWith('field_'), cause: error },
    );
  }
}

const OF_SOURCE = /^(source|field)_/;

/** Nobody knows who these people are, so one of them could get into the audience. */
function refuseUnjudged(name: string, { invalid }: JudgedValues): void {
  const count = invalid[NOT_HASHED] ?? 0;
  if (count === 0) return;
  throw new LineupError(
    'suppression_list_unjudged',
    sentence`The database of the suppression list "${name}" cannot hash ${count} of its values, so nothing was sent. Correct or remove these values, or turn off hashing in the database.`,
  );
}

/** Fails when the list may not be what a person expects of it. */
function refuse(
  { name, lastSize, maxShrink }: SuppressionList,
  { scanned, size, prehashed }: ListTotals,
  { identifierType, ifaFormat }: LineRules,
): void {
  if (size === 0) {
    throw new LineupError(
      'suppression_list_empty',
      joinSentences(
        scanned === 0
          ? sentence`The suppression list "${name}" is empty, so nothing was sent.`
          : sentence`None of the ${scanned} values of the suppression list "${name}" is valid, so nothing was sent.`,
        sentence`Check its source and its field, or remove the list.`,
      ),
    );
  }
  if (identifierType === 'ifa' && ifaFormat === 'raw' && prehashed > 0) {
    throw new LineupError(
      'suppression_list_failed',
      sentence`The suppression list "${name}" has ${prehashed} hashed advertising IDs, which cannot be compared with raw ones, so nothing was sent. Use raw IDs in the list, or send hashed IDs.`,
    );
  }
  if (lastSize !== null && shrinkage(lastSize, size, maxShrink) === 'shrinks') {
    // Rounded down, so that 99.96 % is not shown as 100 %.
    const drop = share(Math.floor(((lastSize - size) / lastSize) * 1_000) / 1_000);
    throw new LineupError(
      'suppression_list_shrinks',
      sentence`The suppression list "${name}" has shrunk from ${lastSize} to ${size} values, by ${drop}. Its limit is ${share(maxShrink)}, so nothing was sent.`,
    );
  }
}

/** A warning about lists that suppress nobody of this run. */
export function listWarnings(lists: readonly SuppressionList[]): RunWarning[] {
  const without = lists.filter(({ withScan }) => withScan === null).map(({ name }) => `"${name}"`);
  if (without.length === 0) return [];
  return [
    {
      code: 'suppression_without_field',
      count: without.length,
      ...localized(
        sentence`These suppression lists have no field for this identifier type, so they leave nobody out: ${without.join(', ')}.`,
      ),
    },
  ];
}

/** The files of the staging, which are not known while lists are read. */
class LaterFiles implements LineFiles {
  #files: LineFiles | undefined;

  are(files: LineFiles): void {
    this.#files = files;
  }

  async write(lines: Uint8Array): Promise<void> {
    await this.#files?.write(lines);
  }

  async endChunk(records: number): Promise<void> {
    await this.#files?.endChunk(records);
  }
}
