/** The reader of results, compared with JSON.parse. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ListError, listValues } from '../../../src/sources/snowflake/list-values.ts';
import { ResultError, ResultReader } from '../../../src/sources/snowflake/result-reader.ts';
import { membersOf } from '../support/values.ts';

type Cells = readonly (string | null)[];

/** Reads a text in blocks of these sizes. */
function readResult(text: string | Buffer, lists: readonly boolean[], { sizes = [7], skip = 0 } = {}) {
  const bytes = Buffer.from(text);
  const reader = new ResultReader(
    lists.map((list) => ({ list })),
    skip,
  );
  const streams: Buffer[][] = lists.map(() => []);
  const take = (block: Uint8Array) => streams[reader.column]!.push(Buffer.from(block));
  for (let at = 0, turn = 0; at < bytes.length; turn += 1) {
    const size = sizes[turn % sizes.length]!;
    for (const block of reader.push(bytes.subarray(at, at + size))) take(block);
    at += size;
  }
  const ending = reader.end();
  let last = ending.next();
  for (; !last.done; last = ending.next()) take(last.value);
  const members = streams.map((blocks, index) => membersOf(Buffer.concat(blocks), lists[index]!));
  return { around: last.value, members, rows: reader.rows };
}

const value = fc.oneof(
  fc.constant(null),
  fc.string({ unit: 'binary' }),
  fc.string({ unit: fc.constantFrom('"', '\\', '\n', '\r', '\0', 'a', 'é', '山', '👩', ' ', ',', '[', ']') }),
);

/** JSON with white space between its tokens, as servers write it for people. */
const indented = fc.constantFrom(0, 1, 2);
const sizes = fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 5 });

describe('a result', () => {
  test('gives what JSON.parse gives, however it is cut', () => {
    fc.assert(
      fc.property(
        fc
          .integer({ min: 1, max: 3 })
          .chain((width) => fc.array(fc.array(value, { minLength: width, maxLength: width }))),
        indented,
        sizes,
        (rows: readonly Cells[], indent, cut) => {
          const width = rows[0]?.length ?? 1;
          const more = {
            resultSetMetaData: { numRows: rows.length, data: ['no row'] },
            code: '"data":[["x"]]',
          };
          const text = JSON.stringify({ ...more, data: rows, last: [1, { data: [] }] }, null, indent);
          const read = readResult(text, Array(width).fill(false), { sizes: cut });
          expect(read.around).toEqual({ ...more, data: null, last: [1, { data: [] }] });
          expect(read.rows).toBe(rows.length);
          const expected = Array.from({ length: width }, (_, column) =>
            rows.map((row) => [Buffer.from(row[column] ?? '').toString()]),
          );
          expect(read.members).toEqual(expected);
        },
      ),
    );
  });

  test('may be the rows alone, and continue after some of them', () => {
    const rows = [['a'], [null], ['"b"\n'], ['c']];
    expect(readResult(JSON.stringify(rows), [false]).members).toEqual([[['a'], [''], ['"b"\n'], ['c']]]);
    expect(readResult(JSON.stringify(rows), [false], { skip: 2 }).members).toEqual([[['"b"\n'], ['c']]]);
    expect(readResult(JSON.stringify(rows), [false], { skip: 9 }).members).toEqual([[]]);
  });

  test('gives the values of lists', () => {
    const lists = [['a', 'b'], [], [null, 'two\nlines'], [12345678901234567890n, 1.5, true, '"']];
    const texts = lists.map((list) => [
      `[${list.map((value) => (typeof value === 'bigint' ? value : JSON.stringify(value))).join(', ')}]`,
    ]);
    const read = readResult(JSON.stringify([...texts, [null]]), [true]);
    expect(read.members).toEqual([
      [['a', 'b'], [''], ['', 'two\nlines'], ['12345678901234567890', '1.5', 'true', '"'], ['']],
    ]);
    for (const wrong of ['[{"a":1}]', '[[1]]', '"text"', 'not JSON']) {
      expect(() => listValues(wrong), wrong).toThrow(ListError);
    }
  });

  test('is refused when it is not such JSON, or ends early', () => {
    const whole = '{"data":[["a",null],["b","c"]],"x":1}';
    for (let end = 0; end < whole.length; end += 1)
      expect(() => readResult(whole.slice(0, end), [false, false]), whole.slice(0, end)).toThrow(ResultError);
    const wrong = [
      '{}',
      '{"data":null}',
      '{"data":[["a"]]}',
      '{"data":[["a","b","c"]]}',
      '{"data":[["a" "b"]]}',
      '{"data":[["a","b"]["c","d"]]}',
      '{"data":[["a",1]]}',
      '{"data":[["a",nul]]}',
      '{"data":[["a",["b"]]]}',
      '{"data":["a","b"]}',
      '{"data":[,["a","b"]]}',
      '{"data":[["a","b"],]}',
      '{"data":[["a\nb","c"]]}',
      '{"data":[["a\\x","c"]]}',
      '{"data":[["a","b"]],}',
      '<html>',
    ];
    for (const text of wrong) expect(() => readResult(text, [false, false]), text).toThrow(ResultError);
  });

  test('of random bytes never gives another error', () => {
    const noise = fc.array(fc.constantFrom('{"data":', '[', ']', '"', 'a', '\\', ',', 'null', '}', '\\u', '\n', ' '));
    fc.assert(
      fc.property(noise, (parts) => {
        try {
          readResult(parts.join(''), [false]);
        } catch (error) {
          expect(error).toBeInstanceOf(ResultError);
        }
      }),
    );
  });

  test('with a long value is read in linear time', () => {
    const long = 'x'.repeat(8 << 20);
    const { members } = readResult(JSON.stringify([[long], ['b']]), [false], { sizes: [16 << 10] });
    expect(members[0]!.map(([text]) => text!.length)).toEqual([long.length, 1]);
  });
});
