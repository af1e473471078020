/** What a part has from its split job, and what a version without split jobs makes of both. */
import { describe, expect, test } from 'vitest';
import { job } from '../../src/contracts/jobs.ts';
import { jobConfiguration } from '../../src/domain/jobs/configuration.ts';
import { isAboutPerson, nameFrom, problemOfValues } from '../../src/domain/jobs/part-values.ts';
import { changedAlong, configurationOfPart, nameOfPart } from '../../src/domain/jobs/parts.ts';
import { readTolerantly } from '../../src/domain/values/tolerant.ts';
import { changesOfValues } from '../../src/jobs/parts/give.ts';
import { isReadable } from '../../src/jobs/readable.ts';

const configuration = jobConfiguration.parse({
  segment_id: 'members.csv',
  adaccount_id: 'A1',
  identifier_type: 'email',
  run_frequency: 'daily',
  time_of_day: '09:00',
  timezone: 'Asia/Tokyo',
  split: { column: 'shop', name_template: '{name}: {value}' },
});
const split = { id: 'job_1', name: 'Shops', configuration };
const part = configurationOfPart(split, 'Tokyo', 'upload:upl_1');

describe('a version without split jobs', () => {
  const { split: _, ...shape } = job.shape.configuration.shape;
  const older = job.shape.configuration.omit({ split: true });

  test('leaves a split job alone', () => {
    expect(Object.keys(older.shape)).toEqual(Object.keys(shape));
    const { unknown } = readTolerantly(older, configuration);
    expect(unknown).toContain('split');
    expect(isReadable({ damaged: unknown.map((path) => `configuration.${path}`) })).toBe(false);
  });

  test('and without triggers, leaves a part alone', () => {
    const { unknown } = readTolerantly(older.omit({ trigger: true }), part);
    expect(unknown).toContain('trigger');
  });
});

test('a part runs after its job, and never reads the source of its job itself', () => {
  expect(part).toMatchObject({
    segment_id: 'upload:upl_1',
    audience_name: 'Shops: Tokyo',
    run_frequency: 'when_ready',
    trigger: { kind: 'after_job', job_id: 'job_1' },
    time_of_day: null,
  });
  expect(part.split).toBeUndefined();
});

test('a change goes on to what a part has not changed itself', () => {
  const after = { ...configuration, max_shrink: 0.7, suppression_lists: ['lst_1'] };
  expect(changedAlong(part, configuration, after)).toMatchObject({ max_shrink: 0.7, suppression_lists: ['lst_1'] });
  const own = { ...part, max_shrink: 0.2 };
  expect(changedAlong(own, configuration, after)).toMatchObject({ max_shrink: 0.2, suppression_lists: ['lst_1'] });
});

describe('a name', () => {
  test('is filled in one pass, so that a value cannot fill another place', () => {
    expect(nameFrom('{name}/{value}', { name: 'Shops', value: '{name}$&{value}' })).toBe('Shops/{name}$&{value}');
  });

  test('of a job keeps its value, however long the name of the split job is', () => {
    expect(nameOfPart('x'.repeat(300), 'Tokyo')).toHaveLength(200);
    expect(nameOfPart('x'.repeat(300), 'Tokyo')).toMatch(/x: Tokyo$/);
  });

  test('that two values give is refused, also when only the composition of its letters differs', () => {
    const values = ['caf\u00e9', 'cafe\u0301'];
    expect(problemOfValues(configuration, { values, name: 'Shops' })).toBeDefined();
    for (const looksSame of ['North\u200b East', 'North\u00a0East', 'North  East'])
      expect(problemOfValues(configuration, { values: ['North East', looksSame], name: 'Shops' })).toBeDefined();
    expect(problemOfValues(configuration, { values: ['a', 'A'], name: 'Shops' })).toBeUndefined();
  });
});

test.each([
  ['a@example.com', true],
  ['ａ＠example.com', true],
  ['+81 90-1234-5678', true],
  ['0312345678', true],
  ['０９０ー１２３４ー５６７８', true],
  ['090\u20131234\u20135678', true],
  ['tel:+81-90-1234-5678', true],
  ['๐๘๑๒๓๔๕๖๗๘', true],
  ['123e4567-e89b-12d3-a456-426614174000', true],
  ['d41d8cd98f00b204e9800998ecf8427e', true],
  ['U4af4980629d41d8cd98f00b204e98009', true],
  ['n4bQgYhMfWWaL+qgxVrQFaO/TxsrC4Is0V1sFbDwCgg=', true],
  ['Tokyo', false],
  ['2026-12-01', false],
  ['10,000–19,999', false],
  ['Gold @ 2026', false],
  ['A-10', false],
])('whether "%s" is about a person: %s', (value, expected) => {
  expect(isAboutPerson(value)).toBe(expected);
});

test('a value is new, vanished or back again', () => {
  const before = [
    { part: { of: 'job_1', value: 'gone before', run: 'run_1' } },
    { part: { of: 'job_1', value: 'back', run: 'run_1' } },
    { part: { of: 'job_1', value: 'gone', run: 'run_2' } },
    { part: { of: 'job_1', value: 'there', run: 'run_2' } },
  ];
  expect(changesOfValues(before, ['back', 'new', 'there'])).toEqual({
    added: ['new'],
    returned: ['back'],
    vanished: ['gone'],
  });
});
