/** Finding and reading objects: patterns, the newest one, versions, broken connections, and the list of audiences. */
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import type { NetworkAccess } from '../../src/contracts/network.ts';
import { networkGuard } from '../../src/network/guard.ts';
import { lookupLoopback } from './support/network.ts';
import { s3At, startStorage } from './support/object-storage.ts';
import { swiftClock } from './support/swift-clock.ts';
import { readValues, scanFailure } from './support/values.ts';
import { textRows, workbookOf } from './support/workbook.ts';

const csv = (...emails: string[]) => `email\n${emails.join('\n')}\n`;
/** Far longer than the part that is read before a scan, so that a connection breaks during the scan. */
const emails = Array.from({ length: 20_000 }, (_, index) => `member${index}@example.com`);

describe('an address', () => {
  it('names one object, whatever its key is', async () => {
    const sim = await startStorage();
    const storage = s3At(sim);
    for (const key of ["a b/+x'(1)!*.csv", '会員/é%41&=?.csv', 'a//b.csv', 'x[1].csv', '~_.-:@$,;.csv']) {
      sim.put('members', key, csv(`${key.length}@example.com`));
      const source = await storage.open(`s3://members/${key}`);
      expect(source.label).toBe(`s3://members/${key}`);
      expect(await readValues(source, 'email')).toEqual([`${key.length}@example.com`]);
    }
  });

  it('names several objects with a pattern, compressed or not', async () => {
    const sim = await startStorage();
    sim.put('members', 'exports/2026/a.csv.gz', gzipSync(csv('a@example.com')));
    sim.put('members', 'exports/2026/11/b.csv', csv('b@example.com'));
    sim.put('members', 'exports/2026/11/', '');
    sim.put('members', 'exports/2026/c.txt', 'no table');
    sim.put('members', 'exports/.d.csv', csv('d@example.com'));
    sim.put('members', 'exports/2025/e.csv', csv('e@example.com'));
    const read = async (pattern: string) => readValues(await s3At(sim).open(pattern), 'email');
    expect(await read('s3://members/exports/2026/**/*.{csv,csv.gz}')).toEqual(['b@example.com', 'a@example.com']);
    expect(await read('s3://members/exports/{2024,2025}/*.csv')).toEqual(['e@example.com']);
    // Only below what all matching keys begin with.
    const prefixes = sim.requests.flatMap(({ incoming }) => {
      const query = new URLSearchParams(incoming.url?.split('?')[1]);
      return query.get('prefix') ?? [];
    });
    expect(prefixes).toEqual(['exports/2026/', 'exports/2024/', 'exports/2025/']);
    await expect(read('s3://members/exports/*.parquet')).rejects.toMatchObject({
      code: 'source_not_found',
      message: 'No object matches s3://members/exports/*.parquet.',
    });
  });

  it('names the newest object, and the label says which one it is', async () => {
    const sim = await startStorage();
    const day = (date: number) => new Date(Date.UTC(2026, 0, date));
    sim.put('members', 'daily/1.csv', csv('one@example.com'), day(3));
    sim.put('members', 'daily/2.csv', csv('two@example.com'), day(4));
    sim.put('members', 'daily/3.csv', csv('three@example.com'), day(4));
    sim.put('members', 'daily/_SUCCESS', '', day(5));
    sim.put('members', 'daily/new.txt', 'x', day(6));
    sim.put('members', 'daily/_temporary/0/part-00000.csv', csv('half@example.com'), day(7));
    for (const address of [
      'newest:s3://members/daily/*.csv',
      'newest:s3://members/daily/[0-9].csv',
      'newest:s3://members/daily/**/*.csv',
    ]) {
      const source = await s3At(sim).open(address);
      expect(source.label).toBe('s3://members/daily/3.csv');
      expect(await readValues(source, 'email')).toEqual(['three@example.com']);
    }
    expect((await s3At(sim).open('newest:s3://members/daily/')).label).toBe('s3://members/daily/new.txt');
  });

  it.each(['with tokens', 'at a server without tokens'])(
    'names all objects of a list of several pages, some empty, %s',
    async (kind) => {
      const listOf = (key: string | undefined, token: string | undefined) =>
        `<ListBucketResult><IsTruncated>${key !== 'c.csv'}</IsTruncated>${
          token ? `<NextContinuationToken>${token}</NextContinuationToken>` : ''
        }${
          key
            ? `<Contents><Key>${key}</Key><Size>20</Size><ETag>"1"</ETag><LastModified>2026-01-01T00:00:00Z</LastModified></Contents>`
            : ''
        }</ListBucketResult>`;
      const isSilent = kind !== 'with tokens';
      const keys = ['a.csv', ...(isSilent ? [] : [undefined]), 'b.csv', 'c.csv'];
      const sim = await startStorage({
        fault: ({ incoming }) => {
          const query = new URLSearchParams(incoming.url?.split('?')[1]);
          if (!query.has('list-type')) return undefined;
          const before = query.get('continuation-token') ?? query.get('start-after');
          const at = before === null ? 0 : isSilent ? keys.indexOf(before) + 1 : Number(before.slice(2));
          return { body: listOf(keys[at], isSilent ? undefined : `+/${at + 1}`) };
        },
      });
      const { audiences } = s3At(sim, { bucket: 'members' });
      const { items, next } = await audiences({ limit: 10 });
      expect([items.map(({ name }) => name), next]).toEqual([['a.csv', 'b.csv', 'c.csv'], null]);
      expect(sim.requests).toHaveLength(keys.length);
    },
  );

  it('names a sheet of a workbook', async () => {
    const sim = await startStorage();
    const sheets = { First: textRows([['id'], ['1']]), 会員: textRows([['email'], ['a@example.com']]) };
    sim.put('members', 'book.xlsx', workbookOf({ sheets }));
    expect(await readValues(await s3At(sim).open('s3://members/book.xlsx#会員'), 'email')).toEqual(['a@example.com']);
  });

  it('can be inside the host', async () => {
    const sim = await startStorage();
    sim.put('members', 'a.csv', csv('a@example.com'));
    const asked: string[] = [];
    const network: NetworkAccess = {
      assertAllowed: () => {},
      isListed: () => true,
      lookup: (host, options, callback) => {
        asked.push(host);
        lookupLoopback(host, options, callback);
      },
    };
    const place = { origin: `http://s3.storage.example:${sim.port}` };
    const storage = s3At(place, { bucket_in_host: 'yes' }, { networkAt: () => network });
    expect(await readValues(await storage.open('s3://members/a.csv'), 'email')).toEqual(['a@example.com']);
    expect(new Set(asked)).toEqual(new Set(['members.s3.storage.example']));
    expect(storage.hosts()).toEqual([
      { what: 'S3', host: 's3.storage.example', port: sim.port, tls: false, web: true },
    ]);
  });
});

