/** A scan is divided by the values of a column as a slow and plain reader would divide it. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { divide, type PartWriter } from '../../src/export/split/divide.ts';
import { memberRecords } from '../../src/sources/scans.ts';

/** A member: the values of its column, and those of each identifier field. */
type Member = readonly (readonly string[])[];

const marked = (values: readonly string[]) => memberRecords(values);
const single = ([value = '']: readonly string[]) =>
  /^"|\n/.test(value) ? `"${value.replaceAll('"', '""')}"\n` : `${value}\n`;

/** The blocks of all fields in turns, cut at random places. */
function* blocksOf(members: readonly Member[], lists: readonly boolean[], cuts: () => number) {
  const streams = lists.map((isList, field) =>
    Buffer.from(members.map((member) => (isList ? marked : single)(member[field] ?? [])).join('')),
  );
  const at = streams.map(() => 0);
  while (streams.some((stream, field) => at[field]! < stream.length)) {
    for (const [field, stream] of streams.entries()) {
      const end = Math.min(stream.length, at[field]! + cuts());
      if (end > at[field]!) yield { field, block: stream.subarray(at[field], end) };
      at[field] = end;
    }
  }
}

async function divided(members: readonly Member[], lists: readonly boolean[], cuts: () => number = () => 7) {
  const files = new Map<string, string>();
  let field = 0;
  async function* blocks() {
    for (const next of blocksOf(members, lists, cuts)) {
      field = next.field;
      // Its memory is used again.
      const copy = Buffer.from(next.block);
      yield copy;
      copy.fill(0x3f);
    }
  }
  const result = await divide({
    scan: { marked: lists, blocks: blocks(), column: () => field, finished: Promise.resolve() },
    fields: lists.slice(1).map((_, n) => `field ${n}`),
    accept: () => {},
    open: async (value): Promise<PartWriter> => {
      files.set(value, '');
      return { write: async (bytes) => void files.set(value, files.get(value)! + Buffer.from(bytes).toString()) };
    },
  });
  return { ...result, files };
}

/** The rows of a CSV file, without its header. */
function rowsOf(csv: string): string[][] {
  const rows: string[][] = [];
  let row: string[] = [];
  let cell = '';
  let isQuoted = false;
  for (let at = 0; at < csv.length; at += 1) {
    const character = csv[at]!;
    if (isQuoted && character === '"' && csv[at + 1] === '"') cell += csv[at++ + 1];
    else if (character === '"') isQuoted = !isQuoted;
    else if (!isQuoted && character === ',') row.push(cell), (cell = '');
    else if (!isQuoted && character === '\n') {
      rows.push([...row, cell]);
      row = [];
      cell = '';
    } else cell += character;
  }
  return rows.slice(1);
}

/** The members of an NDJSON file: a list of values for each field. */
const objectsOf = (ndjson: string): string[][][] =>
  ndjson
    .split('\n')
    .slice(0, -1)
    .map((line) =>
      Object.values(JSON.parse(line) as Record<string, string | string[]>).map((values) => [values].flat()),
    );

/** Where each member belongs: its different values, and what it has. */
function expected(members: readonly Member[]) {
  const parts = new Map<string, string[][][]>();
  let without = 0;
  for (const [values = [], ...identifiers] of members) {
    const own = new Set(values.map((value) => value.trim()).filter((value) => value !== ''));
    if (own.size === 0) without += 1;
    const all = identifiers.map((list) => (list.length === 0 ? [''] : [...list]));
    for (const value of own) parts.set(value, [...(parts.get(value) ?? []), all]);
  }
  return { parts, without };
}

const value = fc.oneof(
  fc.constantFrom('', ' ', 'A', ' A ', 'B', '東京', 'a"b', '"q"', 'two\nlines', '+', '.x', 'a,b'),
  fc.string({ maxLength: 3 }).map((text) => text.replaceAll('\r', '')),
);
const cell = fc.oneof(
  fc.emailAddress(),
  fc.constantFrom('', '090-1234', '"quoted"', 'a"b', 'x,y', 'two\nlines', ' spaced ', '+81', '.5'),
);

