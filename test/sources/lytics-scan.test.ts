import { describe, expect, it } from 'vitest';
import type { Fault, LyticsSimulator } from '../../simulators/lytics/index.ts';
import { type Beginning, scanAfterLists } from '../../src/export/scan-after-lists.ts';
import { inlineKernel } from '../../src/export/stage/kernel-inline.ts';
import type { WithScan } from '../../src/sources/scans.ts';
import { Scans, valuesOf } from '../../src/sources/scans.ts';
import type { Scan } from '../../src/sources/source.ts';
import { cursorsOf, openAudience, startLytics } from './support/lytics.ts';
import { parseRecords, readBlocks, readFields, readMembers } from './support/values.ts';

/** Runs the work on one whole scan, as an export without suppression lists does. @param place where it starts */
const wholeScan = <T>(
  withScan: WithScan,
  work: (scan: Scan, begins: Beginning) => Promise<T>,
  place?: string,
): Promise<T> =>
  scanAfterLists(
    { deliveries: [], lists: [], withScan, startKernel: inlineKernel, signal: undefined, onProgress: () => {} },
    async () => ({ place }),
    work,
  );

/** The current values of a scalar field in the audience. */
const held = (sim: LyticsSimulator, slug: string, field: string) =>
  [...sim.members(slug, field)].map((member) => [String(member[field] ?? '')]);

describe('a scan', () => {
  it('requests a hundred members with one field at a time', async () => {
    const sim = await startLytics();
    const source = await openAudience(sim, 'newsletter_japan');
    expect(await readMembers(await source.scan(['email']))).toEqual(held(sim, 'newsletter_japan', 'email'));
    const pages = sim.inspect().requests.filter(({ endpoint }) => endpoint === 'scan');
    expect(pages.map(({ rows }) => rows)).toEqual(Array.from({ length: 12 }, () => 100));
    expect(pages[0]?.path).toBe(`/api/segment/${sim.segmentId('newsletter_japan')}/scan?limit=100&fields=email`);
  });

  it('requests several fields with the same pages', async () => {
    const sim = await startLytics();
    const source = await openAudience(sim, 'newsletter_japan');
    const [phones, emails] = await readFields(await source.scan(['phone', 'email']));
    expect(phones).toEqual(held(sim, 'newsletter_japan', 'phone'));
    expect(emails).toEqual(held(sim, 'newsletter_japan', 'email'));
    expect(cursorsOf(sim)).toHaveLength(12);
    const [page] = sim.inspect().requests.filter(({ endpoint }) => endpoint === 'scan');
    expect(page?.path).toMatch(/fields=phone%2Cemail$/);
  });

  it.each(['empty', 'null', 'missing'] as const)('ends when _next is %s', async (lastPage) => {
    const sim = await startLytics({ lastPage, numbers: 'strings' });
    const source = await openAudience(sim, 'newsletter_japan');
    expect(await readMembers(await source.scan(['phone']))).toEqual(held(sim, 'newsletter_japan', 'phone'));
  });

  it.each(['texts', 'objects'] as const)(
    'gives every value of a list, with timed values as %s',
    async (timedValues) => {
      const sim = await startLytics({ timedValues });
      const source = await openAudience(sim, 'newsletter_japan');
      const lists = [...sim.members('newsletter_japan', 'emails')].map(({ emails }) => emails ?? ['']);
      expect(lists.some((list) => Array.isArray(list) && list.length > 1)).toBe(true);
      expect(await readMembers(await source.scan(['emails']))).toEqual(lists);
      expect(await readMembers(await source.scan(['login_emails']))).toEqual(lists);
    },
  );

  it('gives its progress, based on the total', async () => {
    const source = await openAudience(await startLytics(), 'newsletter_japan');
    const scan = await source.scan(['email']);
    const seen: (number | undefined)[] = [scan.progress()];
    for await (const _ of scan.blocks) seen.push(scan.progress());
    expect(seen).toEqual(Array.from({ length: 13 }, (_, page) => page / 12));
  });
});

