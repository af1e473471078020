/** Files on other servers: only below the roots, only at allowed addresses, also after redirects. */
import type { LookupAddress } from 'node:dns';
import { gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import type { UrlRoot } from '../../src/contracts/settings.ts';
import { systemClock } from '../../src/machine/system-clock.ts';
import type { Resolve } from '../../src/network/guard.ts';
import { urlsBelow } from '../../src/readers/files/urls.ts';
import { sendFile, serveFiles } from '../sources/support/file-server.ts';
import { readValues } from '../sources/support/values.ts';
import { textRows, workbookOf } from '../sources/support/workbook.ts';

const content = 'id,email\n1,a@example.com\n2,b@example.com\n';
const values = ['a@example.com', 'b@example.com'];
const clock = { ...systemClock, sleep: async () => {} };

/** @param inside internal hosts that an administrator has listed */
const urlsFor = (roots: readonly string[], inside: readonly string[], resolve?: Resolve) =>
  urlsBelow({
    roots: roots.map((url): UrlRoot => ({ url })),
    internalHosts: inside,
    clock,
    resolve,
  });

const signal = () => AbortSignal.timeout(10_000);

/** A name server for the test. It gives one answer after another. */
function names(...answers: LookupAddress['address'][][]) {
  const asked: string[] = [];
  const resolve: Resolve = (hostname, _, callback) => {
    const addresses = answers[Math.min(asked.length, answers.length - 1)] ?? [];
    asked.push(hostname);
    callback(
      null,
      addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 })),
    );
  };
  return { resolve, asked };
}

test('a file below a root with a listed host is read, and gzip is expanded', async () => {
  const server = await serveFiles((request, response) =>
    sendFile(request, response, request.url?.endsWith('.gz') ? gzipSync(content) : Buffer.from(content)),
  );
  const open = urlsFor([`${server.origin}/exports/`], [server.host]);
  for (const name of ['members.csv', 'members.csv.gz']) {
    const url = `${server.origin}/exports/${name}`;
    expect(open.has(url)).toBe(true);
    const source = await open.open(url, signal());
    expect(source.label).toBe(url);
    expect(await readValues(source, 'email')).toEqual(values);
  }
  expect(server.requests.map((request) => request.headers.authorization)).not.toContain(expect.anything());
});

test('a # names a sheet of a workbook, and is refused for other files', async () => {
  const book = workbookOf({
    sheets: {
      One: textRows([['email'], ['one@example.com']]),
      'Two 2': textRows([['email'], ['two@example.com']]),
    },
  });
  const server = await serveFiles((request, response) => sendFile(request, response, book));
  const open = urlsFor([`${server.origin}/exports/`], ['127.0.0.1']);
  const read = async (end: string) => readValues(await open.open(`${server.origin}/exports/${end}`, signal()), 'email');
  expect(await read('m.xlsx')).toEqual(['one@example.com']);
  expect(await read('m.xlsx#Two%202')).toEqual(['two@example.com']);
  expect(await read('m.xlsx#Two 2')).toEqual(['two@example.com']);
  await expect(read('m.csv#token')).rejects.toMatchObject({ code: 'source_unsupported' });
  await expect(read('../m.xlsx#One')).rejects.toMatchObject({ code: 'source_not_found' });
  await expect(read('m.xlsx?token=1#One')).rejects.toMatchObject({ code: 'source_unsupported' });
});

test('URLs outside the roots are never requested', async () => {
  const server = await serveFiles((_, response) => response.end(content));
  const open = urlsFor([`${server.origin}/exports/`], [server.host]);
  for (const [url, code] of [
    [`${server.origin}/secret.csv`, 'source_not_found'],
    [`${server.origin}/exports/../secret.csv`, 'source_not_found'],
    [`${server.origin}/exports/..%2fsecret.csv`, 'source_unsupported'],
    [`${server.origin}/exports/`, 'source_unsupported'],
    [`${server.origin}/exports/m.csv?X-Amz-Signature=secret`, 'source_unsupported'],
    [`http://user:secret@${server.host}/exports/m.csv`, 'source_unsupported'],
    ['s3://bucket/members.parquet', 'source_unsupported'],
    ['http://169.254.169.254/latest/meta-data', 'source_not_found'],
  ] as const) {
    const failure = await open.open(url, signal()).then(
      () => undefined,
      (error: Error) => error,
    );
    expect(failure, url).toMatchObject({ code });
    expect(failure?.message).not.toContain('secret@');
    expect(failure?.message).not.toContain('Signature=');
  }
  expect(server.requests).toEqual([]);
  await expect(urlsFor([], []).open('https://files.example.com/m.csv', signal())).rejects.toThrow(
    /is not open to exports\. No URL is open/,
  );
});

