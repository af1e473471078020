/** Suppression lists: who is left out, and a run that stops when a list may not be what a person expects. */
import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { LineupError } from '../../src/domain/errors/errors.ts';
import { scanAfterLists, withKeptOut } from '../../src/export/scan-after-lists.ts';
import { noFolder } from '../../src/export/stage/chunk-files.ts';
import { inlineKernel } from '../../src/export/stage/kernel-inline.ts';
import type { StartKernel } from '../../src/export/stage/kernel-runner.ts';
import type { LineRules } from '../../src/export/stage/types.ts';
import { listWarnings, readLists, type SuppressionList } from '../../src/export/suppression.ts';
import type { WithScan } from '../../src/sources/scans.ts';
import { kernels, stageOne, TestScan } from './support.ts';

const rules: LineRules = {
  identifierType: 'email',
  ifaFormat: 'sha256',
  maxChunkRecords: 1_000_000,
  maxChunkBytes: 60_000_000,
};

interface ListOptions extends Partial<Omit<SuppressionList, 'deliveries'>> {
  readonly lastSize?: number;
  readonly marked?: boolean;
  readonly failure?: unknown;
}

/** A list with these values. With `failure`, its scan fails at the end. */
const list = (
  name: string,
  values: readonly string[],
  { marked, failure, lastSize, ...more }: ListOptions = {},
): SuppressionList => ({
  name,
  withScan: async (_, work) => {
    const scan = new TestScan(
      values.map((value) => `${value}\n`),
      marked,
    );
    if (failure) {
      scan.finished = Promise.reject(failure);
      scan.finished.catch(() => {});
    }
    return work(scan);
  },
  deliveries: [{ id: name, lastSize: lastSize ?? null }],
  maxShrink: 0.5,
  ...more,
});

const read = async (
  lists: readonly SuppressionList[],
  changed: Partial<LineRules> = {},
  startKernel = inlineKernel,
  onProgress: (list: string, values: number) => void = () => {},
) => {
  const [only] = await readLists({
    lists,
    deliveries: [{ ...rules, ...changed }],
    startKernel,
    signal: undefined,
    onProgress,
  });
  return only!;
};

const refusalOf = async (lists: readonly SuppressionList[], changed: Partial<LineRules> = {}) => {
  const error: unknown = await read(lists, changed).then(
    (known) => known.stop(),
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof LineupError)) throw new Error('the lists were accepted', { cause: error });
  return { code: error.code, message: error.message, retryable: error.retryable };
};

test('says which list it waits for, before the list gives its first block', async () => {
  const seen: unknown[] = [];
  const slow = list('slow', ['a@example.com'], {
    withScan: async (_, work) => {
      seen.push('opened');
      return work(new TestScan(['a@example.com\n']));
    },
  });
  const known = await read([slow], {}, inlineKernel, (...progress) => seen.push(progress));
  await known.stop();
  expect(seen.slice(0, 2)).toEqual([['slow', 0], 'opened']);
});

describe.each(kernels)('with the kernel in %s', (_, startKernel) => {
  test('each member on a list is left out, counted for the first list that has it, and has no line', async () => {
    const lists = [
      list('left', ['B@example.com', ' c@example.com', 'nobody', 'gone@example.com']),
      list('staff', ['+c@example.com', '.d@example.com'], { marked: true }),
    ];
    const known = await read(lists, {}, startKernel);
    try {
      const members = ['a', 'b', 'c', 'd', 'b', 'a', 'e'].map((name) => `${name}@example.com\n`);
      const staged = await stageOne({
        ...rules,
        scan: new TestScan(members),
        folder: noFolder,
        chunkName: String,
        clock: { sleep: () => new Promise<void>(() => {}) },
        startKernel: known.startKernel,
        lists: known.read.length,
      });
      expect(staged.counts).toMatchObject({ scanned: 7, suppressed: 4, duplicates: 1, unique: 2 });
      expect(withKeptOut([staged], [known])[0]?.suppression).toEqual([
        { id: 'left', name: 'left', size: 3, suppressed: 3 },
        { id: 'staff', name: 'staff', size: 2, suppressed: 1 },
      ]);
    } finally {
      await known.stop();
    }
  });

  test('equal lists have the same key, in any order of their members, and other lists have another', async () => {
    const keyOf = async (...lists: SuppressionList[]) => {
      const known = await read(lists, {}, startKernel);
      await known.stop();
      return known.key;
    };
    const small = list('one', ['a@example.com', 'b@example.com', 'c@example.com']);
    const same = list('one', ['c@example.com', 'A@example.com', 'b@example.com']);
    const other = list('one', ['a@example.com', 'b@example.com', 'd@example.com']);
    expect(await keyOf(small)).toEqual(await keyOf(same));
    expect(await keyOf(small)).not.toEqual(await keyOf(other));
    expect(await keyOf(small, other)).not.toEqual(await keyOf(other, small));
  });
});

