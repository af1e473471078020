/** Which lists are the same audience as one of another destination. */
import { expect, test } from 'vitest';
import { twinsAmong } from '../../../src/domain/audiences/twins.ts';

const list = (id: string, name: string, originalId: string | null = null) => ({ id, name, originalId });
const found = (audiences: { id: string; name: string }[], lists: ReturnType<typeof list>[]) =>
  twinsAmong(audiences, lists).map(({ audienceId, match, list: { id } }) => `${audienceId} ${match} ${id}`);

test('by the id of the original, whatever the name; by the name only where no id is told', () => {
  const audiences = [
    { id: '1', name: 'VIP' },
    { id: '2', name: 'Buyers' },
    { id: '3', name: 'Nobody' },
  ];
  const lists = [
    list('a', 'Another name', '1'),
    list('b', 'VIP', '2'),
    list('c', 'VIP'),
    list('d', 'Buyers', '9'),
    list('e', 'buyers'),
  ];
  expect(found(audiences, lists)).toEqual(['1 id a', '1 name c', '2 id b']);
});

test('names are compared as people read them', () => {
  const audiences = [{ id: '1', name: 'ＶＩＰ  会員' }];
  expect(found(audiences, [list('a', ' VIP 会員 '), list('b', 'VIP会員')])).toEqual(['1 name a']);
});
