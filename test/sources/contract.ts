/**
 * The contract of every source, whatever it reads from. A test file provides a kit that makes a source of given
 * members, and calls `sourceContract`.
 */
import { setImmediate as turn } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { LineupError } from '../../src/domain/errors/errors.ts';
import type { Scan, Source } from '../../src/sources/source.ts';
import { heldMemory } from '../support/memory.ts';
import { parseRecords, readBlocks, readFields, readMembers } from './support/values.ts';

/** One member of the source. null means that the source has no value. */
export interface Row {
  readonly email: string | null;
  readonly phone?: string | null;
  /** Only if the source has lists. */
  readonly emails?: readonly (string | null)[] | null;
}

export interface SourceKit {
  readonly name: string;
  /** Whether a field may hold several values. Then there is a field `emails`. */
  readonly lists: boolean;
  /** Whether a value may hold NUL. */
  readonly nul: boolean;
  /** Whether its scans give places where another scan can continue. */
  readonly places: boolean;
  /**
   * The kit that reads the same with the same code, only from another place: its fields and values are tested there.
   */
  readonly like?: string;
  /** The kit whose blocks come in the same way: the memory of a scan is measured there. */
  readonly memoryLike?: string;
  /** A source with the fields `email`, `phone` and, with lists, `emails`. It is freed when the test ends. */
  open(rows: readonly Row[]): Promise<Source>;
  /** The same, but its scan fails during or after the rows. */
  openBroken(rows: readonly Row[]): Promise<Source>;
}

const emails = (count: number): Row[] =>
  Array.from({ length: count }, (_, n) => ({ email: `member${n + 1}@example.com` }));

/** Members whose fields differ in length, so that the streams of a scan grow at different rates. */
const people = (count: number): Row[] =>
  Array.from({ length: count }, (_, n) => ({
    email: n % 7 === 3 ? null : `member${n + 1}@${'long.'.repeat(n % 23)}example.com`,
    phone: n % 5 === 2 ? null : `+8190${n + 1}`,
    emails: Array.from({ length: n % 4 }, (_, place) => `member${n + 1}.${place}@example.com`),
  }));

/** The text that stands for a member in every field of `people`, if the field has a value. */
const numberIn = ([value = '']: readonly string[]) => /^(?:member|\+8190)(\d+)/.exec(value)?.[1];

/** Values that a weaker stream format would split, merge or change. */
const hostile: readonly string[] = [
  '"',
  '""',
  'say "hi"',
  '"quoted"',
  'two\nlines',
  '\n',
  'cr\rlf\r\nend\r',
  'a,b;c\td|e',
  ' space around ',
  '+plus',
  '.dot',
  '\\N',
  '\\',
  'NULL',
  "' OR 1=1 --",
  '山田@example.jp',
  'ÀÉ\u00a0\u3000\ufeff',
  '👩‍👩‍👧@example.com',
  '{"a":1}',
  '[1,2]',
  `${'long'.repeat(300_000)}@example.com`,
];

/** The error of a scan. The input must end, too. */
async function failureOf(scan: Scan): Promise<unknown> {
  await readBlocks(scan);
  const failure = await scan.finished.then(
    () => undefined,
    (error: unknown) => error,
  );
  await scan.close();
  return failure;
}

function iteratorOf(scan: Scan): AsyncIterator<Uint8Array> {
  return scan.blocks[Symbol.asyncIterator]();
}

const scanOf = async (kit: SourceKit, rows: readonly Row[], field = 'email') => (await kit.open(rows)).scan([field]);

const fieldsOf = ({ lists }: SourceKit) => (lists ? ['phone', 'emails', 'email'] : ['phone', 'email']);