describe.each(kernels)('an advertising id, raw or hashed, is one person, with the kernel in %s', (_, startKernel) => {
  const idOf = (n: number) => `aebe52e7-03ee-455a-b3c4-${String(n).padStart(12, '0')}`;
  const hashOf = (id: string) => createHash('sha256').update(id).digest('hex');
  const numbers = (from: number, to: number) => Array.from({ length: to - from }, (_, n) => from + n);
  const members = [
    ...numbers(0, 50).map(idOf),
    ...numbers(50, 100).map((n) => idOf(n).toUpperCase()),
    ...numbers(100, 150).map((n) => hashOf(idOf(n))),
    ...numbers(150, 200).map((n) => hashOf(idOf(n)).toUpperCase()),
  ];
  const listed = [5, 6, 55, 56, 105, 106, 155, 156];
  const forms: [string, (n: number) => string][] = [
    ['raw', idOf],
    ['raw in upper case', (n) => idOf(n).toUpperCase()],
    ['hashed', (n) => hashOf(idOf(n))],
    ['hashed in upper case', (n) => hashOf(idOf(n)).toUpperCase()],
  ];

  test.each(['raw', 'sha256'] as const)(
    'a list in any form leaves out all that it has, of ids sent %s',
    async (ifaFormat) => {
      const ifas = { identifierType: 'ifa', ifaFormat } as const;
      const keys = new Set<string>();
      for (const [form, write] of forms) {
        const known = await read([list('left', listed.map(write))], ifas, startKernel);
        try {
          const { counts } = await stageOne({
            ...rules,
            ...ifas,
            scan: new TestScan(members.map((member) => `${member}\n`)),
            folder: noFolder,
            chunkName: String,
            clock: { sleep: () => new Promise<void>(() => {}) },
            startKernel: known.startKernel,
            lists: known.read.length,
          });
          expect(counts, form).toMatchObject({ suppressed: listed.length, duplicates: 0, unique: 192 });
          keys.add(JSON.stringify(known.key));
        } finally {
          await known.stop();
        }
      }
      // A list whose ids were hashed meanwhile is the same list, so a scan that was interrupted continues.
      expect(keys.size).toBe(1);
    },
  );

  test('duplicates are equal lines: an id and its hash are both sent', async () => {
    const both = [idOf(1), hashOf(idOf(1)), idOf(1).toUpperCase(), hashOf(idOf(1)), idOf(2)];
    const known = await read([list('left', [idOf(3)])], { identifierType: 'ifa', ifaFormat: 'raw' }, startKernel);
    try {
      const { counts } = await stageOne({
        ...rules,
        identifierType: 'ifa',
        ifaFormat: 'raw',
        scan: new TestScan(both.map((member) => `${member}\n`)),
        folder: noFolder,
        chunkName: String,
        clock: { sleep: () => new Promise<void>(() => {}) },
        startKernel: known.startKernel,
        lists: known.read.length,
      });
      expect(counts).toMatchObject({ scanned: 5, suppressed: 0, duplicates: 2, unique: 3 });
    } finally {
      await known.stop();
    }
  });
});

test.each(kernels)('a list of LINE user ids or their hashes leaves them out, in %s', async (_, startKernel) => {
  const idOf = (n: number) => `U${String(n).padStart(32, '0')}`;
  const ids = Array.from({ length: 20 }, (_, n) => idOf(n));
  const hashOf = (id: string) => createHash('sha256').update(id).digest('hex');
  for (const write of [(id: string) => id, hashOf]) {
    const left = ids.slice(0, 8).map(write);
    const known = await read([list('left', left)], { identifierType: 'line_user_id' }, startKernel);
    try {
      const { counts } = await stageOne({
        ...rules,
        identifierType: 'line_user_id',
        scan: new TestScan([...ids, hashOf(ids[9]!)].map((member) => `${member}\n`)),
        folder: noFolder,
        chunkName: String,
        clock: { sleep: () => new Promise<void>(() => {}) },
        startKernel: known.startKernel,
        lists: known.read.length,
      });
      expect(counts).toMatchObject({ suppressed: 8, prehashed: 0, unique: 12, invalid: { not_a_line_user_id: 1 } });
    } finally {
      await known.stop();
    }
  }
});

