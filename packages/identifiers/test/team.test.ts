/** Several instances that share a stream give what one gives alone, whatever the order of their work. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { KernelInstance, type KernelOptions, Written } from '../src/kernel/instance.ts';
import { type SharedMemory, sharedMemory, sharedModule } from '../src/kernel/module.ts';
import { erasedOf, holdOuts, hostileStream, options, split, splits, streamOf, withLists } from './streams.ts';
import { type List, leftOutBy, type Outcome, record, runKernel, runModel, unlimited } from './support.ts';

const INSTANCES = 3;
const SLOTS = 4;
const SHARD_BITS = 2;
const SHARDS = 2 ** SHARD_BITS;

/** Every team has it, and finds what the one before has left. */
const memory = sharedMemory();

/** Does the work on a stream in a random order, as far as the rules of instance.ts allow. */
class Team {
  readonly #instances: KernelInstance<SharedArrayBuffer>[];
  readonly #lists: readonly List[];
  readonly #marked: boolean;
  /** What comes after the present stream. */
  readonly #next: (List | 'audience')[];
  readonly #audience: Iterable<Uint8Array>;
  #pieces: Iterator<Uint8Array>;
  readonly #pick: (below: number) => number;
  #piece: Uint8Array = new Uint8Array();
  #ended = false;
  #complete = false;
  /** How many blocks were cut, and how many of them were written. Block n is in slot n modulo SLOTS. */
  #cut = 0;
  #written = 0;
  readonly #hashed = new Set<number>();
  /** For each shard: how many blocks were looked up. */
  readonly #found: number[] = Array(SHARDS).fill(0);
  readonly #chunks: number[] = [];
  #text = '';

  constructor(
    chosen: KernelOptions,
    pieces: Iterable<Uint8Array>,
    pick: (below: number) => number,
    memory: SharedMemory,
    lists: readonly List[] = [],
  ) {
    this.#lists = lists;
    this.#marked = chosen.marked;
    this.#next = lists.length > 0 ? [...lists, 'audience'] : [];
    this.#audience = pieces;
    this.#instances = Array.from(
      { length: INSTANCES },
      (_, instance) =>
        new KernelInstance({ ...chosen, hasLists: lists.length > 0 }, sharedModule(), memory, {
          instance,
          shardBits: SHARD_BITS,
        }),
    );
    this.#pieces = pieces[Symbol.iterator]();
    this.#pick = pick;
    this.#cutter.nextSlot(0);
    if (this.#next.length > 0) this.#begin();
  }

