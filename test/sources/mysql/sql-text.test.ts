import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { checkQuery } from '../../../src/sources/mysql/query-refusal.ts';
import { audienceNamed, codeOf, readTableName, writeTableName } from '../../../src/sources/mysql/sql-text.ts';

test('a name of a table is read as it was written', () => {
  const name = fc.string({ minLength: 1, maxLength: 64, unit: 'grapheme' }).filter((text) => !text.includes('\0'));
  fc.assert(
    fc.property(fc.option(name, { nil: undefined }), name, (database, table) => {
      const written = writeTableName({ database, table });
      expect(readTableName(written)).toEqual({ database, table });
      expect(audienceNamed(written)).toEqual({ database, table });
    }),
  );
});

test.each(['', '.', 'a.b.c', '`open', 'a`b', `a.${'x'.repeat(400)}`, '`a\0b`'])('%j is not a name', (text) => {
  expect(() => readTableName(text)).toThrow('not a valid table name');
});

describe('a query', () => {
  it.each([
    'select 1',
    '  SELECT*FROM t',
    'with a as (select 1) select * from a',
    '((select 1))',
    '-- all\nselect 1',
    '--\tall\nselect 1',
    '# all\nselect 1',
    '/* a */ select `x` from t',
    'select"a"',
  ])('is %j', (text) => {
    expect(audienceNamed(text)).toEqual({ query: text });
  });

  it.each(['select', 'with.members', '`select all`', 'selected', 'members'])('is not %j', (text) => {
    expect(audienceNamed(text)).not.toHaveProperty('query');
  });

  it.each([
    "select 'for update' as a",
    'select `into` from t',
    'select 1 -- into a file',
    'select 1 # for update',
    'select 1 /* lock in share mode */',
    String.raw`select 'it\'s into' as a`,
    "select 'it''s into' as a",
    'select "into ""a" as a',
    'select 1;;  ',
  ])('may hold %j', (text) => {
    expect(() => checkQuery(text)).not.toThrow();
  });

  it.each([
    ["select 1 into outfile '/tmp/x'", 'INTO writes'],
    ['select 1 into @x', 'INTO writes'],
    ['select * from t for update', 'locks rows'],
    ['select * from t for/**/update', 'locks rows'],
    ['select * from t for -- x\n share', 'locks rows'],
    ['select * from t lock in share mode', 'locks rows'],
    ['select 1 /*! into outfile "x" */', 'comment with code'],
    ['select 1 /*M!100000 , 2 */', 'comment with code'],
    ['select /*+ SET_VAR(sql_mode = 1) */ 1', 'comment with code'],
    [String.raw`select '\' -- ' into @x`, 'INTO writes'],
    [' ;; ', 'it is empty'],
    ['select 1\0', 'NUL'],
    [`select ${'1,'.repeat(60_000)}1`, 'longer than'],
  ])('may not be %j', (text, why) => {
    expect(() => checkQuery(text)).toThrow(why);
  });

  it('has a comment after two hyphens only before the characters that the server takes for white space', () => {
    // As MariaDB does for each of these characters.
    const begins = (code: number) => code <= 0x20 || code === 0x7f;
    const others = [0x0a, ...[...`"#'\``].map((quote) => quote.charCodeAt(0))];
    for (let code = 0; code <= 0xffff; code += 1) {
      if (others.includes(code)) continue;
      const text = `--${String.fromCharCode(code)}x`;
      expect(codeOf(text), text).toBe(begins(code) ? ' ' : text);
    }
    expect(codeOf('--\nx')).toBe(' x');
    expect(codeOf('--')).toBe(' ');
    expect(() => checkQuery("select 1 --\u00a0-1 into outfile '/tmp/x'")).toThrow('INTO writes');
  });

  it('is read in linear time', () => {
    const start = performance.now();
    for (const part of ["'", '"', '`', '/*', '--', '#', "''", '(', '\\', "'\\"]) codeOf(part.repeat(100_000));
    expect(performance.now() - start).toBeLessThan(5_000);
  });
});
