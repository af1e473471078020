/** What a preview shows of the values of the column that names the audiences, and what it only counts. */
import { describe, expect, test } from 'vitest';
import { MAX_PARTS } from '../../src/domain/jobs/part-values.ts';
import type { Scan } from '../../src/sources/source.ts';
import { MEMBERS_LOOKED_AT } from '../../src/use-cases/sources/reach.ts';
import { splitValuesOf } from '../../src/use-cases/sources/split-values.ts';

interface Given {
  /** Each record of the column as it is in a stream. */
  readonly records: Iterable<string>;
  readonly marked?: boolean;
  readonly ofQuery?: boolean;
}

/** The preview, and how many records were read for it. */
async function preview({ records, marked = false, ofQuery }: Given) {
  let read = 0;
  async function* blocks() {
    for (const record of records) {
      read += 1;
      yield Buffer.from(`${record}\n`);
    }
  }
  const scan: Scan = {
    marked: [marked],
    ofQuery,
    blocks: blocks(),
    column: () => 0,
    finished: Promise.resolve(),
    progress: () => undefined,
    close: async () => {},
  };
  return { ...(await splitValuesOf('shop', (_, work) => work(scan))), read };
}

const times = (count: number, value: string) => Array<string>(count).fill(value);

describe('a preview of the values of a column', () => {
  test('shows those of 10 rows and more, the most frequent first, and only counts the others', async () => {
    const records = [...times(9, 'Nara'), ...times(10, 'Osaka'), ...times(11, 'Tokyo'), ...times(10, ' Kobe ')];
    expect(await preview({ records: [...records, ...times(12, ''), '  '] })).toMatchObject({
      values: [
        { value: 'Tokyo', rows: 11 },
        { value: 'Kobe', rows: 10 },
        { value: 'Osaka', rows: 10 },
      ],
      total: 4,
      rows: 53,
      rows_without: 13,
      problems: [],
    });
  });

  test.each([
    'aiko@example.com',
    '+81 90-1234-5678',
    '０９０１２３４５６７８',
    `U${'0123456789abcdef'.repeat(2)}`,
    'a1'.repeat(32),
    '123e4567-e89b-12d3-a456-426614174000',
  ])('never shows an identifier: %s', async (value) => {
    const found = await preview({ records: [...times(50, value), ...times(20, 'Tokyo')] });
    expect(found).toMatchObject({ values: [{ value: 'Tokyo', rows: 20 }], total: 2, rows: 70 });
    expect(found.problems).toMatchObject([
      { message: expect.stringContaining('looks like an identifier of a person') },
    ]);
    expect(JSON.stringify(found)).not.toContain(value);
  });

  test('shows no value of a query, whose author decides what it is', async () => {
    const records = [...times(50, 'Tokyo'), ...times(20, 'Osaka'), ''];
    const found = await preview({ records, ofQuery: true });
    expect(found).toMatchObject({ values: [], total: 2, rows: 71, rows_without: 1, problems: [] });
    expect(JSON.stringify(found)).not.toMatch(/Tokyo|Osaka/);
  });

  test('counts a member with several values once for each', async () => {
    // A mark begins each record: a comma for a new member, a point for a further value of the same one.
    const member = [',Tokyo', '.Osaka', '.Tokyo', '".Kobe, ""East"""'];
    const records = Array.from({ length: 10 }, () => member).flat();
    expect(await preview({ records, marked: true })).toMatchObject({
      values: [
        { value: 'Kobe, "East"', rows: 10 },
        { value: 'Osaka', rows: 10 },
        { value: 'Tokyo', rows: 10 },
      ],
      rows: 10,
      rows_without: 0,
    });
  });

  test('looks no further than the first members, or than one value too many', async () => {
    function* endless(textOf: (n: number) => string) {
      for (let n = 0; ; n += 1) yield textOf(n);
    }
    const first = await preview({ records: endless(() => 'Tokyo') });
    expect(first).toMatchObject({ rows: MEMBERS_LOOKED_AT, values: [{ value: 'Tokyo', rows: MEMBERS_LOOKED_AT }] });
    expect(first.read).toBeLessThan(MEMBERS_LOOKED_AT + 10);
    const many = await preview({ records: endless((n) => `Shop ${n}`) });
    expect(many).toMatchObject({ values: [], total: MAX_PARTS + 1 });
    expect(many.problems).toHaveLength(1);
    expect(many.read).toBeLessThan(MAX_PARTS + 10);
  });
});
