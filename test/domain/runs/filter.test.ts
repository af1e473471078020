/** The query of a list of runs. */
import { describe, expect, test } from 'vitest';
import { matchingQuery } from '../../../src/contracts/runs.ts';
import { readRunFilter, runFilter } from '../../../src/domain/runs/filter.ts';

const read = (given: Record<string, unknown>) => readRunFilter(runFilter.parse(given));

describe('the filter', () => {
  test('takes one status or several', () => {
    expect(read({ status: 'failed' }).status).toEqual(['failed']);
    expect(read({ status: ['failed', 'stopped'] }).status).toEqual(['failed', 'stopped']);
    expect(read({}).status).toBeUndefined();
  });

  test('reads a date as the whole day, and a time as that moment', () => {
    expect(read({ from: '2026-11-01', to: '2026-11-01' })).toMatchObject({
      from: new Date('2026-11-01T00:00:00Z'),
      to: new Date('2026-11-02T00:00:00Z'),
    });
    expect(read({ from: '2026-11-01T09:00:00+09:00', to: '2026-11-01T01:00Z' })).toMatchObject({
      from: new Date('2026-11-01T00:00:00Z'),
      to: new Date('2026-11-01T01:00:00Z'),
    });
  });

  test('reports an end that is not after the beginning in one sentence', () => {
    expect(() => read({ from: '2026-11-02', to: '2026-11-01' })).toThrow(
      'The end must be after the start. Change one of them.',
    );
  });

  test.each([
    [{ status: 'done' }, 'Enter one of these: running, succeeded'],
    [{ from: 'yesterday' }, 'Enter a date such as 2026-11-01'],
    [{ to: '0001-01-01' }, 'Enter a date such as 2026-11-01'],
    [{ to: `2026-11-01${' '.repeat(100)}` }, '40'],
    [{ deleted_job: 'perhaps' }, 'Enter true or false.'],
    [{ ad_account: 'A1; drop' }, 'Enter the ad account’s ID'],
  ])('%o is refused', (given, message) => {
    expect(runFilter.safeParse(given).error?.issues[0]?.message).toContain(message);
  });
});

test.each([
  [{}, undefined],
  [{ delivery: '1' }, 1],
  [{ delivery: '5' }, 5],
])('the matching of one audience of a run: %j', (query, delivery) => {
  expect(matchingQuery.parse(query).delivery).toBe(delivery);
});

test.each(['0', '6', '1.5', 'phone', ''])('a run has no audience %j', (delivery) => {
  expect(matchingQuery.safeParse({ delivery }).success).toBe(false);
});