  /** Begins the next stream. */
  #begin(): void {
    const next = this.#next.shift()!;
    const isList = next !== 'audience';
    const list = isList ? this.#lists.length - this.#next.length + 1 : 0;
    this.#cutter.beginStream(list, isList ? next.marked : this.#marked);
    this.#pieces = (isList ? split(next.stream, [1_000]) : this.#audience)[Symbol.iterator]();
    this.#ended = false;
    this.#complete = false;
  }

  run(): Outcome {
    for (;;) {
      const steps = [...this.#steps()];
      if (steps.length === 0) {
        if (this.#next.length === 0) break;
        this.#begin();
        continue;
      }
      steps[this.#pick(steps.length)]!();
    }
    this.#takeOutput();
    const { chunkRecords } = this.#cutter;
    if (chunkRecords > 0) this.#chunks.push(chunkRecords);
    return {
      lines: this.#text.split('\n').slice(0, -1),
      chunks: this.#chunks,
      counts: this.#cutter.counts(),
      leftOut: leftOutBy(this.#cutter.leftOut(), this.#lists),
    };
  }

  get #cutter(): KernelInstance {
    return this.#instances[0]!;
  }

  /** Everything that may be done next. */
  *#steps(): Generator<() => void> {
    const isFree = this.#cut - this.#written < SLOTS - 1;
    if (!this.#ended && (this.#cutter.input().length > 0 || this.#cut === this.#written)) yield () => this.#feed();
    if (!this.#complete && isFree) yield () => this.#cutBlock();
    for (let block = this.#written; block < this.#cut; block++) {
      if (!this.#hashed.has(block)) yield () => this.#hash(block);
    }
    for (let shard = 0; shard < SHARDS; shard++) {
      if (this.#hashed.has(this.#found[shard]!)) yield () => this.#find(shard);
    }
    if (Math.min(...this.#found) > this.#written) yield () => this.#write();
  }

  #feed(): void {
    if (this.#piece.length === 0) {
      const next = this.#pieces.next();
      this.#piece = next.value ?? new Uint8Array();
      this.#ended = next.done === true;
    }
    if (this.#cutter.input().length === 0 && !this.#cutOne()) this.#cutter.moveToLong();
    const input = this.#cutter.input();
    const length = Math.min(input.length, this.#piece.length);
    input.set(this.#piece.subarray(0, length));
    this.#piece = this.#piece.subarray(length);
    if (length > 0 || this.#ended) this.#cutter.take(length);
  }

  #cutBlock(): void {
    if (!this.#cutOne()) this.#complete = this.#ended;
  }

  #cutOne(): boolean {
    if (!this.#cutter.cutBlock()) return false;
    this.#cut++;
    this.#cutter.nextSlot(this.#cut % SLOTS, this.#pick(8));
    return true;
  }

  #hash(block: number): void {
    if (!this.#anyone().hashBlock(block % SLOTS)) throw new Error('a value without its mark');
    this.#hashed.add(block);
  }

  #find(shard: number): void {
    if (!this.#anyone().findNew(this.#found[shard]! % SLOTS, shard)) throw new Error('out of memory');
    this.#found[shard]!++;
  }

  #write(): void {
    for (;;) {
      const written = this.#anyone().writeLines(this.#written % SLOTS);
      if (written === Written.Block) break;
      this.#takeOutput();
      if (written !== Written.ChunkFull) continue;
      this.#chunks.push(this.#cutter.chunkRecords);
      this.#cutter.startChunk();
    }
    this.#hashed.delete(this.#written);
    this.#written++;
  }

  #takeOutput(): void {
    this.#text += Buffer.from(this.#cutter.output()).toString('latin1');
    this.#cutter.writeTo(this.#pick(4));
  }

  #anyone(): KernelInstance {
    return this.#instances[this.#pick(INSTANCES)]!;
  }
}

/** Seemingly random, but the same for the same seed. */
function picker(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

const runTeam = (chosen: KernelOptions, pieces: Iterable<Uint8Array>, seed: number, lists: readonly List[] = []) =>
  new Team(chosen, pieces, picker(seed), memory, lists).run();

describe('a team and the model agree', () => {
  test('on well-formed streams', () => {
    fc.assert(
      fc.property(
        options.chain((chosen) => fc.tuple(fc.constant(chosen), streamOf(chosen), splits)),
        fc.nat(),
        ([chosen, stream, sizes], seed) => {
          expect(runTeam(chosen, split(stream, sizes), seed)).toEqual(runModel(chosen, stream));
        },
      ),
      { numRuns: 150 },
    );
  });

  test('on any bytes', () => {
    fc.assert(
      fc.property(options, hostileStream, splits, fc.nat(), (chosen, stream, sizes, seed) => {
        const unmarked = { ...chosen, marked: false };
        expect(runTeam(unmarked, split(stream, sizes), seed)).toEqual(runModel(unmarked, stream));
      }),
      { numRuns: 150 },
    );
  });
});

test('a team leaves out what the model leaves out: values of lists and of the erasure list, and a hold-out', () => {
  fc.assert(
    fc.property(
      options
        .chain((chosen) => fc.tuple(fc.constant(chosen), withLists(chosen), holdOuts, splits))
        .chain(([chosen, streams, holdOut, sizes]) =>
          erasedOf(chosen, streams.stream).map((erased) => [{ ...chosen, erased }, streams, holdOut, sizes] as const),
        ),
      fc.nat(),
      ([chosen, { stream, lists }, holdOut, sizes], seed) => {
        const all = { ...chosen, holdOut };
        const expected = runModel(all, stream, lists);
        expect(runTeam(all, split(stream, sizes), seed, lists)).toEqual(expected);
        expect(runKernel(all, split(stream, sizes), memory, lists)).toEqual(expected);
      },
    ),
    { numRuns: 150 },
  );
});

test('a team and one instance agree on blocks that are full, on duplicates across them, and on records that fill several', () => {
  const chosen: KernelOptions = {
    type: 'email',
    ifaFormat: 'sha256',
    marked: false,
    ...unlimited,
    maxChunkRecords: 9_999,
  };
  const addresses = Array.from({ length: 40_000 }, (_, n) =>
    record(`user${(n * n) % 30_011}@example.com`, n % 7 === 0),
  );
  const long = [record(`${' '.repeat(200_000)}long@example.com`), record(`"${'\n'.repeat(300_000)}`, true)];
  const tooLong = [record('x'.repeat(17 << 20)), record(`"${'"\n'.repeat(9 << 20)}`, true)];
  const last = Buffer.from('"last@example.com');
  const streamWith = (more: readonly Buffer[]) => Buffer.concat([...addresses, ...long, ...more, ...addresses, last]);

  const stream = streamWith(tooLong);
  const expected = runKernel(chosen, [stream]);
  expect(expected.counts).toMatchObject({ rows: 80_005, invalid: { not_an_email: 1, too_long: 2 } });
  expect(runTeam(chosen, split(stream, [70_001]), 70_001)).toEqual(expected);
  // In another order of the work.
  const shorter = streamWith([]);
  expect(runTeam(chosen, [shorter], 1)).toEqual(runKernel(chosen, [shorter]));
});
