/** The golden data, by the reference and by the kernel. */
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import type { KernelOptions } from '../src/kernel/instance.ts';
import { normalize } from '../src/normalize.ts';
import { e164DigitsIn } from '../src/phone.ts';
import { numberClassesIn } from '../src/phone-classes/number-classes.ts';
import type { IdentifierType, IfaFormat } from '../src/rules.ts';
import { record, runKernel, unlimited } from './support.ts';

interface Vector {
  readonly type: IdentifierType;
  readonly input: string | null;
  readonly ifaFormat?: IfaFormat;
  readonly hashesInRawColumn?: boolean;
  readonly defaultCountry?: string;
  readonly state: string;
  readonly output?: string;
  readonly normalForm?: string;
  readonly reason?: string;
}

const casesIn = (file: string): Vector[] =>
  JSON.parse(readFileSync(new URL(`./vectors/${file}`, import.meta.url), 'utf8')).cases;
const cases = casesIn('identifiers.json');

test.each(['email', 'phone', 'ifa'] as const)('the vectors of an %s hold', (wanted) => {
  const own = cases.filter(({ type }) => type === wanted);
  expect(own.length).toBeGreaterThan(5);
  for (const vector of own) expectHolds(vector);
});

test('the vectors of raw advertising ids hold, with and without hashes among them', () => {
  const own = casesIn('raw-ifas.json');
  expect(new Set(own.map(({ hashesInRawColumn }) => hashesInRawColumn)).size).toBe(2);
  for (const vector of own) expectHolds(vector);
});

test('the vectors of LINE user ids hold, whatever is said about hashes and forms', () => {
  for (const vector of casesIn('line-user-ids.json')) {
    expectHolds(vector);
    expectHolds({ ...vector, ifaFormat: 'raw', hashesInRawColumn: true });
    expectHolds({ ...vector, hashesInRawColumn: false });
  }
});

function expectHolds(vector: Vector): void {
  const { type, input, defaultCountry, state, output, normalForm, reason } = vector;
  const { ifaFormat = 'sha256', hashesInRawColumn } = vector;
  const shown = `${type} ${JSON.stringify(input)} ${defaultCountry ?? ''}: ${state}`;
  const phones = defaultCountry === undefined ? {} : { toE164Digits: e164DigitsIn(defaultCountry) };
  const options = { type, ifaFormat, hashesInRawColumn, ...phones } as const;
  const outcome = normalize(input, options);
  expect({ output: undefined, reason: undefined, ...outcome }, shown).toMatchObject({
    state,
    output,
    reason,
  });
  if (normalForm !== undefined) expect(outcome, shown).toMatchObject({ normalForm });

  const kernels: KernelOptions[] = [{ ...options, ...unlimited, marked: false }];
  if (defaultCountry !== undefined) {
    kernels.push({ ...kernels[0]!, numberClasses: numberClassesIn(defaultCountry) });
  }
  for (const kernel of kernels) {
    const { lines, counts } = runKernel(kernel, [record(input ?? '')]);
    expect(lines, shown).toEqual(output === undefined ? [] : [output]);
    expect(counts, shown).toMatchObject({
      scanned: 1,
      missing: state === 'missing' ? 1 : 0,
      hashed: state === 'hashed' ? 1 : 0,
      prehashed: state === 'prehashed' ? 1 : 0,
      raw: state === 'raw' ? 1 : 0,
      invalid: reason === undefined ? {} : { [reason]: 1 },
    });
  }
}

test('there are vectors', () => {
  expect(cases.length).toBeGreaterThan(60);
  expect(cases.filter(({ defaultCountry }) => defaultCountry !== undefined).length).toBeGreaterThan(15);
});
