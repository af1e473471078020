/**
 * Suppression lists: people who must be in no audience. Before each scan, a run reads the members of every list, and
 * the same rules make the same lines of them. The values of the audience that give one of these lines are left out.
 *
 * Nothing of a list is stored. When a list cannot be read, is empty, or is much smaller than at its last read, the run
 * stops before LINE is touched: nobody may get into an audience because a list has failed.
 */

import type { IdentifierType } from '../domain/audiences/requests.ts';
import { shrinkage } from '../domain/audiences/size.ts';
import { LineupError } from '../domain/errors/errors.ts';
import { comesBack } from '../domain/errors/source-errors.ts';
import type { RunWarning, ShrunkList, SuppressedBy } from '../domain/runs/run.ts';
import {
  joinSentences,
  listed,
  localized,
  quoted,
  type Sentence,
  sentence,
  sentenceOf,
  share,
} from '../domain/text/sentence.ts';
import type { WithScan } from '../sources/scans.ts';
import { type JudgedValues, NOT_HASHED, type Scan } from '../sources/source.ts';
import { dropOf } from './guard.ts';
import { listWithJudged } from './stage/judged.ts';
import type { KernelOrder, KernelRunner, LineFiles, ListTotals, StartKernel } from './stage/kernel-runner.ts';
import { orderOf } from './stage/lane.ts';
import type { LineRules } from './stage/types.ts';

/** A list that applies to a run. */
export interface SuppressionList {
  readonly name: string;
  /**
   * Scans its values: a field for each delivery that it has one for, in their order. One scan gives all of them, so
   * they are of one version of the list, also when it is replaced meanwhile.
   */
  readonly withScan: WithScan;
  /** For each delivery of the run. Null when it has no field for it: then it leaves nobody out of its audience. */
  readonly deliveries: readonly (KnownList | null)[];
  /** How much smaller it may be, as a fraction. */
  readonly maxShrink: number;
  /** The version of its source, if that is known. */
  readonly source?: number | undefined;
  /** What it kept out of the last run of the job, if its source was another one then. */
  readonly keptOut?: readonly KeptOut[] | undefined;
}

/** What a list kept out by the values of one identifier type. */
export interface KeptOut {
  /** The indexes of the deliveries with this type. */
  readonly deliveries: readonly number[];
  readonly identifierType: IdentifierType;
  readonly members: number;
  /** Instead of the limit of the list: a person has accepted this number. */
  readonly maxShrink?: number | undefined;
}

/** What is known of the values of a list for one delivery. */
export interface KnownList {
  /** The same for each run. */
  readonly id: string;
  /** How many values it had at the last read; null when it was not read before. */
  readonly lastSize: number | null;
  /** Instead of the limit of the list: a person has accepted this size. */
  readonly maxShrink?: number | undefined;
}

/** The list has less than it may. */
export class ListShrinksError extends LineupError {
  readonly list: ShrunkList;
  constructor(text: Sentence, list: ShrunkList) {
    super('suppression_list_shrinks', text);
    this.list = list;
  }
}

/** A list as a run has read it. */
export interface ListRead {
  readonly id: string;
  readonly name: string;
  /** How many valid values it has. */
  readonly size: number;
  readonly source?: number;
}

/** A kernel that knows the lists, for the staging of one delivery. */
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
  /** Of each delivery. */
  readonly deliveries: readonly LineRules[];
  readonly startKernel: StartKernel;
  readonly signal: AbortSignal | undefined;
  /**
   * Called before each list is opened, and for each block, with the values so far, those of all deliveries together.
   */
  readonly onProgress: (list: string, values: number) => void;
}

/**
 * Reads the lists, one after another and each of them once, into a new kernel for each delivery.
 * @returns for each delivery
 * @throws {LineupError} `suppression_list_failed`, `suppression_list_empty`, `suppression_list_shrinks`,
 *   `suppression_list_unjudged`, with the name of the list;
 *   `interrupted`; `audience_too_large`
 */
export async function readLists(options: ReadOptions): Promise<readonly ReadLists[]> {
  const { lists, deliveries, startKernel } = options;
  const readings: Reading[] = [];
  try {
    for (const [n, rules] of deliveries.entries()) {
      const applying = lists.filter((list) => list.deliveries[n]).length;
      readings.push(new Reading(orderOf(rules, applying, deliveries.length), startKernel));
    }
    for (const list of lists) await readList(list, readings, options);
  } catch (error) {
    await Promise.all(readings.map((reading) => reading.stop()));
    throw error;
  }
  return readings;
}

/** The kernel of one delivery, while it takes the lists. */
class Reading implements ReadLists {
  readonly kernel: KernelRunner;
  readonly read: ListRead[] = [];
  readonly key: string[] = [];
  readonly #files = new LaterFiles();