/** What a source makes of its fields and values, wherever their bytes come from. */
function contractOfValues(kit: SourceKit): void {
  it('gives its fields', async () => {
    const row = { email: 'a@example.com', ...(kit.lists && { emails: ['a@example.com'] }) };
    const source = await kit.open([row]);
    const fields = (await source.fields()).map(({ name, list }) => ({ name, list }));
    expect(fields).toContainEqual({ name: 'email', list: false });
    if (kit.lists) expect(fields).toContainEqual({ name: 'emails', list: true });
    expect(source.label).not.toBe('');
  });

  it('gives an empty value for a missing one', async () => {
    const rows: Row[] = [{ email: 'a@example.com' }, { email: null }, { email: 'b@example.com' }];
    expect(await readMembers(await scanOf(kit, rows))).toEqual([['a@example.com'], [''], ['b@example.com']]);
  });

  if (kit.lists)
    it('gives every value of a list', async () => {
      const lists = [['a', 'b', 'c'], [], null, [null, 'd'], ['two\nlines', '"e"'], ['f']];
      const rows = lists.map((list) => ({ email: 'x@example.com', emails: list }));
      expect(await readMembers(await scanOf(kit, rows, 'emails'))).toEqual([
        ['a', 'b', 'c'],
        [''],
        [''],
        ['', 'd'],
        ['two\nlines', '"e"'],
        ['f'],
      ]);
    });

  it('names the fields and the most similar one if a field is missing', async () => {
    const source = await kit.open(emails(1));
    const failure = await source.scan(['emial']).then(failureOf, (error: unknown) => error);
    expect(failure).toBeInstanceOf(LineupError);
    expect(failure).toMatchObject({ code: 'field_not_found' });
    expect(String(failure)).toMatch(/"email".* Did you mean "email"\?/s);
  });

  describe('several fields in one scan', () => {
    const names = fieldsOf(kit);

    /** What scans of each field alone give. */
    async function alone(source: Source) {
      const scans = [];
      for (const name of names) {
        const scan = await source.scan([name]);
        scans.push({ marked: scan.marked[0], members: await readMembers(scan) });
      }
      return scans;
    }

    it('give what scans of each of them give, member by member', async () => {
      const source = await kit.open(people(450));
      const expected = await alone(source);
      const scan = await source.scan(names);
      expect(scan.marked).toEqual(expected.map(({ marked }) => marked));
      const fields = await readFields(scan);
      expect(fields).toEqual(expected.map(({ members }) => members));
      for (const members of fields) {
        expect(members).toHaveLength(450);
        for (const [n, member] of members.entries()) expect([undefined, `${n + 1}`]).toContain(numberIn(member));
      }
    });

    it('give nothing for an empty audience, and succeed', async () => {
      const source = await kit.open([]);
      expect(await readFields(await source.scan(names))).toEqual(names.map(() => []));
    });

    it('name the wrong one', async () => {
      const source = await kit.open(people(3));
      const failure = await source.scan(['phone', 'emial']).then(failureOf, (error: unknown) => error);
      expect(failure).toMatchObject({ code: 'field_not_found' });
      expect(String(failure)).toMatch(/"emial".* Did you mean "email"\?/s);
    });
  });
}

