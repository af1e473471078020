/** The kernel where sizes matter: long values, many values, values that do not look random. */
import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import type { KernelOptions } from '../src/kernel/instance.ts';
import { KernelStatus } from '../src/kernel/kernel.ts';
import { sharedKernel, sharedMemory } from '../src/kernel/module.ts';
import { e164DigitsIn } from '../src/phone.ts';
import { numberClassesIn } from '../src/phone-classes/number-classes.ts';
import { record, runKernel, runModel, unlimited } from './support.ts';

const emails: KernelOptions = { type: 'email', ifaFormat: 'sha256', marked: false, ...unlimited };
const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');

describe('long values', () => {
  const megabytes = (n: number) => Buffer.alloc(n << 20, ' ');

  test('white space of 10 MB around an address is trimmed', () => {
    const value = Buffer.concat([megabytes(5), Buffer.from('A@example.com'), megabytes(5)]);
    for (const quote of [false, true]) {
      const { lines } = runKernel(emails, [record(value, quote), record('b@example.com')]);
      expect(lines).toEqual([sha256('a@example.com'), sha256('b@example.com')]);
    }
  });

  test('a megabyte of text is one invalid value, whatever its content is', () => {
    for (const character of ['x', 'é', '"', '\n', '\0', '\xff']) {
      const stream = Buffer.concat([
        record(Buffer.alloc(1 << 20, character, character === '\xff' ? 'latin1' : 'utf8'), true),
        record('a@example.com'),
      ]);
      expect(runKernel(emails, [stream])).toEqual(runModel(emails, stream));
    }
  });

  test.each([
    ['email', 'too_long'],
    ['phone', 'not_a_phone'],
    ['ifa', 'not_an_ifa'],
    ['line_user_id', 'not_a_line_user_id'],
  ] as const)('a text of combining marks, whose NFKC would take hours, is one invalid %s', (type, reason) => {
    const stream = record('\u0323\u0301\u0327'.repeat(2 << 20));
    expect(runKernel({ ...emails, type }, [stream]).counts.invalid).toEqual({ [reason]: 1 });
  });

  test('a million digits are not a phone number', () => {
    const phones: KernelOptions = { ...emails, type: 'phone' };
    for (const digits of ['0'.repeat(1 << 20), `${'1'.repeat(1 << 20)}.0`, `12345678.${'0'.repeat(1 << 20)}`]) {
      expect(runKernel(phones, [record(digits)]).counts.invalid).toEqual({ not_a_phone: 1 });
    }
  });

  describe('a value of more than 16 MiB is too long, and the next ones are read normally', () => {
    const size = 17 << 20;
    test.each([
      ['plain', record(Buffer.alloc(size, 'x')), 2],
      ['quoted', record(Buffer.alloc(size, 'ab"\n'), true), 2],
      ['quoted and never closed', record(Buffer.alloc(size, 'ab"\n'), true).subarray(0, -2), 1],
    ])('%s', (_, long, others) => {
      const stream = Buffer.concat([record('a@example.com'), long, record('b@example.com')]);
      const { counts } = runKernel({ ...emails, type: 'phone' }, [stream]);
      expect(counts.invalid).toEqual({ not_a_phone: others, too_long: 1 });
      expect(counts.invalidRows.too_long).toEqual([2]);
    });

    test('in a marked stream, as the first or a later value of a member', () => {
      const stream = Buffer.concat([
        record('+a@example.com'),
        record(Buffer.alloc(size, '.x'), true),
        record(Buffer.alloc(size, `${'+'.repeat(99)}"`), true),
        record('.b@example.com'),
      ]);
      const { counts } = runKernel({ ...emails, marked: true }, [stream]);
      expect(counts).toMatchObject({ rows: 2, scanned: 4, hashed: 2, invalid: { too_long: 2 } });
      expect(counts.invalidRows.too_long).toEqual([1, 2]);
    });
  });
});

