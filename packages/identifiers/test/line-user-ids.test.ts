/**
 * LINE user ids against an oracle that shares no code with the rules: it looks at one character after another. One id
 * that is none makes LINE refuse the whole file, so what the kernel writes is looked at, too.
 */
import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { normalize } from '../src/index.ts';
import type { KernelOptions } from '../src/kernel/instance.ts';
import { invisible, keyedHash, record, runKernel, unlimited, whiteSpace } from './support.ts';

const options: KernelOptions = { type: 'line_user_id', marked: false, ...unlimited };
const idOf = (n: number) => `U${n.toString(16).padStart(32, '0')}`;
const hashOf = (id: string) => createHash('sha256').update(id).digest('hex');

/** The id that is sent; an empty text for a missing value, undefined for a wrong one. */
function oracle(value: string): string | undefined {
  const seen = [...value].filter((character) => !invisible.includes(character));
  while (whiteSpace.includes(seen[0] ?? 'none')) seen.shift();
  while (whiteSpace.includes(seen.at(-1) ?? 'none')) seen.pop();
  if (seen.length === 0) return '';
  const isId =
    seen.length === 33 && seen[0] === 'U' && seen.slice(1).every((digit) => '0123456789abcdef'.includes(digit));
  return isId ? seen.join('') : undefined;
}

const around = fc.string({ unit: fc.constantFrom('', ...whiteSpace, ...invisible), maxLength: 3 });
const odd = fc.constantFrom(...'AFGUgu@/:`{-_"\'\\\0\u007f', 'Ｕ', '０', 'ａ', 'é', '𝒶', '\ud800', '', '00');
const digits = fc.string({ unit: fc.constantFrom(...'0123456789abcdef'), minLength: 32, maxLength: 32 });
/** Ids, and texts that are one or two changes away from one. */
const nearlyId = fc
  .tuple(fc.constantFrom(...'UUUUUUuCR'), digits, fc.array(fc.tuple(fc.nat(33), fc.nat(1), odd), { maxLength: 2 }))
  .map(([letter, rest, changes]) =>
    changes.reduce((text, [at, taken, other]) => text.slice(0, at) + other + text.slice(at + taken), letter + rest),
  );
const hash = fc.oneof(
  digits.map(hashOf),
  digits.map((text) => hashOf(text).toUpperCase()),
);
const value = fc
  .tuple(around, fc.oneof({ weight: 8, arbitrary: nearlyId }, hash, fc.string({ maxLength: 70 })), around, fc.nat(33))
  .map(([before, text, after, at]) => before + text.slice(0, at) + after.slice(0, 1) + text.slice(at) + after);

test('the reference and the kernel accept what the oracle accepts, and write it as it is', () => {
  fc.assert(
    fc.property(fc.array(value, { maxLength: 60 }), (values) => {
      const expected = values.map((text) => oracle(text.toWellFormed()));
      const states = values.map((text) => normalize(text, { type: 'line_user_id' }));
      expect(states.map((outcome) => ('output' in outcome ? outcome.output : outcome.state))).toEqual(
        expected.map((id) => (id === undefined ? 'invalid' : id === '' ? 'missing' : id)),
      );
      const { lines, counts } = runKernel(options, [Buffer.concat(values.map((text) => record(text)))]);
      const ids = expected.filter((id) => id !== undefined && id !== '');
      expect(lines).toEqual([...new Set(ids)]);
      for (const line of lines) expect(line).toMatch(/^U[0-9a-f]{32}$/);
      const refused = expected.filter((id) => id === undefined).length;
      expect(counts).toMatchObject({
        scanned: values.length,
        missing: expected.filter((id) => id === '').length,
        raw: ids.length,
        hashed: 0,
        prehashed: 0,
        upperCase: 0,
        duplicates: ids.length - lines.length,
        unique: lines.length,
        invalid: refused === 0 ? {} : { not_a_line_user_id: refused },
      });
    }),
    { numRuns: 500 },
  );
});

describe('who is left out', () => {
  const members = Array.from({ length: 40 }, (_, n) => idOf(n));
  const stream = (values: readonly string[]) => Buffer.concat(values.map((text) => record(text)));
  const list = (values: readonly string[]) => [{ marked: false, stream: stream(values) }];

  test('a list has ids, or hashes of them', () => {
    for (const form of [(id: string) => ` ${id}`, hashOf, (id: string) => hashOf(id).toUpperCase()]) {
      const { lines, counts, leftOut } = runKernel(
        options,
        [stream(members)],
        undefined,
        list(members.slice(5).map(form)),
      );
      expect(lines).toEqual(members.slice(0, 5));
      expect(leftOut.suppressed).toEqual([35]);
      expect(counts).toMatchObject({ raw: 40, unique: 5, invalid: {} });
    }
  });

  test('a list does not let hashes into the audience', () => {
    const hashes = members.map(hashOf);
    const { lines, counts } = runKernel(options, [stream([...hashes, members[0]!])], undefined, list([idOf(99)]));
    expect(lines).toEqual([members[0]]);
    expect(counts).toMatchObject({ prehashed: 0, invalid: { not_a_line_user_id: 40 } });
  });

  test('the erasure list has keyed hashes of them', () => {
    const key = Buffer.alloc(32, 7);
    const hashes = Buffer.concat(members.slice(10).map((id) => keyedHash(key, 'line_user_id', hashOf(id))));
    const { lines, leftOut } = runKernel({ ...options, erased: { key, hashes } }, [stream(members)]);
    expect(lines).toEqual(members.slice(0, 10));
    expect(leftOut.erased).toBe(30);
  });
});
