import { expect, test } from 'vitest';
import { LineupError } from '../../../src/domain/errors/errors.ts';
import { asLineupError, factsOf, faultOf } from '../../../src/domain/errors/unexpected.ts';

const secret = 'alice@example.com';
const withCode = (code: unknown) => Object.assign(new Error(secret), { code });

test.each([
  [new TypeError(secret), 'TypeError'],
  [withCode('23505'), 'Error, 23505'],
  [withCode(`duplicate ${secret}`), 'Error'],
  [withCode(7), 'Error'],
  [Object.assign(new Error(secret), { name: secret }), 'Error'],
  [secret, 'string'],
  [{ name: 'alice' }, 'object'],
  [null, 'object'],
  [undefined, 'undefined'],
])('of an unexpected error only its name and its code are told: %#', (error, facts) => {
  expect(factsOf(error)).toBe(facts);
  const told = asLineupError(error);
  expect(told).toMatchObject({ code: 'internal', retryable: false, cause: error });
  expect(told.message).toBe(`Lineup has an internal error (${facts}). Please report it.`);
  expect(JSON.stringify(told.sentence)).not.toContain('alice');
});

test('an error of Lineup stays as it is', () => {
  const error = new LineupError('disk_full', 'The disk is full.');
  expect(asLineupError(error)).toBe(error);
});

test('the log gets the place of an unexpected error without its message, also when that looks like a place', () => {
  const { detail } = faultOf(new Error(`no row\n    at ${secret} (row 7)`));
  expect(detail).toMatch(/^ +at .*unexpected\.test\.ts/);
  expect(detail).not.toContain('alice');
  expect(faultOf('text').detail).toBe('');
  const changed = new Error(`no row\n    at ${secret} (row 7)`);
  expect(changed.stack).toContain('row 7');
  changed.message = 'changed';
  expect(faultOf(changed).detail).toBe('');
});
