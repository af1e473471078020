/** The pipe between a reader and the service: the data is the same, wherever the pipe splits it. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { ScanEnd } from '../../src/readers/protocol.ts';
import { blockHead, endFrame, FrameParser } from '../../src/readers/scan-frames.ts';

const block = fc.record({
  bytes: fc.uint8Array({ minLength: 1, maxLength: 300 }),
  column: fc.nat(4),
  place: fc.option(
    fc.string({ minLength: 1, unit: 'binary' }).filter((text) => text.isWellFormed()),
    {
      nil: undefined,
    },
  ),
});
const broken: ScanEnd = {
  failure: {
    code: 'source_failed',
    message: 'It broke off.',
    sentence: null,
    reason: 'ECONNRESET',
    retryable: true,
    fields: [],
  },
};
const whole: ScanEnd = { failure: null };
const judged: ScanEnd = {
  failure: null,
  judged: [
    {
      missing: 1,
      invalid: { too_long: 2 },
      hashed: 3,
      further: 0,
      leadingZero: 0,
      repaired: 0,
      digitsLost: 0,
      looksNational: 0,
    },
  ],
};

test('blocks arrive complete and in order, and a place only after the last byte of its block', () => {
  fc.assert(
    fc.property(
      fc.array(block, { maxLength: 10 }),
      fc.constantFrom(broken, whole, judged),
      fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1 }),
      (blocks, ended, cuts) => {
        const written = Buffer.concat([...blocks.flatMap((block) => [blockHead(block), block.bytes]), endFrame(ended)]);
        const parser = new FrameParser();
        const given: Buffer[] = [];
        /** For each byte, the field that it belongs to. */
        const columns: number[] = [];
        const places: [number, string][] = [];
        let end: ScanEnd | undefined;
        for (let at = 0, n = 0; at < written.length; n++) {
          const length = cuts[n % cuts.length]!;
          for (const part of parser.push(written.subarray(at, at + length))) {
            expect(end).toBeUndefined();
            if ('ended' in part) {
              end = part.ended;
              continue;
            }
            given.push(Buffer.from(part.bytes));
            columns.push(...Array(part.bytes.length).fill(part.column));
            if (part.place !== undefined) places.push([Buffer.concat(given).length, part.place]);
          }
          at += length;
        }
        let sum = 0;
        const expected = blocks.flatMap(({ bytes, place }): [number, string][] => {
          sum += bytes.length;
          return place === undefined ? [] : [[sum, place]];
        });
        expect(Buffer.concat(given)).toEqual(Buffer.concat(blocks.map(({ bytes }) => bytes)));
        expect(columns).toEqual(blocks.flatMap(({ bytes, column }) => Array(bytes.length).fill(column)));
        expect(places).toEqual(expected);
        expect(end).toEqual(ended);
      },
    ),
  );
});

test('several scans use the same pipe, one after another', () => {
  const parser = new FrameParser();
  const block = { bytes: Buffer.from('a'), column: 1, place: 'p' };
  const once = Buffer.concat([blockHead(block), block.bytes, endFrame(whole)]);
  const parts = [...parser.push(Buffer.concat([once, once]))];
  expect(parts).toEqual([block, { ended: whole }, block, { ended: whole }]);
});
