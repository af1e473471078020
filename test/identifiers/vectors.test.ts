/** The golden data, by the reference and by the kernel. */
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { normalize } from '../../src/identifiers/normalize.ts';
import type { IdentifierType } from '../../src/identifiers/rules.ts';
import { record, runKernel, unlimited } from './support.ts';

interface Vector {
  readonly type: IdentifierType;
  readonly input: string | null;
  readonly state: string;
  readonly output?: string;
  readonly reason?: string;
}

const { cases } = JSON.parse(
  readFileSync(new URL('../vectors/identifiers.json', import.meta.url), 'utf8'),
) as { cases: Vector[] };

test.each(cases)('$type $input: $state', ({ type, input, state, output, reason }) => {
  const options = { type, ifaFormat: 'sha256' as const };
  const outcome = normalize(input, options);
  expect({ output: undefined, reason: undefined, ...outcome }).toMatchObject({ state, output, reason });

  const { lines, counts } = runKernel({ ...options, ...unlimited, marked: false }, [record(input ?? '')]);
  expect(lines).toEqual(output === undefined ? [] : [output]);
  expect(counts).toMatchObject({
    scanned: 1,
    missing: state === 'missing' ? 1 : 0,
    hashed: state === 'hashed' ? 1 : 0,
    prehashed: state === 'prehashed' ? 1 : 0,
    invalid: reason === undefined ? {} : { [reason]: 1 },
  });
});

test('there are vectors', () => expect(cases.length).toBeGreaterThan(30));