describe('an object', () => {
  it('is read on where a connection broke', async () => {
    const sim = await startStorage({
      fault: ({ incoming }) => (incoming.headers.range ? { breakAfter: 200_000 } : undefined),
    });
    sim.put('members', 'm.csv', csv(...emails));
    const clock = swiftClock();
    const source = await s3At(sim, {}, { clock }).open('s3://members/m.csv');
    expect(await readValues(source, 'email')).toEqual(emails);
    expect(clock.waits.length).toBeGreaterThan(1);
  });

  it('is opened on a connection that was used before', async () => {
    const sim = await startStorage();
    for (let index = 0; index < 40; index += 1) sim.put('members', `${index}.csv`, csv(...emails.slice(0, 5_000)));
    const networkAt = (port: number) => networkGuard({ allowed: [`127.0.0.1:${sim.port}`], port, purpose: 'source' });
    const source = await s3At(sim, {}, { networkAt }).open('s3://members/*.csv');
    expect(await readValues(source, 'email')).toHaveLength(200_000);
    const connections = new Set(sim.requests.map(({ port }) => port));
    // Opening needs one request for each, a scan two.
    expect([sim.requests.length, connections.size]).toEqual([121, 1]);
  });

  it.each(['with If-Match', 'at a server that ignores it'])(
    'that changes between two parts ends the scan, %s',
    async (kind) => {
      let broken = 0;
      const sim = await startStorage({
        fault: ({ incoming }) => {
          if (kind !== 'with If-Match') delete incoming.headers['if-match'];
          if (!incoming.headers.range || broken > 1) return undefined;
          broken += 1;
          if (broken === 2) sim.put('members', 'm.csv', csv(...emails, 'new@example.com'));
          return { breakAfter: 300_000 };
        },
      });
      sim.put('members', 'm.csv', csv(...emails));
      const failure = await scanFailure(s3At(sim).open('s3://members/m.csv'), 'email');
      expect(failure).toMatchObject({ code: 'source_expired', retryable: true });
    },
  );

  it('that was deleted after it was opened ends the scan, too', async () => {
    let gone = false;
    const sim = await startStorage({
      fault: () => (gone ? { status: 404, code: 'NoSuchKey' } : undefined),
    });
    sim.put('members', 'm.csv', csv('a@example.com'));
    const source = await s3At(sim).open('s3://members/m.csv');
    gone = true;
    expect(await scanFailure(Promise.resolve(source), 'email')).toMatchObject({ code: 'source_expired' });
  });

  it('without content is empty', async () => {
    const sim = await startStorage();
    sim.put('members', 'm.csv', '');
    await expect(s3At(sim).open('s3://members/m.csv')).rejects.toMatchObject({ code: 'source_empty' });
  });

  it('without a version is refused', async () => {
    const sim = await startStorage();
    sim.put('members', 'm.csv', csv('a@example.com'));
    const body = `<ListBucketResult><Contents><Key>m.csv</Key><Size>3</Size><LastModified>2026-01-01T00:00:00Z</LastModified></Contents></ListBucketResult>`;
    const weak = await startStorage({ fault: () => ({ body }) });
    await expect(s3At(weak).open('s3://members/*.csv')).rejects.toMatchObject({
      code: 'source_unsupported',
      message: expect.stringContaining('which version'),
    });
  });

  it.each(['a/../secret.csv', './m.csv'])('with the key %s is refused, because a URL cannot name it', async (key) => {
    const sim = await startStorage();
    await expect(s3At(sim).open(`s3://members/${key}`)).rejects.toMatchObject({
      code: 'source_unsupported',
    });
    expect(sim.requests).toEqual([]);
  });
});

