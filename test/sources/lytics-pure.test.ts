import { setImmediate as turn } from 'node:timers/promises';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { asSentence } from '../../src/contracts/sentence.ts';
import type { Page } from '../../src/sources/lytics/answers.ts';
import { LoopGuard } from '../../src/sources/lytics/loop-guard.ts';
import { readPages } from '../../src/sources/lytics/pages.ts';
import { valuesOf } from '../../src/sources/lytics/values.ts';
import { parseRetryAfter, retryDelay } from '../../src/sources/remote/retry.ts';
import { memberRecords } from '../../src/sources/value-stream.ts';
import { parseRecords } from './support/values.ts';

describe('the retry policy', () => {
  const passing = { what: asSentence('It answered 500.'), reason: '500', status: 500, retryable: true };
  it.each([
    ['doubles', passing, 1, 1, 500],
    ['doubles', passing, 3, 1, 2000],
    ['is half chance', passing, 3, 0, 1000],
    ['has a cap', passing, 6, 1, 16_000],
    ['ends', passing, 7, 1, undefined],
    ['obeys Retry-After', { ...passing, retryAfterMs: 42_000 }, 1, 1, 42_000],
    ['does not wait unbounded', { ...passing, retryAfterMs: 61_000 }, 1, 1, undefined],
    ['leaves what would be refused again', { ...passing, retryable: false }, 1, 1, undefined],
  ])('%s', (_, failure, attempts, random, expected) => {
    expect(retryDelay(failure, attempts, random)).toBe(expected);
  });

  it.each([
    [null, undefined],
    ['3', 3000],
    ['Thu, 01 Jan 1970 00:00:09 GMT', 9000],
    ['Wed, 31 Dec 1969 23:00:00 GMT', 0],
    ['soon', undefined],
  ])('reads Retry-After %s', (header, expected) => {
    expect(parseRetryAfter(header, new Date(0))).toBe(expected);
  });
});

describe('the guard against circles', () => {
  it('meets every circle, and never a walk that goes on', () => {
    fc.assert(
      fc.property(fc.nat(50), fc.integer({ min: 1, max: 60 }), (lead, circle) => {
        const guard = new LoopGuard();
        const cursorAt = (step: number) =>
          step < lead ? `lead ${step}` : `circle ${(step - lead) % circle}`;
        let step = 0;
        while (!guard.returns(cursorAt(step))) step += 1;
        // Never before it came back; at the latest some laps later.
        expect(step).toBeGreaterThanOrEqual(lead + circle);
        expect(step).toBeLessThanOrEqual(4 * (lead + circle) + 2);
      }),
    );
    const guard = new LoopGuard();
    for (let step = 0; step < 100_000; step += 1) expect(guard.returns(String(step))).toBe(false);
  });
});

describe('reading ahead', () => {
  it('is one page, however slow the reader is', async () => {
    const asked: (string | undefined)[] = [];
    const read = async (cursor: string | undefined): Promise<Page> => {
      asked.push(cursor);
      const next = Number(cursor ?? 0) + 1;
      return { members: [], next: next < 4 ? String(next) : undefined, total: undefined };
    };
    const pages = readPages(read, undefined, undefined);
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

  it('is given up when the walk is left', async () => {
    const signals: AbortSignal[] = [];
    const read = async (_: string | undefined, signal: AbortSignal): Promise<Page> => {
      signals.push(signal);
      return { members: [], next: String(signals.length), total: undefined };
    };
    for await (const _ of readPages(read, undefined, undefined)) break;
    expect(signals.map(({ aborted }) => aborted)).toEqual([true, true]);
  });

  it('keeps a failure until its page is asked for', async () => {
    const read = async (cursor: string | undefined): Promise<Page> => {
      if (cursor !== undefined) throw new Error('page 2');
      return { members: [], next: '2', total: 1 };
    };
    const pages = readPages(read, undefined, undefined);
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

  it('of a field that is missing, or only seems to be there, are one empty value', () => {
    expect(valuesOf({}, 'email')).toEqual(['']);
    expect(valuesOf({}, 'constructor')).toEqual(['']);
  });

  it.each<[unknown, RegExp]>([
    [{ a: 'secret@example.com' }, /"field" holds objects/],
    [[['secret@example.com', 'b']], /keys 0, 1/],
    [[{ a: 'secret@example.com', b: 'c' }], /objects with the keys a, b/],
    [[{ ts: '2026-02-20T09:00:00Z' }], /keys ts/],
  ])('are not guessed from %j, and not shown', (value, message) => {
    const read = () => valuesOf({ field: value }, 'field');
    expect(read).toThrowError(expect.objectContaining({ code: 'field_type' }));
    expect(read).toThrowError(message);
    expect(read).not.toThrowError(/secret/);
  });
});

it('records say again what was written, whatever the values hold', () => {
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
