import { setImmediate as turn } from 'node:timers/promises';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { asSentence } from '../../src/domain/text/sentence.ts';
import { retryDelay } from '../../src/sources/http.ts';
import type { FetchedPage } from '../../src/sources/lytics/client.ts';
import { LoopGuard, readPages } from '../../src/sources/lytics/pages.ts';
import { recordOf, valuesOf } from '../../src/sources/lytics/source.ts';
import { memberRecords } from '../../src/sources/scans.ts';
import { parseRecords } from './support/values.ts';

describe('the retry policy', () => {
  const passing = { what: asSentence('It answered 500.'), reason: '500', status: 500, retryable: true };
  it.each([
    ['doubles', passing, 1, 1, 500],
    ['doubles', passing, 3, 1, 2000],
    ['uses half of the delay at random', passing, 3, 0, 1000],
    ['has a cap', passing, 6, 1, 16_000],
    ['ends', passing, 7, 1, undefined],
    ['obeys Retry-After', { ...passing, retryAfterMs: 42_000 }, 1, 1, 42_000],
    ['does not wait longer than its limit', { ...passing, retryAfterMs: 61_000 }, 1, 1, undefined],
    ['does not try again if another attempt would be refused, too', { ...passing, retryable: false }, 1, 1, undefined],
  ])('%s', (_, failure, attempts, random, expected) => {
    expect(retryDelay(failure, attempts, random)).toBe(expected);
  });
});

describe('a walk over pages', () => {
  /** The verdict for each page. A page is given as its next cursor and its records. */
  const verdicts = (pages: readonly (readonly [string | undefined, ...string[]])[], total?: number) => {
    const guard = new LoopGuard();
    return pages.map(([next, ...records]) => guard.takes({ next, records, total }));
  };

  it.each<[string, readonly (readonly [string | undefined, ...string[]])[], number | undefined, string[]]>([
    [
      'ends at a page without a cursor',
      [
        ['1', 'a'],
        [undefined, 'b'],
      ],
      2,
      ['on', 'last'],
    ],
    [
      'continues when a cursor comes again',
      [
        ['S', 'a'],
        ['S', 'b'],
        ['S', 'c'],
        [undefined, 'd'],
      ],
      4,
      ['on', 'on', 'on', 'last'],
    ],
    ['ends at an empty page with a repeated cursor', [['S', 'a'], ['S', 'b'], ['S']], 2, ['on', 'on', 'over']],
    [
      'continues at an empty page with a new cursor',
      [['1', 'a'], ['2'], ['3'], [undefined, 'b']],
      2,
      ['on', 'on', 'on', 'last'],
    ],
    [
      'ends at a page that came before',
      [
        ['S', 'a', 'b'],
        ['S', 'c', 'd'],
        ['S', 'a', 'b'],
      ],
      4,
      ['on', 'on', 'over'],
    ],
    [
      'ends at known members in another order',
      [
        ['S', 'a', 'b'],
        ['S', 'c', 'd'],
        ['S', 'd', 'b'],
      ],
      4,
      ['on', 'on', 'over'],
    ],
    [
      'continues at one new member among known ones',
      [
        ['S', 'a', 'b'],
        ['S', 'a', 'c'],
        ['S', 'a', 'b', 'c'],
      ],
      3,
      ['on', 'on', 'over'],
    ],
    [
      'ends at once when it does not move',
      [
        ['S', 'a', 'b'],
        ['S', 'a', 'b'],
      ],
      undefined,
      ['on', 'over'],
    ],
    [
      'is a circle when members are missing',
      [
        ['S', 'a', 'b'],
        ['S', 'a', 'b'],
      ],
      13,
      ['on', 'circle'],
    ],
    [
      'continues at members without the value, as long as there are more',
      [
        ['S', 'a', ''],
        ['S', '', ''],
        ['S', '', ''],
        ['S', '', ''],
      ],
      6,
      ['on', 'on', 'on', 'over'],
    ],
    [
      'continues at such a page if Lytics gives no total',
      [
        ['S', ''],
        ['S', ''],
        ['S', ''],
      ],
      undefined,
      ['on', 'on', 'on'],
    ],
    [
      'ends at a page that came before, also if some members have no value',
      [
        ['S', 'a', ''],
        ['S', 'b', ''],
        ['S', 'a', ''],
      ],
      4,
      ['on', 'on', 'over'],
    ],
    [
      'ends in a circle of cursors',
      [
        ['1', 'a'],
        ['2', 'b'],
        ['1', 'a'],
        ['2', 'b'],
      ],
      2,
      ['on', 'on', 'on', 'over'],
    ],
  ])('%s', (_, pages, total, expected) => {
    expect(verdicts(pages, total)).toEqual(expected);
  });

  it('ends in every circle of cursors, and never before all members came', () => {
    fc.assert(
      fc.property(fc.nat(50), fc.integer({ min: 1, max: 60 }), (lead, circle) => {
        const guard = new LoopGuard();
        const at = (step: number) => (step < lead ? `lead ${step}` : `circle ${(step - lead) % circle}`);
        let step = 0;
        while (guard.takes({ next: at(step), records: [at(step)], total: undefined }) === 'on') step += 1;
        expect(step).toBeGreaterThanOrEqual(lead + circle);
        expect(step).toBeLessThanOrEqual(8 * (lead + circle) + 4);
      }),
    );
    const guard = new LoopGuard();
    for (let step = 0; step < 100_000; step += 1) {
      expect(guard.takes({ next: String(step), records: ['the same'], total: undefined })).toBe('on');
    }
    expect(guard.repeats).toBe(false);
  });

  it('also ends in a circle that is larger than its memory', () => {
    const guard = new LoopGuard(undefined, 1_000);
    const lap = 50;
    const page = (number: number) => Array.from({ length: 100 }, (_, index) => `${number % lap} ${index}`);
    const verdicts = Array.from({ length: 2 * lap + 20 }, (_, number) =>
      guard.takes({ next: 'S', records: page(number), total: lap * 100 }),
    );
    // Every member came twice, and half of the memory more.
    expect(verdicts.indexOf('circle')).toBe(2 * lap + 10);
    expect(verdicts).not.toContain('over');
  });
});