describe('the list of audiences', () => {
  it('shows 3,000 objects by pages, with their sizes and dates', async () => {
    const sim = await startStorage();
    const keys = Array.from({ length: 3_000 }, (_, index) => `daily/${String(index).padStart(4, '0')}.csv`);
    for (const key of [...keys, 'daily/', 'daily/_SUCCESS', 'daily/.tmp/x.csv', 'other.csv', 'daily/{1}.csv']) {
      sim.put('members', key, 'abc', new Date(0));
    }
    const storage = s3At(sim, { bucket: 'members', prefix: 'daily/' });
    const found: string[] = [];
    let cursor: string | undefined;
    do {
      const page = await storage.audiences({ limit: 200, cursor });
      if (cursor === undefined) {
        expect(page.items[0]).toEqual({
          id: 's3://members/daily/0000.csv',
          name: '0000.csv',
          description: '',
          size: null,
          updated_at: '1970-01-01T00:00:00.000Z',
          file: { folder: 's3://members/daily/', bytes: 3 },
        });
      }
      found.push(...page.items.map(({ id }) => id));
      cursor = page.next ?? undefined;
    } while (cursor !== undefined);
    expect(found).toEqual(keys.map((key) => `s3://members/${key}`));

    const search = async (text: string) =>
      (await storage.audiences({ limit: 10, search: text })).items.map(({ name }) => name);
    expect(await search('12.CSV')).toEqual(expect.arrayContaining(['0012.csv', '0112.csv']));
    expect(await search('daily/299')).toHaveLength(10);
    expect(await search('s3://members/daily/2999')).toEqual(['2999.csv']);
    expect(await search('nothing')).toEqual([]);
  });

  it('stops a long search, and goes on with the next page', async () => {
    const sim = await startStorage();
    for (let index = 0; index < 12_000; index += 1) sim.put('members', `${100_000 + index}.csv`, '');
    const storage = s3At(sim, { bucket: 'members' });
    const first = await storage.audiences({ limit: 10, search: '11999' });
    expect(first).toEqual({ items: [], next: 'members/109999.csv' });
    expect(sim.requests).toHaveLength(10);
    const second = await storage.audiences({ limit: 10, search: '11999', cursor: first.next ?? undefined });
    expect(second).toMatchObject({ items: [{ name: '111999.csv' }], next: null });
  });

  it('shows all buckets that can be listed, if the authorization names none', async () => {
    const sim = await startStorage({
      fault: ({ bucket }) => (bucket === 'closed' ? { status: 403, code: 'AccessDenied' } : undefined),
    });
    for (const bucket of ['a-members', 'closed', 'members']) sim.put(bucket, 'm.csv', '');
    const { items, next } = await s3At(sim).audiences({ limit: 1 });
    expect(items.map(({ id }) => id)).toEqual(['s3://a-members/m.csv']);
    const rest = await s3At(sim).audiences({ limit: 5, cursor: next ?? undefined });
    expect(rest.items.map(({ id }) => id)).toEqual(['s3://members/m.csv']);
  });

  it('holds only plain objects below the bucket and the prefix of the authorization', async () => {
    const sim = await startStorage();
    const storage = s3At(sim, { bucket: 'members', prefix: 'daily/' });
    for (const id of ['s3://members/daily/a.csv', 's3://members/daily/b.xlsx#Sheet']) {
      expect(await storage.lists(id), id).toBe(true);
    }
    const others = ['other/a.csv', 'daily/*.csv', 'daily/', 'daily/_x.csv', 'daily/../other/a.csv', 'daily'];
    for (const id of [
      ...others.map((key) => `s3://members/${key}`),
      's3://others/daily/a.csv',
      'newest:s3://members/daily/a.csv',
      'gs://members/daily/a.csv',
      'daily/a.csv',
    ]) {
      expect(await storage.lists(id), id).toBe(false);
    }
    expect(await s3At(sim).lists('s3://members/daily/a.csv')).toBe(false);
    expect(sim.requests).toEqual([]);
  });
});

