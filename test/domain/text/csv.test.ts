/** Files for spreadsheets: which cells get an apostrophe, and which ones quotes. */
import { expect, test } from 'vitest';
import { csvOf } from '../../../src/domain/text/csv.ts';
import { dangerousBeginnings } from '../../support/spreadsheets.ts';

const BOM = '\ufeff';

test.each(dangerousBeginnings)('a text that begins with %j is no formula', (beginning) => {
  expect(csvOf([[`${beginning}1`]])).toBe(`${BOM}"'${beginning}1"\r\n`);
});

test('numbers stay numbers, and nothing is an empty cell', () => {
  expect(csvOf([[-1, 0, null, 'a']])).toBe(`${BOM}-1,0,,a\r\n`);
});

test('a text stays in its cell', () => {
  expect(csvOf([['a,b', 'say "hi"', 'a;b', 'a\nb', ' a', 'it’s']])).toBe(
    `${BOM}"a,b","say ""hi""","a;b","a\nb"," a",it’s\r\n`,
  );
});
