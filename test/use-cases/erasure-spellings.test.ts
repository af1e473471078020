/** The hashes by which a person of the erasure list is found. */
import { expect, test } from 'vitest';
import { spellingsOf } from '../../src/use-cases/erasures/spellings.ts';
import { sha256 } from '../support/cli.ts';

const nowhere = { own: undefined, ofJobs: [] };

test('a LINE user ID is known by itself or by its hash, and nothing else is one', async () => {
  const id = 'U4af4980629f0b1c2d3e4f5a6b7c8d9e0';
  const spell = await spellingsOf('line_user_id', nowhere);
  expect(spell(` ${id}`)).toEqual([sha256(id)]);
  expect(spell(sha256(id).toUpperCase())).toEqual([sha256(id)]);
  for (const wrong of [id.toUpperCase(), `C${id.slice(1)}`, '@taro', '', sha256('')])
    expect(spell(wrong)).toBeUndefined();
});