describe('an internal address', () => {
  test('is refused in every notation, unless its host is listed', async () => {
    const server = await serveFiles((_, response) => response.end(content));
    const port = server.host.split(':')[1];
    for (const host of ['127.0.0.1', '2130706433', '0x7f.1', '[::1]', '[::ffff:127.0.0.1]', 'localhost']) {
      const url = `http://${host}:${port}/`;
      await expect(urlsFor([url], []).open(`${url}m.csv`, signal()), host).rejects.toMatchObject({
        code: 'source_unreadable',
        message: expect.stringMatching(
          host === 'localhost' ? /an administrator must list it/ : /is inside this network/,
        ),
      });
    }
    expect(server.requests).toEqual([]);
  });

  test('is refused when a name leads there, even beside a public address', async () => {
    const server = await serveFiles((_, response) => response.end(content));
    const port = server.host.split(':')[1];
    const root = `https://files.example.com:${port}/`;
    for (const address of ['127.0.0.1', '::1', '::ffff:7f00:1', '10.0.0.1', '169.254.169.254', '64:ff9b::7f00:1']) {
      const { resolve, asked } = names(['8.8.8.8', address]);
      const opening = urlsFor([root], [], resolve).open(`${root}m.csv`, signal());
      await expect(opening, address).rejects.toThrow(/files\.example\.com is inside this network/);
      expect(asked).toEqual(['files.example.com']);
    }
    expect(server.requests).toEqual([]);
  });

  test('cannot replace a checked one: the connection uses the same DNS answer that was checked', async () => {
    const server = await serveFiles((_, response) => response.end(content));
    const port = server.host.split(':')[1];
    const inside = `http://inside.example.com:${port}/`;
    const { resolve, asked } = names(['127.0.0.1']);
    const open = urlsFor([inside], [`inside.example.com:${port}`], resolve);
    const source = await open.open(`${inside}m.csv`, signal());
    expect(await readValues(source, 'email')).toEqual(values);
    // No other name server knows this name. It was asked once for each connection, and no answer was cached.
    expect(asked.length).toBe(server.requests.length);
    expect(asked.length).toBeGreaterThan(1);
  });
});

test('HTTP without TLS is refused for a host that is not listed, even at a public address', async () => {
  const { resolve, asked } = names(['8.8.8.8']);
  const url = 'http://files.example.com/m.csv';
  const opening = urlsFor(['http://files.example.com/'], ['10.0.0.0/8'], resolve).open(url, signal());
  await expect(opening).rejects.toThrow(/Members must be transferred encrypted\. To read files\.example\.com/);
  expect(asked).toEqual([]);
});

describe('a redirect', () => {
  const redirecting = (location: () => string) =>
    serveFiles(({ url }, response) => {
      if (url === '/exports/m.csv') response.writeHead(302, { location: location() }).end();
      else response.end(content);
    });

  test('within the roots is followed with its query, which is shown nowhere', async () => {
    const server = await redirecting(() => '/exports/2026/m.csv?X-Amz-Signature=secret');
    const open = urlsFor([`${server.origin}/exports/`], [server.host]);
    const source = await open.open(`${server.origin}/exports/m.csv`, signal());
    expect(source.label).toBe(`${server.origin}/exports/m.csv`);
    expect(await readValues(source, 'email')).toEqual(values);
    expect(server.requests.map(({ url }) => url)).toContain('/exports/2026/m.csv?X-Amz-Signature=secret');
  });

  test.each([
    ['out of the root', () => '/secret.csv?token=secret'],
    ['to an encoded path outside', () => '/exports/..%2f..%2fsecret.csv'],
    ['to cloud metadata', () => 'http://169.254.169.254/latest/meta-data/'],
    ['to another protocol', () => 'file:///etc/passwd'],
    ['to another host', () => 'https://evil.example/m.csv?token=secret'],
  ])('%s is refused', async (_, location) => {
    const server = await redirecting(location);
    const open = urlsFor([`${server.origin}/exports/`], [server.host]);
    await expect(open.open(`${server.origin}/exports/m.csv`, signal())).rejects.toMatchObject({
      code: 'source_unreadable',
      message: expect.not.stringContaining('token='),
    });
    expect(server.requests.map(({ url }) => url)).toEqual(['/exports/m.csv']);
  });

  test('to an internal host is refused even below a root, unless that host is listed', async () => {
    const hidden = await serveFiles((_, response) => response.end(content));
    const server = await redirecting(() => `${hidden.origin}/m.csv`);
    const roots = [`${server.origin}/exports/`, `${hidden.origin}/`];
    const opening = urlsFor(roots, [server.host]).open(`${server.origin}/exports/m.csv`, signal());
    await expect(opening).rejects.toThrow(/is inside this network/);
    expect(hidden.requests).toEqual([]);
    const both = urlsFor(roots, [server.host, hidden.host]);
    const source = await both.open(`${server.origin}/exports/m.csv`, signal());
    expect(await readValues(source, 'email')).toEqual(values);
  });
});
