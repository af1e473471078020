/** Several threads do what one does: every line, its place in the files, every count, and every row number. */
import { createHash, createHmac } from 'node:crypto';
import { availableParallelism } from 'node:os';
import { describe, expect, test } from 'vitest';
import { normalize } from '../../packages/identifiers/src/normalize.ts';
import { phonesIn } from '../../packages/identifiers/src/phone.ts';
import { MAX_THREADS } from '../../src/domain/audiences/requests.ts';
import { inlineKernel } from '../../src/export/stage/kernel-inline.ts';
import { takeMemory } from '../../src/export/stage/kernel-memories.ts';
import type { KernelOrder, KernelTotals, ListTotals, StartKernel } from '../../src/export/stage/kernel-runner.ts';
import { kernelIn, usualThreads } from '../../src/export/stage/kernel-threads.ts';

const emails: KernelOrder = {
  identifierType: 'email',
  ifaFormat: 'sha256',
  defaultCountry: undefined,
  presumedCountry: undefined,
  lists: 0,
  kernels: 1,
  holdOut: undefined,
  maxChunkRecords: 1_000_000,
  maxChunkBytes: 60_000_000,
};

/** Seemingly random whole numbers below a bound, but always the same. */
function picker(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

/** Values that repeat, in all the forms that the kernel treats differently. */
function value(pick: (below: number) => number): string {
  const address = `member${pick(60_000)}@example.com`;
  const phone = `0${7 + pick(3)}0${String(pick(100_000)).padStart(8, '0')}`;
  switch (pick(16)) {
    case 0:
      return address.toUpperCase();
    case 1:
      return createHash('sha256').update(address).digest('hex');
    case 2:
      return createHash('sha256').update(address).digest('hex').toUpperCase();
    case 3:
      return `"${'""'.repeat(pick(3))}${address}\n${pick(10)}"`;
    case 4:
      return `"  ${address} "\r`;
    case 5:
      return `${'department.of.long.names.'.repeat(1 + pick(4))}${address}`;
    case 6:
      return `山田.${address.replace('@', '＠')}`;
    case 7:
      return 'nobody';
    case 8:
      return '';
    case 9:
      return phone;
    case 10:
      // Of the same length, and mostly of another class.
      return `${pick(10)}${phone.slice(1)}`;
    case 11:
      return `aebe52e7-03ee-455a-b3c4-${String(pick(50_000)).padStart(12, '0')}`;
    default:
      return address;
  }
}

/** A stream that needs many blocks and all threads, with some records that are longer than a block. */
function hostileStream(marked: boolean): Buffer {
  streams[Number(marked)] ??= makeStream(marked);
  return streams[Number(marked)]!;
}

const streams: Buffer[] = [];
/** Of its values, a part is in the streams of an audience. */
const listStream = (list: number): Buffer => makeStream(list === 2, 100 + list, 12_000);

const RECORDS = 50_000;

function makeStream(marked: boolean, seed = 3, count = RECORDS): Buffer {
  const pick = picker(seed);
  const records = Array.from({ length: count }, (_, n) => {
    const mark = marked ? '+.'.charAt(n === 0 ? 0 : pick(2)) : '';
    const text = n % 20_000 === 19_999 ? `${' '.repeat(300_000)}long${n}@example.com` : value(pick);
    return text.startsWith('"') ? `"${mark}${text.slice(1)}` : mark + text;
  });
  return Buffer.from(records.join('\n'));
}

interface Staged {
  readonly files: readonly { readonly records: number; readonly sha256: string }[];
  readonly counts: KernelTotals;
  readonly lists: readonly ListTotals[];
}

/** Stages the order's lists and then a stream, in pieces of random sizes. A part of each list is in the stream. */
async function run(
  start: StartKernel,
  order: KernelOrder,
  stream: Uint8Array,
  { seed = 1, marked = false } = {},
): Promise<Staged> {
  const files: { records: number; sha256: string }[] = [];
  let digest = createHash('sha256');
  const kernel = start(order, {
    write: async (lines) => void digest.update(lines),
    endChunk: async (records) => {
      files.push({ records, sha256: digest.digest('hex') });
      digest = createHash('sha256');
    },
  });
  const pick = picker(seed);
  const write = async (part: Uint8Array) => {
    for (let at = 0; at < part.length; ) {
      const size = 1 + pick(pick(2) === 0 ? 100 : 400_000);
      await kernel.write(part.subarray(at, at + size));
      at += size;
    }
  };
  const lists: ListTotals[] = [];
  const feed = async () => {
    for (let list = 1; list <= order.lists; list++) {
      await kernel.beginList(list === 2);
      await write(listStream(list));
      lists.push(await kernel.endList());
    }
    await kernel.beginAudience(marked);
    await write(stream);
    kernel.end();
  };
  try {
    // A kernel that has failed takes nothing more, and a `write` to it waits until it is stopped.
    void feed();
    return { counts: await kernel.ended, files, lists };
  } finally {
    await kernel.stop();
  }
}

/** The next kernel gets new memory. That of an equal kernel would already have what this one must write into it. */
const leaveSpareMemories = (): void => {
  for (let n = 0; n < 4; n++) takeMemory();
};

/** Half of the members of the streams. */
const erased: KernelOrder['erased'] = {
  key: Buffer.alloc(32, 7),
  hashes: Buffer.concat(
    Array.from({ length: 30_000 }, (_, n) =>
      createHmac('sha256', Buffer.alloc(32, 7))
        .update('email:')
        .update(
          createHash('sha256')
            .update(`member${2 * n}@example.com`)
            .digest(),
        )
        .digest(),
    ),
  ),
};

type Case = [name: string, options: Partial<KernelOrder>, marked?: boolean];

/** Those in which the threads depend on each other most. */
const hardest: readonly Case[] = [
  ['e-mails of a marked stream without those of lists', { lists: 2 }, true],
  ['small chunks', { maxChunkRecords: 777, maxChunkBytes: 40_000 }],
  ['e-mails without those of a list and of the erasure list', { lists: 1, erased }],
];
const all: readonly Case[] = [
  ...hardest,
  ['e-mails', {}],
  ['e-mails of a marked stream', {}, true],
  ['e-mails without those of lists', { lists: 2 }],
  ['e-mails without a hold-out', { holdOut: { experiment: 'spring', below: 2 ** 30 } }],
  [
    'raw advertising ids without those of a list and a hold-out',
    { lists: 1, identifierType: 'ifa', ifaFormat: 'raw', holdOut: { experiment: 'A', below: 2 ** 31 } },
  ],
  ['phones', { identifierType: 'phone', defaultCountry: 'JP' }],
  ['raw advertising ids', { identifierType: 'ifa', ifaFormat: 'raw' }],
];

/** What one thread makes of each case. */
const byOne = new Map<string, Staged>();

describe.each<[number, readonly Case[]]>([
  [1, hardest],
  [3, all],
  [MAX_THREADS, hardest],
])('%i threads', (threads, cases) => {
  test.each<Case>(cases)('give what one gives of %s', async (name, options, marked = false) => {
    const order = { ...emails, ...options };
    const stream = hostileStream(marked);
    const expected = byOne.get(name) ?? (await run(inlineKernel, order, stream, { marked }));
    byOne.set(name, expected);
    expect(expected.counts).toMatchObject({ scanned: RECORDS });
    const { leftOut } = expected.counts;
    expect(leftOut.suppressed.filter((count) => count > 0)).toHaveLength(order.lists);
    expect(leftOut.heldOut > 0).toBe(order.holdOut !== undefined);
    expect(leftOut.erased > 0).toBe(order.erased !== undefined);
    leaveSpareMemories();
    expect(await run(kernelIn(threads), order, stream, { marked, seed: threads })).toEqual(expected);
  });

  // A kernel may have the memory of an earlier one, with the tables of another country.
  test.each(['TW', 'JP', 'TH', 'US'])('convert national numbers of %s as the rules do', async (country) => {
    const pick = picker(5);
    // Of few lengths, and of all kinds: mobile, landline, abroad, and none at all.
    const numbers = Array.from({ length: 9_000 }, () => `${pick(10)}${pick(10)}${pick(10 ** 5 + pick(10 ** 9))}`);
    const { toE164Digits } = phonesIn(country);
    const lines = new Set(
      numbers.flatMap((number) => {
        const outcome = normalize(number, { type: 'phone', ifaFormat: 'sha256', toE164Digits });
        return outcome.state === 'hashed' ? [`${outcome.output}\n`] : [];
      }),
    );
    const order = { ...emails, identifierType: 'phone', defaultCountry: country } as const;
    const { files, counts } = await run(kernelIn(threads), order, Buffer.from(numbers.join('\n')));
    expect(counts).toMatchObject({ scanned: numbers.length, unique: lines.size });
    expect(files).toEqual([
      {
        records: lines.size,
        sha256: createHash('sha256')
          .update([...lines].join(''))
          .digest('hex'),
      },
    ]);
  });

  test('have written everything, and counted it, when they are drained', async () => {
    const stream = hostileStream(false);
    const half = stream.indexOf('\nmember', stream.length / 2) + 1;
    const sizes: number[] = [];
    const counts: unknown[] = [];
    for (const start of [inlineKernel, kernelIn(threads)]) {
      let written = 0;
      const kernel = start(emails, {
        write: async (lines) => {
          written += lines.length;
        },
        endChunk: async () => {},
      });
      await kernel.write(stream.subarray(0, half));
      counts.push(await kernel.drain());
      sizes.push(written);
      expect(await kernel.drain()).toEqual(counts.at(-1));
      await kernel.write(stream.subarray(half));
      kernel.end();
      counts.push(await kernel.ended);
      sizes.push(written);
      await kernel.stop();
    }
    expect(counts.slice(2)).toEqual(counts.slice(0, 2));
    expect(sizes.slice(2)).toEqual(sizes.slice(0, 2));
    expect(sizes[0]).toBeLessThan(sizes[1]!);
  });

  test('write nothing more after they were stopped, however far they are', async () => {
    const stream = hostileStream(false);
    let written = 0;
    const kernel = kernelIn(threads)(emails, {
      write: async (lines) => {
        written += lines.length;
        await new Promise((resolve) => setImmediate(resolve));
      },
      endChunk: async () => {},
    });
    const outcome = expect(kernel.ended).rejects.toMatchObject({ code: 'interrupted' });
    let isTaken = true;
    const writing = (async () => {
      while (isTaken) isTaken = await kernel.write(stream);
    })();
    await kernel.stop();
    await writing;
    await outcome;
    const atStop = written;
    await new Promise((resolve) => setImmediate(resolve));
    expect(written).toBe(atStop);
    await expect(kernel.drain()).rejects.toMatchObject({ code: 'interrupted' });
  });

  test('refuse a country without phone numbers, and a marked stream with a value without its mark', async () => {
    const stream = hostileStream(false);
    const nowhere = { ...emails, identifierType: 'phone', defaultCountry: 'AQ' } as const;
    await expect(run(kernelIn(threads), nowhere, stream)).rejects.toMatchObject({ code: 'invalid_argument' });
    const marked = Buffer.concat([hostileStream(true), Buffer.from('\nno mark\n'), hostileStream(true)]);
    await expect(run(kernelIn(threads), emails, marked, { marked: true })).rejects.toMatchObject({
      code: 'internal',
    });
  });
});

test('streams that are staged at the same time share the cores, and each has one thread at least', () => {
  expect(usualThreads()).toBe(Math.min(availableParallelism(), MAX_THREADS));
  expect(usualThreads(availableParallelism())).toBe(1);
  expect(usualThreads(1000)).toBe(1);
});