describe('many values', () => {
  test('half a million different values are counted as different, and found again', () => {
    const count = 500_000;
    const stream = Buffer.from(Array.from({ length: count }, (_, n) => `m${n}@example.com\n`).join(''));
    const { counts, lines } = runKernel({ ...emails, maxChunkRecords: 100_000 }, [stream, stream]);
    expect(counts).toMatchObject({ scanned: 2 * count, unique: count, duplicates: count });
    expect(new Set(lines).size).toBe(count);
  });

  test('none is lost while the set grows, several times over, and the next kernel has an empty set', () => {
    const blockSize = 4_000;
    const blockCount = 1_500;
    const memory = sharedMemory();
    const endless = { ...emails, maxChunkRecords: 2 ** 31 - 1, maxChunkBytes: 2 ** 31 - 1 };
    const kernel = sharedKernel(endless, memory);
    const lines = Array.from({ length: blockSize }, (_, n) => `????${String(n).padStart(5, '0')}@example.com\n`);
    const block = Buffer.from(lines.join(''));
    const feed = (step: number) => {
      for (let index = 0; index < blockCount; index += step) {
        const name = Buffer.from(String(index).padStart(4, '0'));
        for (let at = 0; at < block.length; at += lines[0]!.length) block.set(name, at);
        kernel.input().set(block);
        kernel.take(block.length);
        while (kernel.run() !== KernelStatus.NeedsInput) kernel.writeTo(0);
      }
    };
    feed(1);
    expect(kernel.counts()).toMatchObject({ unique: blockSize * blockCount, duplicates: 0 });
    // Every fifth block, from before and after the set grew.
    feed(5);
    expect(kernel.counts()).toMatchObject({
      unique: blockSize * blockCount,
      duplicates: (blockSize * blockCount) / 5,
    });
    expect(runKernel(emails, [block, block], memory)).toEqual(runKernel(emails, [block, block]));
  });

  test.each([
    ['counters', (n: number) => n.toString(16).padStart(64, '0')],
    ['counters at the start', (n: number) => n.toString(16).padStart(8, '0').padEnd(64, '0')],
    ['counters in all four words', (n: number) => n.toString(16).padStart(16, '0').repeat(4)],
    ['counters that cancel out in a sum', (n: number) => `${hex64(BigInt(n))}${hex64(-BigInt(n))}`.padEnd(64, '0')],
    ['counters in the middle', (n: number) => n.toString(16).padStart(24, '0').padEnd(64, 'f')],
    [
      'two bits',
      (n: number) =>
        (((1n << BigInt(n % 256)) | (1n << BigInt((n >> 8) % 256))) % (1n << 256n)).toString(16).padStart(64, '0'),
    ],
    ['multiples of a power of two', (n: number) => hex64(BigInt(n) << 40n).padStart(64, '0')],
  ])('hashes that do not look random: %s', (_, hashOf) => {
    const hashes = Array.from({ length: 65_536 }, (_, n) => hashOf(n));
    const { counts, lines } = runKernel(emails, [Buffer.from(`${hashes.join('\n')}\n`)]);
    expect(counts.unique).toBe(new Set(hashes).size);
    expect(new Set(lines)).toEqual(new Set(hashes));
  });

  test('raw ids that differ in one place each', () => {
    const base = 'aebe52e7-03ee-455a-b3c4-e57283966239';
    const ids = [...base].flatMap((character, place) =>
      character === '-'
        ? []
        : [...'0123456789abcdef'].map((digit) => base.slice(0, place) + digit + base.slice(place + 1)),
    );
    const raw: KernelOptions = { ...emails, type: 'ifa', ifaFormat: 'raw' };
    const { counts, lines } = runKernel(raw, [Buffer.from([...ids, ...ids.map((id) => id.toUpperCase())].join('\n'))]);
    expect(lines).toEqual([...new Set(ids)]);
    expect(counts.raw).toBe(2 * ids.length);
  });

  test('LINE user ids that differ in one place each', () => {
    const base = 'U4af4980629f0b1c2d3e4f5a6b7c8d9e0';
    const ids = Array.from({ length: 32 }, (_, place) =>
      [...'0123456789abcdef'].map((digit) => base.slice(0, place + 1) + digit + base.slice(place + 2)),
    ).flat();
    const { counts, lines } = runKernel({ ...emails, type: 'line_user_id' }, [
      Buffer.from([...ids, ...ids].join('\n')),
    ]);
    expect(lines).toEqual([...new Set(ids)]);
    expect(counts).toMatchObject({ raw: 2 * ids.length, unique: 32 * 15 + 1, invalid: {} });
  });
});

test('of duplicates the first form is kept', () => {
  const lower = sha256('a@example.com');
  const stream = Buffer.from(`${lower.toUpperCase()}\na@example.com\n${lower}\n`);
  const { lines, counts } = runKernel(emails, [stream]);
  expect(lines).toEqual([lower.toUpperCase()]);
  expect(counts).toMatchObject({ prehashed: 2, hashed: 1, duplicates: 2, unique: 1, upperCase: 1 });
});

test('a number that has only one digit after its country code is added is refused', () => {
  const thai: KernelOptions = {
    ...emails,
    type: 'phone',
    toE164Digits: e164DigitsIn('TH'),
    numberClasses: numberClassesIn('TH'),
  };
  // One for the class, and then one that the class decides.
  const { lines, counts } = runKernel(thai, [Buffer.from('0666666667\n0666666666\n')]);
  expect(lines).toEqual([sha256('66666666667')]);
  expect(counts.invalidRows).toEqual({ not_a_phone: [2] });
});

test('a value without its mark in a marked stream is an error of the source', () => {
  for (const stream of ['a@example.com\n', '\n', '+a@example.com\n""\n']) {
    const kernel = sharedKernel({ ...emails, marked: true });
    expect(kernel.run()).toBe(KernelStatus.NeedsInput);
    kernel.input().set(Buffer.from(stream));
    kernel.take(stream.length);
    expect(kernel.run()).toBe(KernelStatus.Malformed);
  }
});

function hex64(n: bigint): string {
  return BigInt.asUintN(64, n).toString(16).padStart(16, '0');
}