  constructor(order: KernelOrder, startKernel: StartKernel) {
    this.kernel = startKernel(order, this.#files);
  }

  readonly startKernel: StartKernel = (_, files) => {
    this.#files.are(files);
    return this.kernel;
  };

  stop(): Promise<void> {
    return this.kernel.stop();
  }
}

async function readList(
  { name, withScan, deliveries, maxShrink, source }: SuppressionList,
  readings: readonly Reading[],
  { deliveries: rules, signal, onProgress }: ReadOptions,
): Promise<void> {
  const targets = deliveries.flatMap((known, n) => (known ? [{ known, reading: readings[n]!, rules: rules[n]! }] : []));
  if (targets.length === 0) return;
  const kernels = targets.map(({ reading }) => reading.kernel);
  const take = async (scan: Scan): Promise<ListTotals[]> => {
    for (const [n, kernel] of kernels.entries()) await kernel.beginList(scan.marked[n] === true);
    for await (const block of scan.blocks) {
      if (!(await kernels[scan.column()]!.write(block))) break;
      onProgress(
        name,
        kernels.reduce((sum, kernel) => sum + kernel.progress().scanned, 0),
      );
    }
    await scan.finished;
    const totals: ListTotals[] = [];
    for (const kernel of kernels) totals.push(await kernel.endList());
    const judged = scan.judged?.();
    if (!judged) return totals;
    for (const values of judged) refuseUnjudged(name, values);
    return totals.map((total, n) => listWithJudged(total, judged[n]!));
  };
  // A database may work for minutes before its first block.
  onProgress(name, 0);
  // A kernel that fails does not take the rest of the list.
  const failed = Promise.race(kernels.map(({ ended }) => ended)).then(() => {
    throw new Error('a kernel ended before its audience');
  });
  const totals = await Promise.race([withScan(undefined, take), failed]).catch((error: unknown) => {
    if (signal?.aborted || !(error instanceof LineupError) || !OF_SOURCE.test(error.code)) throw error;
    throw new LineupError(
      'suppression_list_failed',
      joinSentences(sentence`The suppression list "${name}" cannot be read, so nothing was sent.`, sentenceOf(error)),
      { retryable: comesBack(error.code) || error.code === 'source_unauthorized', cause: error },
    );
  });
  for (const [n, { known, reading, rules }] of targets.entries()) {
    const total = totals[n]!;
    refuse({ name, maxShrink, ...known, source }, total, rules);
    reading.read.push({ id: known.id, name, size: total.size, ...(source !== undefined && { source }) });
    reading.key.push(total.sum);
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
  {
    id,
    name,
    lastSize,
    maxShrink,
    source,
  }: Pick<SuppressionList, 'name' | 'maxShrink' | 'source'> & Omit<KnownList, 'maxShrink'>,
  { scanned, size }: ListTotals,
  { identifierType }: LineRules,
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
  if (lastSize !== null && shrinkage(lastSize, size, maxShrink) === 'shrinks') {
    throw new ListShrinksError(
      sentence`The suppression list "${name}" has shrunk from ${lastSize} to ${size} values, by ${dropOf(lastSize, size)}. Its limit is ${share(maxShrink)}, so nothing was sent.`,
      {
        id,
        identifierType,
        before: lastSize,
        after: size,
        keptOut: false,
        ...(source !== undefined && { source }),
      },
    );
  }
}

/**
 * A list with another source may have the same size and other people. Nothing of its people is stored, so what shows is
 * whom it keeps out of the same audience.
 * @param staged what each delivery got
 * @throws {LineupError} `suppression_list_shrinks`
 */
export function assertKeepsOut(
  lists: readonly SuppressionList[],
  staged: readonly { readonly suppression?: readonly SuppressedBy[] | undefined }[],
): void {
  for (const { name, deliveries, source, keptOut = [], ...list } of lists) {
    for (const { deliveries: numbers, identifierType, members, maxShrink = list.maxShrink } of keptOut) {
      const now = numbers.reduce((sum, n) => {
        const list = staged[n]?.suppression?.find(({ id }) => id === deliveries[n]?.id);
        return sum + (list?.suppressed ?? 0);
      }, 0);
      if (shrinkage(members, now, maxShrink) !== 'shrinks') continue;
      throw new ListShrinksError(
        sentence`The source of the suppression list "${name}" was changed. At the last run of this job, the list kept out ${members} members. Now it would keep out ${now}, so nothing was sent. The limit is ${share(maxShrink)}.`,
        {
          id: deliveries[numbers[0]!]!.id,
          identifierType,
          before: members,
          after: now,
          keptOut: true,
          ...(source !== undefined && { source }),
        },
      );
    }
  }
}

/** A warning about lists that suppress nobody of a delivery. @param delivery its index */
export function listWarnings(lists: readonly SuppressionList[], delivery: number): RunWarning[] {
  const without = lists.filter(({ deliveries }) => !deliveries[delivery]).map(({ name }) => quoted(name));
  if (without.length === 0) return [];
  return [
    {
      code: 'suppression_without_field',
      count: without.length,
      ...localized(
        sentence`These suppression lists have no field for this identifier type, so they leave nobody out: ${listed(without)}.`,
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