describe('unusual pages', () => {
  it.each<[string, Fault[]]>([
    [
      'short',
      [
        { kind: 'short', rows: 3, nth: 2 },
        { kind: 'short', rows: 99, nth: 4, count: 3 },
      ],
    ],
    [
      'empty, but not the last',
      [
        { kind: 'short', rows: 0, nth: 1 },
        { kind: 'short', rows: 0, nth: 3, count: 2 },
      ],
    ],
  ])('lose no member: %s', async (_, faults) => {
    const sim = await startLytics({ faults });
    const source = await openAudience(sim, 'newsletter_japan');
    expect(await readMembers(await source.scan(['email']))).toEqual(held(sim, 'newsletter_japan', 'email'));
  });

  it('give a member twice if they repeat him', async () => {
    const sim = await startLytics({ faults: [{ kind: 'repeated', members: 2, nth: 2 }] });
    const source = await openAudience(sim, 'newsletter_japan');
    const all = held(sim, 'newsletter_japan', 'email');
    const members = await readMembers(await source.scan(['email']));
    expect(members).toEqual([...all.slice(0, 100), ...all.slice(98)]);
  });

  it('end when the audience changes, and give the members that they can', async () => {
    const sim = await startLytics({
      faults: [
        { kind: 'joined', members: 5, nth: 2 },
        { kind: 'left', members: 7, nth: 4 },
      ],
    });
    const source = await openAudience(sim, 'newsletter_japan');
    const before = held(sim, 'newsletter_japan', 'email');
    const members = await readMembers(await source.scan(['email']));
    // The five new members push five others onto the next page again. The seven that left pull seven off it.
    expect(members).toEqual([...before.slice(0, 100), ...before.slice(95, 295), ...before.slice(302)]);
    expect(members).toHaveLength(1198);
  });

  it('without an end are refused', async () => {
    const sim = await startLytics({ faults: [{ kind: 'same_cursor', nth: 3, count: 0 }] });
    const source = await openAudience(sim, 'newsletter_japan');
    const scan = await source.scan(['email']);
    await readBlocks(scan);
    await expect(scan.finished).rejects.toMatchObject({
      code: 'source_failed',
      message: expect.stringContaining('the same members repeatedly, and fewer than its own count'),
      retryable: true,
    });
    expect(cursorsOf(sim)).toHaveLength(4);
  });
});

describe('a cursor that stays the same from page to page', () => {
  it.each(['empty', 'missing', 'cursor'] as const)(
    'is not the end: all members are read (%s at the end)',
    async (lastPage) => {
      const sim = await startLytics({ cursors: 'same', lastPage });
      for (const slug of ['newsletter_japan', 'vip', 'lapsed']) {
        const source = await openAudience(sim, slug);
        expect(await readMembers(await source.scan(['email']))).toEqual(held(sim, slug, 'email'));
      }
      const cursors = cursorsOf(sim).filter((cursor) => cursor !== null);
      expect(new Set(cursors.slice(0, 11)).size).toBe(1);
    },
  );

  it('is not the end on pages of members without the field, either', async () => {
    const members = Array.from({ length: 1_000 }, (_, n) => (n % 300 === 0 ? { email: `m${n}@example.com` } : {}));
    const segments = [{ slug: 'few', name: 'Few addresses', members }];
    const sim = await startLytics({ cursors: 'same', lastPage: 'cursor', segments });
    const source = await openAudience(sim, 'few');
    expect(await readMembers(await source.scan(['email']))).toEqual(held(sim, 'few', 'email'));
  });

  it('gives no place', async () => {
    const sim = await startLytics({ cursors: 'same' });
    const scan = await (await openAudience(sim, 'newsletter_japan')).scan(['email']);
    const places: (string | undefined)[] = [];
    for await (const _ of scan.blocks) places.push(scan.place?.());
    expect(places).toEqual(Array.from({ length: 12 }, () => undefined));
    await scan.finished;
  });

  it('makes a scan start again if it should continue there, or if an answer was lost', async () => {
    const sim = await startLytics({ cursors: 'same' });
    const source = await openAudience(sim, 'newsletter_japan');
    const first = await source.scan(['email']);
    for await (const _ of first.blocks) break;
    await first.close();
    const [, cursor] = cursorsOf(sim);
    const resumed = await source.scan(['email'], undefined, `100 ${cursor}`);
    await readBlocks(resumed);
    await expect(resumed.finished).rejects.toMatchObject({ code: 'source_expired', retryable: true });

    for (const fault of [{ kind: 'cut' }, { kind: 'garbled' }] as const) {
      sim.addFault({ ...fault, endpoint: 'scan', nth: 3 });
      const begun: string[] = [];
      const members = await wholeScan(new Scans(source, valuesOf(['email'])).with, (scan, begins) => {
        begun.push(begins);
        return readMembers(scan);
      });
      expect(begun).toEqual(['first', 'anew']);
      expect(members).toEqual(held(sim, 'newsletter_japan', 'email'));
    }
    // A request with the answer 429 has had no effect at Lytics.
    sim.addFault({ kind: 'status', status: 429, endpoint: 'scan', nth: 3 });
    expect(await readMembers(await source.scan(['email']))).toEqual(held(sim, 'newsletter_japan', 'email'));
  });
});