describe('the guard of the network', () => {
  it('refuses an endpoint inside the network that is not listed, and http:// to any other', async () => {
    const sim = await startStorage();
    const guarded = (allowed: string[], origin = sim.origin) =>
      s3At({ origin }, {}, { networkAt: (port) => networkGuard({ allowed, port, purpose: 'source' }) });
    await expect(guarded([]).verify()).rejects.toMatchObject({
      code: 'source_unreadable',
      message: expect.stringContaining('is inside this network'),
    });
    await expect(guarded([], 'http://93.184.216.34').open('s3://members/m.csv')).rejects.toMatchObject({
      message: expect.stringContaining('Members must be transferred encrypted'),
    });
    expect(sim.requests).toEqual([]);
    sim.put('members', 'm.csv', csv('a@example.com'));
    const source = await guarded([`127.0.0.1:${sim.port}`]).open('s3://members/m.csv');
    expect(await readValues(source, 'email')).toEqual(['a@example.com']);
  });

  it('is not needed on the command line, where http:// stays on this machine', async () => {
    const failure = await s3At({ origin: 'http://storage.example' })
      .verify()
      .catch((error) => error);
    expect(failure).toMatchObject({
      code: 'invalid_configuration',
      message: expect.stringContaining('https://'),
    });
  });
});