describe('a run stops', () => {
  test('when a list has no value, or no valid one', async () => {
    expect(await refusalOf([list('Left', [])])).toMatchObject({
      code: 'suppression_list_empty',
      message:
        'The suppression list "Left" is empty, so nothing was sent. Check its source and its field, or remove the list.',
    });
    expect(await refusalOf([list('Left', ['x', 'y'])])).toMatchObject({
      code: 'suppression_list_empty',
      message: expect.stringContaining('None of the 2 values of the suppression list "Left" is valid') as string,
    });
  });

  test.each([
    [10, 5, undefined],
    [10, 4, 'by 60 %. Its limit is 50 %'],
    [100_000, 1, 'by 99.9 %. Its limit is 50 %'],
    [3, 30, undefined],
  ])('when a list of %i has shrunk to %i values: %s', async (lastSize, size, why) => {
    const values = Array.from({ length: size }, (_, n) => `m${n}@example.com`);
    const shrunk = [list('Left', values, { lastSize })];
    if (why === undefined) return (await read(shrunk)).stop();
    expect(await refusalOf(shrunk)).toMatchObject({
      code: 'suppression_list_shrinks',
      message: expect.stringContaining(why) as string,
    });
    return (await read([list('Left', values, { lastSize, maxShrink: 1 })])).stop();
  });

  test('when the second list cannot be read to its end, and says which, and why', async () => {
    const failure = new LineupError('source_failed', 'left.csv ends in the middle of a value.', {
      retryable: true,
    });
    const lists = [list('Staff', ['a@example.com']), list('Left', ['b@example.com'], { failure })];
    expect(await refusalOf(lists)).toEqual({
      code: 'suppression_list_failed',
      message:
        'The suppression list "Left" cannot be read, so nothing was sent. left.csv ends in the middle of a value.',
      retryable: true,
    });
    for (const [code, retryable] of [
      ['field_not_found', true],
      ['source_unauthorized', true],
      ['source_unsupported', false],
    ] as const) {
      const failure = new LineupError(code, 'left.csv cannot be read.');
      expect(await refusalOf([list('Left', [], { failure })]), code).toMatchObject({ retryable });
    }
  });
});

test('a list without a field for the identifier type leaves nobody out, and a warning says so', async () => {
  const without = { ...list('Phones', ['1']), deliveries: [null] };
  const known = await read([without, list('Left', ['a@example.com'])]);
  await known.stop();
  expect(known.read).toEqual([{ id: 'Left', name: 'Left', size: 1 }]);
  expect(listWarnings([without], 0)).toEqual([
    expect.objectContaining({
      code: 'suppression_without_field',
      count: 1,
      message: 'These suppression lists have no field for this identifier type, so they leave nobody out: "Phones".',
    }),
  ]);
  expect(listWarnings([list('Left', [])], 0)).toEqual([]);
});

test('a scan that begins anew reads the lists anew, before it', async () => {
  const steps: string[] = [];
  let scans = 0;
  const withScan: WithScan = async (from, work) => {
    steps.push(`scan from ${from ?? 'the beginning'}`);
    scans += 1;
    if (scans === 1) {
      await work(new TestScan([]));
      throw new LineupError('source_expired', 'The place is gone.');
    }
    return work(new TestScan([]));
  };
  const startKernel: StartKernel = (order, files) => {
    steps.push('read');
    const kernel = inlineKernel(order, files);
    const stop = kernel.stop.bind(kernel);
    kernel.stop = async () => {
      steps.push('stop');
      await stop();
    };
    return kernel;
  };
  const lists = [list('Left', ['a@example.com'])];
  const result = await scanAfterLists(
    {
      deliveries: [{ rules, chunkName: String }],
      lists,
      withScan,
      startKernel,
      signal: undefined,
      onProgress: () => {},
    },
    async () => ({ place: 'here' }),
    async (_scan, begins) => {
      steps.push(begins);
      return begins;
    },
  );
  expect(result).toBe('anew');
  expect(steps).toEqual([
    'read',
    'scan from here',
    'at the place',
    'stop',
    'read',
    'scan from the beginning',
    'anew',
    'stop',
  ]);
});