describe('a cursor that has expired', () => {
  const expire = { kind: 'expired', nth: 4 } as const;

  it('ends the scan with its own error code', async () => {
    const source = await openAudience(await startLytics({ faults: [expire] }), 'newsletter_japan');
    const scan = await source.scan(['email']);
    expect(parseRecords(await readBlocks(scan))).toHaveLength(300);
    await expect(scan.finished).rejects.toMatchObject({
      code: 'source_expired',
      reason: 'start token has expired',
      retryable: true,
    });
  });

  it('does so because of its age, too', async () => {
    const sim = await startLytics({ cursorTtlMs: 60_000 });
    const source = await openAudience(sim, 'newsletter_japan');
    const scan = await source.scan(['email']);
    const second = sim.nextRequest(({ path }) => path.includes('start='));
    for await (const _ of scan.blocks) {
      // The next page is already requested. The one after it comes too late.
      await second;
      sim.advance(60_000);
    }
    await expect(scan.finished).rejects.toMatchObject({ code: 'source_expired' });
  });

  it('makes a whole scan start again, and counts no member twice', async () => {
    const sim = await startLytics({ faults: [expire] });
    const source = await openAudience(sim, 'newsletter_japan');
    let beginnings = 0;
    const members = await wholeScan(new Scans(source, valuesOf(['email'])).with, (scan) => {
      beginnings += 1;
      return readMembers(scan);
    });
    expect(beginnings).toBe(2);
    expect(members).toEqual(held(sim, 'newsletter_japan', 'email'));
    expect(cursorsOf(sim).map((cursor) => cursor === null)).toEqual([
      ...[true, false, false, false],
      ...[true, ...Array.from({ length: 11 }, () => false)],
    ]);
  });

  it('ends a whole scan if it expires again and again', async () => {
    const sim = await startLytics({ faults: [{ kind: 'expired', nth: 2, count: 0 }] });
    const source = await openAudience(sim, 'newsletter_japan');
    let closed = 0;
    const open = source.scan.bind(source);
    source.scan = async (field, signal, from) => {
      const scan = await open(field, signal, from);
      const close = async () => {
        closed += 1;
        await scan.close();
      };
      return { ...scan, close };
    };
    const whole = wholeScan(new Scans(source, valuesOf(['email'])).with, (scan) => readMembers(scan));
    await expect(whole).rejects.toMatchObject({ code: 'source_expired' });
    expect(closed).toBe(3);
  });

  it('does not hide other errors', async () => {
    const sim = await startLytics({ faults: [{ kind: 'status', status: 403, endpoint: 'scan', nth: 2 }] });
    const source = await openAudience(sim, 'newsletter_japan');
    const whole = wholeScan(new Scans(source, valuesOf(['email'])).with, (scan) => readMembers(scan));
    await expect(whole).rejects.toMatchObject({ code: 'source_unauthorized' });
    expect(cursorsOf(sim)).toHaveLength(2);
  });
});

describe('a place', () => {
  it('is the cursor of the next page; no page before it is requested again', async () => {
    const sim = await startLytics();
    const first = await openAudience(sim, 'newsletter_japan');
    const scan = await first.scan(['email']);
    const taken: Buffer[] = [];
    for await (const block of scan.blocks) {
      taken.push(Buffer.from(block));
      if (taken.length === 3) break;
    }
    const place = scan.place?.();
    await scan.close();

    const asked = cursorsOf(sim).length;
    const second = await openAudience(sim, 'newsletter_japan');
    const rest = await second.scan(['email'], undefined, place);
    expect(rest.progress()).toBe(0.25);
    const members = [...parseRecords(Buffer.concat(taken)), ...parseRecords(await readBlocks(rest))];
    await rest.finished;
    expect(members.map((record) => [record.slice(1)])).toEqual(held(sim, 'newsletter_japan', 'email'));
    expect(cursorsOf(sim).slice(asked)).toHaveLength(9);
    expect(place).toBe(`300 ${cursorsOf(sim)[asked]}`);
    expect(rest.place?.()).toBeUndefined();
  });

  it('makes a whole scan start again if Lytics no longer accepts it', async () => {
    const sim = await startLytics();
    const source = await openAudience(sim, 'newsletter_japan');
    const begun: string[] = [];
    const members = await wholeScan(
      new Scans(source, valuesOf(['email'])).with,
      (scan, begins) => {
        begun.push(begins);
        return readMembers(scan);
      },
      '300 long-gone',
    );
    expect(begun).toEqual(['at the place', 'anew']);
    expect(members).toEqual(held(sim, 'newsletter_japan', 'email'));
  });
});

it('a preview reads past short pages, and not one member too many', async () => {
  const sim = await startLytics({ faults: [{ kind: 'short', rows: 2, count: 0 }] });
  const source = await openAudience(sim, 'newsletter_japan');
  const rows = await source.preview('emails', 5);
  expect(rows.map(({ row }) => row)).toEqual([1, 2, 3, 4, 5]);
  expect(rows.flatMap(({ values }) => values).join()).not.toMatch(/[a-z]{2}\d*@/);
  sim.clearFaults();
  expect(await source.preview('emails', 250)).toHaveLength(250);
  expect(await (await openAudience(sim, 'lapsed')).preview('email', 5)).toEqual([]);
});

it('a preview of pages that stay empty ends', async () => {
  const sim = await startLytics({ faults: [{ kind: 'short', rows: 0, count: 0 }] });
  const source = await openAudience(sim, 'newsletter_japan');
  expect(await source.preview('email', 5)).toEqual([]);
  expect(cursorsOf(sim).length).toBeLessThan(30);
});
