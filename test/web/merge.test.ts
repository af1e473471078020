/** Two people who edit the same thing: what was typed stays, and what the other has saved is known. */
import { expect, test } from 'vitest';
import { merge } from '../../web/forms/merge.ts';

const before = { name: 'VIP', tags: ['a'], configuration: { time: '09:00', share: 10, lists: ['x'] } };

test('what the other has saved is taken over where nothing was typed', () => {
  const saved = { ...before, tags: ['a', 'b'], configuration: { ...before.configuration, time: '06:00' } };
  const typed = { ...before, name: 'VIP members', configuration: { ...before.configuration, share: 20 } };
  expect(merge(before, saved, typed)).toEqual({
    values: { name: 'VIP members', tags: ['a', 'b'], configuration: { time: '06:00', share: 20, lists: ['x'] } },
    taken: ['tags', 'configuration.time'],
    kept: [],
  });
});

test('what both have changed stays as it was typed, and says what the other has saved', () => {
  const saved = { ...before, configuration: { ...before.configuration, time: '06:00', lists: ['x', 'y'] } };
  const typed = { ...before, configuration: { ...before.configuration, time: '07:00', lists: [] } };
  const merged = merge(before, saved, typed);
  expect(merged.values).toEqual(typed);
  expect(merged.taken).toEqual([]);
  expect(merged.kept).toEqual([
    { path: 'configuration.time', saved: '06:00' },
    { path: 'configuration.lists', saved: ['x', 'y'] },
  ]);
});

test('the same change by both is no conflict', () => {
  const both = { ...before, name: 'Gold', tags: [] };
  expect(merge(before, both, both)).toEqual({ values: both, taken: [], kept: [] });
});