export function sourceContract(kit: SourceKit): void {
  describe(`the contract of sources: ${kit.name}`, () => {
    if (kit.like === undefined) contractOfValues(kit);

    it('gives nothing for an empty audience, and succeeds', async () => {
      expect(await readMembers(await scanOf(kit, []))).toEqual([]);
    });

    it('gives every member in order, and again in the next scan', async () => {
      const rows = emails(250);
      const source = await kit.open(rows);
      const expected = rows.map(({ email }) => [email]);
      expect(await readMembers(await source.scan(['email']))).toEqual(expected);
      expect(await readMembers(await source.scan(['email']))).toEqual(expected);
    });

    it('gives hostile values unchanged', async () => {
      const values = kit.nul ? [...hostile, 'nul\0inside', '\0'] : hostile;
      const members = await readMembers(
        await scanOf(
          kit,
          values.map((email) => ({ email })),
        ),
      );
      expect(members).toEqual(values.map((value) => [value]));
    });

    describe('several fields in one scan', () => {
      const names = fieldsOf(kit);

      it('give hostile values unchanged, whichever field holds them', async () => {
        // Each is in four places, so the long one is only longer than a block.
        const short = hostile.map((value) => value.slice(-200_000));
        const values = kit.nul ? [...short, 'nul\0inside', '\0'] : short;
        const rows = values.map((email, n) => {
          const other = values.at(-1 - n)!;
          return { email, phone: other, emails: [other, email, ''] };
        });
        const source = await kit.open(rows);
        const fields = await readFields(await source.scan(names));
        const expected = names.map((name) =>
          rows.map((row) => (name === 'emails' ? row.emails : [name === 'email' ? row.email : row.phone])),
        );
        expect(fields).toEqual(expected);
      });

      it('end with an error if the source fails', async () => {
        const source = await kit.openBroken(people(450));
        const failure = await failureOf(await source.scan(['phone', 'email']));
        expect(failure).toBeInstanceOf(LineupError);
        expect((failure as LineupError).code).toMatch(/^source_/);
        expect(`${failure} ${(failure as LineupError).reason}`).not.toMatch(/member\d|8190/);
      });

      it('can be closed between their blocks', async () => {
        const source = await kit.open(people(450));
        const scan = await source.scan(names);
        const input = iteratorOf(scan);
        await input.next();
        await scan.close();
        expect((await input.next()).done).toBe(true);
        await expect(scan.finished).rejects.toMatchObject({ code: 'interrupted' });
        expect(await readFields(await source.scan(names))).toHaveLength(names.length);
      });

      if (kit.places)
        it('give a place only where all of them have the same members, and continue there', async () => {
          const source = await kit.open(people(450));
          const whole = await readFields(await source.scan(names));
          const scan = await source.scan(names);
          const given = names.map(() => 0);
          const places: { place: string; members: number }[] = [];
          for await (const block of scan.blocks) {
            const records = parseRecords(Buffer.from(block));
            const isMember = ([mark]: string) => !scan.marked[scan.column()] || mark === '+';
            given[scan.column()]! += records.filter(isMember).length;
            const place = scan.place?.();
            if (place === undefined) continue;
            expect(new Set(given).size).toBe(1);
            places.push({ place, members: given[0]! });
          }
          await scan.close();
          expect(places.length).toBeGreaterThan(2);
          for (const { place, members } of places) {
            expect(place).not.toMatch(/member\d|@|8190/);
            const rest = await readFields(await source.scan(names, undefined, place));
            expect(rest).toEqual(whole.map((field) => field.slice(members)));
          }
        });
    });

    it('previews the first members, masked', async () => {
      const source = await kit.open(emails(250));
      const rows = await source.preview('email', 3);
      expect(rows).toEqual([1, 2, 3].map((row) => ({ row, values: ['m***@e***.com'] })));
    });

    it('ends with an error if the source fails, and the error shows no value', async () => {
      const source = await kit.openBroken(emails(450));
      const failure = await failureOf(await source.scan(['email']));
      expect(failure).toBeInstanceOf(LineupError);
      expect((failure as LineupError).code).toMatch(/^source_/);
      expect(`${failure} ${(failure as LineupError).reason}`).not.toMatch(/member\d/);
    });

    it('stops when its signal aborts', async () => {
      const source = await kit.open(emails(450));
      const controller = new AbortController();
      const scan = await source.scan(['email'], controller.signal);
      const input = iteratorOf(scan);
      await input.next();
      controller.abort();
      // Blocks that were already read may still come, but the scan must end.
      while (!(await input.next()).done);
      await expect(scan.finished).rejects.toMatchObject({ code: 'interrupted' });
      await scan.close();
    });

    it('gives nothing if its signal was aborted before', async () => {
      const source = await kit.open(emails(450));
      const failure = await source.scan(['email'], AbortSignal.abort()).then(failureOf, (error: unknown) => error);
      expect(failure).toMatchObject({ code: 'interrupted' });
    });

    it('can be closed at any time, also twice', async () => {
      const source = await kit.open(emails(450));
      const unread = await source.scan(['email']);
      await unread.close();
      await unread.close();
      await expect(unread.finished).rejects.toMatchObject({ code: 'interrupted' });

      const begun = await source.scan(['email']);
      const input = iteratorOf(begun);
      await input.next();
      const waiting = input.next();
      await begun.close();
      await waiting;
      expect((await input.next()).done).toBe(true);
      await begun.close();

      const whole = await source.scan(['email']);
      await readMembers(whole);
      await whole.close();
      await expect(whole.finished).resolves.toBeUndefined();
      await source.close();
      await source.close();
    });

    if (kit.places)
      it('continues from every place that it gives', async () => {
        const source = await kit.open(emails(450));
        const scan = await source.scan(['email']);
        const places: { place: string; given: number }[] = [];
        let given = 0;
        for await (const block of scan.blocks) {
          given += parseRecords(Buffer.from(block)).length;
          const place = scan.place?.();
          if (place !== undefined) places.push({ place, given });
        }
        await scan.close();
        expect(places.length).toBeGreaterThan(2);
        const all = emails(450).map(({ email }) => [email]);
        // In reverse order, because a later place does not use up an earlier one.
        for (const { place, given } of places.toReversed()) {
          expect(place).not.toMatch(/member\d|@/);
          const rest = await source.scan(['email'], undefined, place);
          expect(await readMembers(rest)).toEqual(all.slice(given));
        }
      });

    if (kit.places)
      it('refuses a place that it never gave', async () => {
        const source = await kit.open(emails(450));
        for (const place of ['', 'nowhere', '300 nowhere']) {
          const failure = await source.scan(['email'], undefined, place).then(failureOf, (error: unknown) => error);
          expect(failure).toMatchObject({ code: 'source_expired' });
        }
        expect(await readMembers(await source.scan(['email']))).toHaveLength(450);
      });

    if (!kit.places)
      it('gives no place', async () => {
        const scan = await scanOf(kit, emails(450));
        for await (const _ of scan.blocks) expect(scan.place?.()).toBeUndefined();
        await scan.close();
      });

    it('gives its progress between 0 and 1, if it can', async () => {
      const scan = await scanOf(kit, emails(450));
      const seen = [scan.progress()];
      const input = iteratorOf(scan);
      while (!(await input.next()).done) seen.push(scan.progress());
      await scan.finished;
      expect(scan.progress()).toBe(1);
      await scan.close();
      for (const progress of seen) {
        if (progress === undefined) continue;
        expect(progress).toBeGreaterThanOrEqual(0);
        expect(progress).toBeLessThanOrEqual(1);
      }
    });

    const { memoryLike } = kit;
    if (memoryLike === undefined)
      it('needs no more memory for many members than for some', async () => {
        const rows = Array.from({ length: 6_500 }, (_, n) => ({
          email: `${'x'.repeat(1200)}${n}@example.com`,
        }));
        // Concatenated texts grow when they are first read. Copies have their final size from the start.
        const scan = await scanOf(kit, structuredClone(rows));
        const measureAt = [500_000, 6_000_000, 6_700_000];
        const held: number[] = [];
        let bytes = 0;
        const input = iteratorOf(scan);
        for (let block = await input.next(); !block.done; block = await input.next()) {
          bytes += block.value.length;
          // The reader yields to other work. A source that collects data meanwhile would use more memory.
          await turn();
          // Measures as rarely as possible, because a measurement is slow.
          if (bytes > (measureAt[held.length] ?? Number.POSITIVE_INFINITY)) held.push(await heldMemory());
        }
        await scan.finished;
        expect(bytes).toBeGreaterThan(7_500_000);
        // The data in transit differs each time, but leaked memory is in every later measurement.
        expect(held).toHaveLength(3);
        const [early, ...late] = held;
        expect(Math.min(...late) - early!).toBeLessThan(3_000_000);
        await scan.close();
      });
  });
}