test('nobody is lost, and nobody is doubled', async () => {
  const scans = fc
    .tuple(fc.boolean(), fc.array(fc.boolean(), { minLength: 1, maxLength: 3 }))
    .chain(([first, others]) => {
      const lists = [first, ...others];
      const member = fc.tuple(
        ...lists.map((isList, field) =>
          fc.array(field === 0 ? value : cell, isList ? { maxLength: 4 } : { minLength: 1, maxLength: 1 }),
        ),
      );
      return fc.tuple(
        fc.constant(lists),
        fc.array(member, { maxLength: 40 }),
        fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1 }),
      );
    });
  await fc.assert(
    fc.asyncProperty(scans, async ([lists, members, cuts]) => {
      let turn = 0;
      const found = await divided(members, lists, () => cuts[turn++ % cuts.length]!);
      const { parts, without } = expected(members);
      expect([found.rows, found.without]).toEqual([members.length, without]);
      // A member with several values is one row, too.
      const isJson = lists.slice(1).includes(true);
      const read = (file: string) => (isJson ? objectsOf(file) : rowsOf(file).map((row) => row.map((text) => [text])));
      expect(new Map([...found.files].map(([name, text]) => [name, read(text)]))).toEqual(parts);
      for (const [name, text] of found.files) {
        expect(found.parts.get(name)).toBe(parts.get(name)?.length);
        if (isJson) continue;
        // Each line of the file is a row also for a reader that leaves out empty lines.
        expect(text.endsWith('\n\n') && rowsOf(text).at(-1)!.length === 1).toBe(false);
      }
    }),
    { numRuns: 300 },
  );
});

describe('a scan', () => {
  test('gives each part a header with the names of the fields', async () => {
    const { files } = await divided([[['A'], ['a@example.com'], ['x']]], [false, false, false]);
    expect([...files]).toEqual([['A', '"field 0","field 1"\na@example.com,x\n']]);
  });

  test('writes all identifiers of a member in one line where it may have several', async () => {
    const lists = [false, true, false, true];
    const { files } = await divided(
      [[['A'], ['a@example.com', 'b"\n\\@example.com'], ['x'], ['a@example.com']]],
      lists,
    );
    const [text] = files.values();
    expect(text).toBe(
      '{"field 0":["a@example.com","b\\"\\u000a\\\\@example.com"],"field 1":"x","field 2":"a@example.com"}\n',
    );
  });

  test('keeps the place of a member whose identifier is too long, and stays one that nobody can send', async () => {
    const { files, parts } = await divided(
      [
        [['A'], ['x'.repeat(10_000)]],
        [['A'], ['a@example.com']],
      ],
      [false, false],
      () => 3_000,
    );
    expect(parts.get('A')).toBe(2);
    expect(rowsOf(files.get('A')!).map(([first]) => first!.length)).toEqual([4_096, 13]);
  });

  test('whose fields have different members is refused', async () => {
    async function* blocks() {
      yield Buffer.from('A\nB\n');
    }
    const scan = { marked: [false, false], blocks: blocks(), column: () => 0, finished: Promise.resolve() };
    const open = async () => ({ write: async () => {} });
    await expect(divide({ scan, fields: ['email'], accept: () => {}, open })).rejects.toMatchObject({
      code: 'source_unreadable',
    });
  });

  test('ends at once with a value that is not accepted', async () => {
    const accept = (_: string, count: number) => {
      if (count > 2) throw new Error('too many');
    };
    async function* blocks() {
      for (let n = 0; ; n += 1) yield Buffer.from(`${n}\n`);
    }
    const scan = { marked: [false, false], blocks: blocks(), column: () => 0, finished: new Promise<void>(() => {}) };
    let turn = 0;
    const open = async () => ({ write: async () => {} });
    const both = { ...scan, column: () => turn++ % 2 };
    await expect(divide({ scan: both, fields: ['email'], accept, open })).rejects.toThrow('too many');
  });
});