describe('a member of several fields', () => {
  it('is recognised by all of them', () => {
    const fields = ['email', 'phone'];
    const members = [
      { email: 'a', phone: '1' },
      { email: 'a', phone: '2' },
      { email: 'a' },
      { phone: '1' },
      { phone: 'a' },
      { email: ['a'], phone: '1' },
    ];
    const records = members.map((member) => recordOf(member, fields));
    expect(new Set(records).size).toBe(members.length);
    expect(records).not.toContain('');
  });

  it('has no record only if it has no value in any', () => {
    for (const member of [{}, { email: null, phone: '' }, { email: [], other: 'a' }])
      expect(recordOf(member, ['email', 'phone'])).toBe('');
  });
});

describe('reading ahead', () => {
  const recordOf = () => '';

  it('reads one page ahead, however slow the reader is', async () => {
    const asked: (string | undefined)[] = [];
    const read = async (cursor: string | undefined): Promise<FetchedPage> => {
      asked.push(cursor);
      const next = Number(cursor ?? 0) + 1;
      return { members: [], next: next < 4 ? String(next) : undefined, total: undefined, lost: false };
    };
    const pages = readPages({ read, recordOf });
    expect(asked).toEqual([]);
    for (const expected of [
      [undefined, '1'],
      [undefined, '1', '2'],
      [undefined, '1', '2', '3'],
    ]) {
      await pages.next();
      for (let turns = 0; turns < 20; turns += 1) await turn();
      expect(asked).toEqual(expected);
    }
    expect((await pages.next()).done).toBe(false);
    expect((await pages.next()).done).toBe(true);
    expect(asked).toHaveLength(4);
  });

  it('stops when the walk is left', async () => {
    const signals: AbortSignal[] = [];
    const read = async (_: string | undefined, signal: AbortSignal): Promise<FetchedPage> => {
      signals.push(signal);
      return { members: [], next: String(signals.length), total: undefined, lost: false };
    };
    for await (const _ of readPages({ read, recordOf })) break;
    expect(signals.map(({ aborted }) => aborted)).toEqual([true, true]);
  });

  it('keeps an error until its page is needed', async () => {
    const read = async (cursor: string | undefined): Promise<FetchedPage> => {
      if (cursor !== undefined) throw new Error('page 2');
      return { members: [], next: '2', total: 1, lost: false };
    };
    const pages = readPages({ read, recordOf });
    expect((await pages.next()).value).toMatchObject({ next: '2' });
    await turn();
    await expect(pages.next()).rejects.toThrow('page 2');
  });
});

describe('the values of a profile', () => {
  it.each<[string, unknown, string[]]>([
    ['a text', ' a@example.com ', [' a@example.com ']],
    ['a number', 819012345678, ['819012345678']],
    ['a number as a string', '0901', ['0901']],
    ['null', null, ['']],
    ['a list', ['a', null, 7], ['a', '', '7']],
    ['an empty list', [], []],
    ['a text with its time', [{ value: 'a', ts: '2026-02-20T09:00:00Z' }], ['a']],
    [
      'its parts in another order',
      [
        { t: '2026-02-20T09:00:00Z', v: 'a' },
        { v: 'b', at: 1 },
      ],
      ['a', 'b'],
    ],
  ])('%s', (_, value, expected) => {
    expect(valuesOf({ field: value }, 'field')).toEqual(expected);
  });

  it('are one empty value if the field is missing or only inherited', () => {
    expect(valuesOf({}, 'email')).toEqual(['']);
    expect(valuesOf({}, 'constructor')).toEqual(['']);
  });

  it.each<[unknown, RegExp]>([
    [{ a: 'secret@example.com' }, /"field" holds objects/],
    [[['secret@example.com', 'b']], /objects without text, or with several/],
    [[{ 'secret@example.com': 'a', b: 'c' }], /objects without text, or with several/],
    [[{ ts: '2026-02-20T09:00:00Z' }], /objects without text, or with several/],
  ])('are refused for %j, without showing it', (value, message) => {
    const read = () => valuesOf({ field: value }, 'field');
    expect(read).toThrowError(expect.objectContaining({ code: 'field_type' }));
    expect(read).toThrowError(message);
    expect(read).not.toThrowError(/secret/);
  });
});

it('match what was written, whatever the values hold', () => {
  const text = fc.string({ unit: fc.constantFrom('"', '\n', '\r', '+', '.', 'a', ' ', '\0', '山', '😀') });
  fc.assert(
    fc.property(fc.array(fc.array(text)), (members) => {
      const stream = Buffer.from(members.map(memberRecords).join(''));
      const expected = members.flatMap((values) =>
        values.length === 0 ? ['+'] : values.map((value, index) => (index === 0 ? '+' : '.') + value),
      );
      expect(parseRecords(stream)).toEqual(expected);
    }),
  );
});
