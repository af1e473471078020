/** The rule of hold-out groups, against golden data that another program calculated. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type HoldOut, type IdentifierType, type IfaFormat, isHeldOut, normalize } from '../src/index.ts';
import { e164DigitsIn } from '../src/phone.ts';

interface Vector extends HoldOut {
  readonly type: IdentifierType;
  readonly ifaFormat: IfaFormat;
  readonly input: string;
  readonly output: string;
  readonly hash: string;
  readonly heldOut: boolean;
}

const { cases } = JSON.parse(readFileSync(new URL('./vectors/hold-outs.json', import.meta.url), 'utf8')) as {
  cases: Vector[];
};

test('the vectors hold, from the value to the side', () => {
  expect(cases.length).toBeGreaterThan(35);
  expect(new Set(cases.map(({ heldOut }) => heldOut)).size).toBe(2);
  for (const { type, ifaFormat, input, output, hash, heldOut, ...holdOut } of cases) {
    const shown = `${input} ${holdOut.experiment} ${holdOut.share}`;
    const options = { type, ifaFormat, toE164Digits: e164DigitsIn('JP') };
    expect(normalize(input, options), shown).toMatchObject({ output });
    expect(isHeldOut(output, holdOut), shown).toBe(heldOut);
    expect(isHeldOut(hash, holdOut), shown).toBe(heldOut);
  }
});

const anOutput = fc.string({ maxLength: 20 }).map((text) => createHash('sha256').update(text).digest('hex'));
const anExperiment = fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9._-]{0,39}$/);
const aShare = fc.integer({ min: 1, max: 50 });

test('a larger share only adds members, and the case of a hash does not matter', () => {
  fc.assert(
    fc.property(anOutput, anExperiment, aShare, aShare, (output, experiment, first, other) => {
      const isIn = (share: number, hash = output) => isHeldOut(hash, { experiment, share });
      expect(isIn(first, output.toUpperCase())).toBe(isIn(first));
      if (isIn(Math.min(first, other))) expect(isIn(Math.max(first, other))).toBe(true);
    }),
  );
});

test.each([1, 10, 33, 50])('a share of %i % is near that of a large sample', (share) => {
  const size = 40_000;
  const hashes = Array.from({ length: size }, (_, n) => createHash('sha256').update(`${n}`).digest('hex'));
  const held = hashes.filter((hash) => isHeldOut(hash, { experiment: 'sample', share })).length;
  const p = share / 100;
  // Five standard deviations. The sample is always the same.
  expect(Math.abs(held / size - p)).toBeLessThan(5 * Math.sqrt((p * (1 - p)) / size));
});

const hash = 'a'.repeat(64);
test.each<[string, unknown, unknown, RegExp]>([
  ['a share of 0', hash, { experiment: 'a', share: 0 }, /whole percentage from 1 to 50, got 0/],
  ['a share of 51', hash, { experiment: 'a', share: 51 }, /got 51/],
  ['a share of one and a half', hash, { experiment: 'a', share: 1.5 }, /got 1.5/],
  ['a text as share', hash, { experiment: 'a', share: '10' }, /got "10"/],
  ['no name', hash, { share: 10 }, /experiment to be 1 to 40 of .*, got undefined/],
  ['an empty name', hash, { experiment: '', share: 10 }, /got ""/],
  ['a name with a space', hash, { experiment: 'a b', share: 10 }, /got "a b"/],
  ['a name that begins with a dot', hash, { experiment: '.a', share: 10 }, /got ".a"/],
  ['a name of two lines', hash, { experiment: 'a\n', share: 10 }, /got "a\\n"/],
  ['a name of 41 characters', hash, { experiment: 'a'.repeat(41), share: 10 }, /got "a{41}"/],
  ['an address', 'taro@example.com', { experiment: 'a', share: 10 }, /Expected a SHA-256 in hexadecimal/],
  ['nothing', undefined, { experiment: 'a', share: 10 }, /Expected a SHA-256 in hexadecimal/],
])('%s is a TypeError', (_, output, holdOut, message) => {
  const call = () => isHeldOut(output as string, holdOut as HoldOut);
  expect(call).toThrow(TypeError);
  expect(call).toThrow(message);
  // A value in clear must not get into a log.
  expect(call).not.toThrow(/taro/);
});
