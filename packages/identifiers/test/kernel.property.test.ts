/** The kernel does to any stream of bytes what the model does, however the stream is split, and in whatever memory. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { KernelOptions } from '../src/kernel/instance.ts';
import { sharedMemory } from '../src/kernel/module.ts';
import { hostileStream, options, phonesOf, split, splits, streamOf, written } from './streams.ts';
import { record, runKernel, runModel, unlimited } from './support.ts';

/** Every kernel that has it finds what the kernel before has left. */
const usedMemory = sharedMemory();

describe('kernel and model agree', () => {
  test('on well-formed streams', () => {
    fc.assert(
      fc.property(
        options.chain((chosen) => fc.tuple(fc.constant(chosen), streamOf(chosen), splits)),
        ([chosen, stream, sizes]) => {
          const outcome = runKernel(chosen, split(stream, sizes));
          expect(outcome).toEqual(runModel(chosen, stream));
          expect(sumOf(outcome.counts)).toBe(outcome.counts.scanned);
          expect(runKernel(chosen, split(stream, sizes), usedMemory)).toEqual(outcome);
        },
      ),
      { numRuns: 300 },
    );
  });

  /** Many at a time, because each form of the rules is rare. */
  test.each([
    ['email', {}],
    ['phone', {}],
    ['phone', phonesOf('JP')[1]],
    ['phone', phonesOf('ID')[1]],
  ] as const)(
    'on thousands of %ss that come close to the limits of the rules',
    { timeout: 120_000 },
    (type, phones) => {
      const chosen: KernelOptions = { type, ifaFormat: 'sha256', marked: false, ...unlimited, ...phones };
      fc.assert(
        fc.property(fc.array(written[type], { minLength: 400, maxLength: 500, size: 'max' }), (values) => {
          const stream = Buffer.concat(values.map((value) => record(value)));
          expect(runKernel(chosen, [stream])).toEqual(runModel(chosen, stream));
        }),
        { numRuns: 25 },
      );
    },
  );

  test.each([
    ['email', ['taro@example.com', 'a@b.c', `${'x'.repeat(30)}@${'y'.repeat(12)}.example`, 'mailto:a@b.co']],
    ['phone', ['09012345678', '+81 90-1234-5678', '819012345678.0', '8.19012E+11', '+81 (0)90-1234-5678', '0000000']],
    ['ifa', ['aebe52e7-03ee-455a-b3c4-e57283966239']],
    ['line_user_id', ['U4af4980629f0b1c2d3e4f5a6b7c8d9e0']],
  ] as const)('on %s with each ASCII character at each position, inserted or replacing another', (type, all) => {
    const values = all.flatMap((member) =>
      Array.from({ length: 128 * (member.length + 1) }, (_, n) => {
        const [place, character] = [Math.floor(n / 128), String.fromCharCode(n % 128)];
        return [0, 1].map((taken) => member.slice(0, place) + character + member.slice(place + taken));
      }).flat(),
    );
    const chosen: KernelOptions = { type, ifaFormat: 'sha256', marked: false, ...unlimited };
    const stream = Buffer.concat(values.map((value) => record(value, true)));
    const { lines, counts } = runKernel(chosen, [stream]);
    const expected = runModel(chosen, stream);
    expect(counts).toEqual(expected.counts);
    expect(lines).toEqual(expected.lines);
  });

  test('on any bytes', () => {
    fc.assert(
      fc.property(options, hostileStream, splits, (chosen, stream, sizes) => {
        const unmarked = { ...chosen, marked: false };
        const expected = runModel(unmarked, stream);
        expect(runKernel(unmarked, split(stream, sizes))).toEqual(expected);
        expect(runKernel(unmarked, split(stream, sizes), usedMemory)).toEqual(expected);
      }),
      { numRuns: 300 },
    );
  });

  test('on a stream of many batches, split between any two bytes', () => {
    const [stream] = fc.sample(
      fc.array(streamOf({ marked: false, type: 'email' }), { minLength: 200, maxLength: 200 }),
      {
        numRuns: 1,
        seed: 1,
      },
    );
    const whole = Buffer.concat(
      stream!.map((part) => (part.at(-1) === 0x0a ? part : Buffer.concat([part, Buffer.from('\n')]))),
    );
    const email: KernelOptions = { type: 'email', ifaFormat: 'sha256', marked: false, ...unlimited };
    const expected = runModel(email, whole);
    expect(expected.counts.scanned).toBeGreaterThan(600);
    for (const size of [1, 7, 64, 1000, whole.length]) {
      expect(runKernel(email, split(whole, [size])), `blocks of ${size}`).toEqual(expected);
    }
  });
});

function sumOf({ missing, invalid, duplicates, unique }: ReturnType<typeof runKernel>['counts']): number {
  return Object.values(invalid).reduce((sum, count) => sum + count, missing + duplicates + unique);
}
