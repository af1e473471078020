/**
 * Files behind URLs: redirects, broken connections, and which headers are sent. A partial file is never accepted as
 * complete.
 */
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import { brotliCompressSync, gzipSync, zstdCompressSync } from 'node:zlib';
import { describe, expect, it, onTestFinished } from 'vitest';
import { openAccess, type UrlAccess } from '../../src/sources/files/location.ts';
import { openFiles } from '../../src/sources/files/open.ts';
import { makeCertificate } from './support/certificate.ts';
import { sendFile, serveFiles } from './support/file-server.ts';
import { useFolder } from './support/folder.ts';
import { parquetOf } from './support/member-files.ts';
import { readValues, scanFailure } from './support/values.ts';

const folder = useFolder();
const content = 'id,email\n1,a@example.com\n2,b@example.com\n';
const values = ['a@example.com', 'b@example.com'];
/** Far longer than the part that is read before a scan, so that the connection breaks during the scan. */
const emails = Array.from({ length: 20_000 }, (_, index) => `member${index}@example.com`);
const large = Buffer.from(`email\n${emails.join('\n')}\n`);

/** The test does not wait. It records the waits. */
function impatient(change: Partial<UrlAccess> = {}): UrlAccess & { readonly waits: number[] } {
  const waits: number[] = [];
  const sleep = async (ms: number) => void waits.push(ms);
  return { ...openAccess, clock: { now: () => new Date(), sleep }, ...change, waits };
}

const open = (source: string, access: UrlAccess = impatient()) => openFiles({ source, access });

describe('a URL', () => {
  it('is read, with credentials that are never shown', async () => {
    const server = await serveFiles((_, response) => response.end(gzipSync(content)));
    const source = await open(`http://user:p%40ss@${server.host}/m.csv.gz?sig=secret`);
    expect(source.label).toBe(`${server.origin}/m.csv.gz`);
    expect(await readValues(source, 'email')).toEqual(values);
    expect(server.requests[0]).toMatchObject({
      url: '/m.csv.gz?sig=secret',
      headers: { authorization: `Basic ${Buffer.from('user:p@ss').toString('base64')}` },
    });
  });

  it.each([
    [404, 'source_not_found', false, 1],
    [403, 'source_unreadable', false, 1],
    [204, 'source_unreadable', false, 1],
    [503, 'source_failed', true, 3],
    [429, 'source_failed', true, 3],
  ] as const)('with the answer %i fails or is tried again', async (status, code, retryable, attempts) => {
    const server = await serveFiles((_, response) => response.writeHead(status).end());
    const failure = await scanFailure(open(`http://user:secret@${server.host}/m.csv?sig=secret`), 'email');
    expect(failure).toMatchObject({ code, retryable, message: expect.stringContaining(`HTTP ${status}`) });
    expect(JSON.stringify([failure, String(failure)])).not.toContain('secret');
    expect(server.requests).toHaveLength(attempts);
  });

  const date = 'Mon, 05 Jan 2026 12:00:00 GMT';
  it.each([
    ['in seconds', { 'retry-after': '7' }],
    ['by its own clock, however wrong', { 'retry-after': 'Mon, 05 Jan 2026 12:00:07 GMT', date }],
  ])('waits as long as the server asks, within a limit: %s', async (_, headers) => {
    const server = await serveFiles((_, response, count) => {
      if (count === 1) response.writeHead(503, headers).end();
      else response.end(content);
    });
    const access = impatient();
    expect(await readValues(await open(`${server.origin}/m.csv`, access), 'email')).toEqual(values);
    expect(access.waits).toEqual([7_000]);
  });

  it('without a server fails', async () => {
    const server = await serveFiles((_, response) => response.end());
    const nobody = createServer();
    await new Promise<void>((resolve) => nobody.listen(0, '127.0.0.1', resolve));
    const { port } = nobody.address() as { port: number };
    await new Promise((resolve) => nobody.close(resolve));
    await expect(open(`http://127.0.0.1:${port}/m.csv`)).rejects.toMatchObject({
      code: 'source_failed',
      reason: 'ECONNREFUSED',
      message: expect.stringContaining('nothing answers at'),
    });
    expect(server.requests).toHaveLength(0);
  });

  it('with an unknown host fails', async () => {
    const access = impatient({
      admit: () => (_host, _options, callback) =>
        callback(Object.assign(new Error('no such name'), { code: 'ENOTFOUND' }), '', 0),
    });
    await expect(open('https://files.example.com/m.csv', access)).rejects.toMatchObject({
      reason: 'ENOTFOUND',
      message: expect.stringContaining('there is no host files.example.com'),
    });
  });

  it('that cannot be read gives an error that says what to do', async () => {
    for (const source of [
      'http://example.com/m.csv',
      'ftp://example.com/m.csv',
      's3://bucket/m.csv',
      's3://bucket/m.parquet',
    ]) {
      await expect(openFiles({ source })).rejects.toMatchObject({ code: 'source_unsupported' });
    }
  });

  it('without data for a while fails, before and within the file', async () => {
    const silent = await serveFiles(() => {});
    const access = impatient({ silenceMs: 40 });
    await expect(open(`${silent.origin}/m.csv`, access)).rejects.toMatchObject({ reason: 'timeout' });
    const halting = await serveFiles((_, response) => {
      response.writeHead(200, { 'content-length': large.length });
      response.write(large.subarray(0, 100_000));
    });
    expect(await scanFailure(open(`${halting.origin}/m.csv`, access), 'email')).toMatchObject({
      code: 'source_failed',
      reason: 'timeout',
    });
  });

  it('that waits can be aborted by a signal', async () => {
    const controller = new AbortController();
    const server = await serveFiles(() => controller.abort());
    const opening = openFiles({ source: `${server.origin}/m.csv`, signal: controller.signal });
    await expect(opening).rejects.toMatchObject({ code: 'interrupted' });
  });
});

describe('a redirect', () => {
  it('is followed; credentials go only to their own server', async () => {
    const other = await serveFiles((_, response) => response.end(content));
    const server = await serveFiles(({ url }, response) => {
      const location = url === '/m.csv' ? '/second' : `${other.origin}/m.csv?signature=x`;
      response.writeHead(302, { location }).end();
    });
    const source = await open(`http://user:secret@${server.host}/m.csv`);
    expect(source.label).toBe(`${server.origin}/m.csv`);
    expect(await readValues(source, 'email')).toEqual(values);
    expect(server.requests.slice(0, 2).map(({ url }) => url)).toEqual(['/m.csv', '/second']);
    for (const { headers } of server.requests) expect(headers.authorization).toMatch(/^Basic /);
    for (const { headers } of other.requests) expect(headers.authorization).toBeUndefined();
  });

  it.each([
    ['without end', '/m.csv', /too many times/],
    ['to an invalid URL', 'http://[', /invalid URL/],
    ['to another protocol', 'file:///etc/passwd', /file:\/\/ is not supported/],
    ['to a URL without TLS', 'http://files.example.com/m.csv', /http:\/\/ is not supported/],
  ])('%s is refused', async (_, location, message) => {
    const server = await serveFiles((_request, response) => response.writeHead(302, { location }).end());
    await expect(open(`${server.origin}/m.csv`)).rejects.toMatchObject({
      message: expect.stringMatching(message),
    });
    expect(server.requests.length).toBeLessThan(7);
  });
});

describe('a body', () => {
  it.each([
    ['gzip', gzipSync(content)],
    ['zstd', zstdCompressSync(content)],
  ])('compressed by the server is expanded: %s', async (encoding, bytes) => {
    const server = await serveFiles((_, response) =>
      response.writeHead(200, { 'content-encoding': encoding, 'content-length': bytes.length }).end(bytes),
    );
    expect(await readValues(await open(`${server.origin}/m.csv`), 'email')).toEqual(values);
    expect(server.requests[0]?.headers['accept-encoding']).toBe('identity');
  });

  it('in an unknown encoding, or only a part of it, is refused', async () => {
    const brotli = await serveFiles((_, response) =>
      response.writeHead(200, { 'content-encoding': 'br' }).end(brotliCompressSync(content)),
    );
    await expect(open(`${brotli.origin}/m.csv`)).rejects.toMatchObject({ code: 'source_unsupported' });
    const part = await serveFiles((_, response) => response.writeHead(206).end(content));
    await expect(open(`${part.origin}/m.csv`)).rejects.toMatchObject({ code: 'source_unreadable' });
  });

  it('that ends only with its connection is refused', async () => {
    const server = createServer((socket) => {
      socket.end(`HTTP/1.0 200 OK\r\nContent-Type: text/csv\r\n\r\n${content}`);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => void server.close());
    const { port } = server.address() as { port: number };
    await expect(open(`http://127.0.0.1:${port}/m.csv`)).rejects.toMatchObject({
      code: 'source_unsupported',
      message: expect.stringContaining('Content-Length'),
    });
  });

  it.each([
    ['of known length', false],
    ['in chunks', true],
  ])('whose connection breaks is continued at that byte: %s', async (_, chunked) => {
    const server = await serveFiles((request, response) =>
      sendFile(request, response, large, { breakAfter: 150_000, chunked }),
    );
    const source = await open(`${server.origin}/m.csv`);
    const scan = await source.scan(['email']);
    const read: Buffer[] = [];
    for await (const block of scan.blocks) read.push(Buffer.from(block));
    await scan.finished;
    expect(Buffer.concat(read).toString().trimEnd().split('\n')).toEqual(emails);
    const continued = server.requests.filter(({ headers }) => headers.range !== undefined);
    expect(continued.length).toBeGreaterThan(1);
    for (const { headers } of continued) expect(headers['if-range']).toBe('"1"');
  });

  it('whose connection breaks again and again fails', async () => {
    const server = await serveFiles((request, response) =>
      sendFile(request, response, large, { breakAfter: request.headers.range ? 0 : 100_000 }),
    );
    const access = impatient();
    expect(await scanFailure(open(`${server.origin}/m.csv`, access), 'email')).toMatchObject({
      code: 'source_failed',
      retryable: true,
      message: expect.stringContaining('before the end of the file'),
    });
    expect(access.waits).toHaveLength(6);
  });

  it.each([
    ['without an ETag', {}],
    ['with a weak one', { etag: 'W/"1"' }],
  ])('whose connection breaks fails if the file may have changed: %s', async (_, headers) => {
    const server = await serveFiles((_request, response) => {
      response.writeHead(200, { 'content-length': large.length, ...headers });
      response.write(large.subarray(0, 200_000), () => response.socket?.destroySoon());
    });
    expect(await scanFailure(open(`${server.origin}/m.csv`), 'email')).toMatchObject({
      code: 'source_failed',
      retryable: true,
    });
    expect(server.requests.filter((request) => request.headers.range)).toEqual([]);
  });

  it('that has changed meanwhile is reported as changed, so that a run reads it again', async () => {
    const server = await serveFiles((request, response) => {
      const etag = request.headers.range ? '"2"' : '"1"';
      sendFile(request, response, large, { etag, breakAfter: 200_000 });
    });
    expect(await scanFailure(open(`${server.origin}/m.csv`), 'email')).toMatchObject({
      code: 'source_expired',
      message: expect.stringContaining('was changed during reading'),
    });
  });

  it.each([
    ['the whole file again', 200, {}],
    ['another part', 206, { 'content-range': `bytes 10-${large.length - 1}/${large.length}` }],
  ])('is not continued if the server sends %s', async (_, status, headers) => {
    const server = await serveFiles((request, response) => {
      if (!request.headers.range) return sendFile(request, response, large, { breakAfter: 200_000 });
      response.writeHead(status, { etag: '"1"', ...headers }).end(large);
    });
    expect(await scanFailure(open(`${server.origin}/m.csv`), 'email')).toMatchObject({
      code: 'source_failed',
      retryable: true,
      message: expect.stringContaining('only from the beginning'),
    });
  });
});

describe('Parquet', () => {
  const rows = Array.from({ length: 30_000 }, (_, index) => ({
    email: `member${index}@example.com`,
    emails: [],
  }));

  it('is read in parts of one file, over broken connections, and only for the requested column', async () => {
    const bytes = await readFile(await parquetOf(folder, rows));
    const server = await serveFiles((request, response) => sendFile(request, response, bytes, { breakAfter: 70_000 }));
    const source = await open(`${server.origin}/members`);
    expect(await source.preview('email', 2)).toHaveLength(2);
    expect(await readValues(source, 'email')).toEqual(rows.map(({ email }) => email));
    for (const { headers } of server.requests) {
      if (headers.range !== undefined) expect(headers['if-range']).toBe('"1"');
    }
  });

  it('is opened although the server is busy', async () => {
    const bytes = await readFile(await parquetOf(folder, rows.slice(0, 100)));
    const server = await serveFiles((request, response, count) => {
      if (request.headers.range || count % 2 === 0) sendFile(request, response, bytes);
      else response.writeHead(503).end();
    });
    const source = await open(`${server.origin}/members.parquet`, impatient());
    expect(await readValues(source, 'email')).toHaveLength(100);
  });

  it('that changes during a scan is reported as changed, and the next scan reads it again', async () => {
    const bytes = await readFile(await parquetOf(folder, rows.slice(0, 100)));
    let changing = false;
    const server = await serveFiles((request, response, count) => {
      sendFile(request, response, bytes, { etag: changing ? `"${count}"` : '"1"' });
    });
    const source = await open(`${server.origin}/members.parquet`);
    changing = true;
    const scan = await source.scan(['email']);
    for await (const _ of scan.blocks) expect.unreachable();
    await expect(scan.finished).rejects.toMatchObject({ code: 'source_expired' });
    changing = false;
    expect(await readValues(source, 'email')).toHaveLength(100);
  });

  it('needs a server with versions (ETag) and partial requests', async () => {
    const bytes = await readFile(await parquetOf(folder, rows.slice(0, 100)));
    const without = await serveFiles((_, response) =>
      response.writeHead(200, { 'content-length': bytes.length }).end(bytes),
    );
    await expect(open(`${without.origin}/members.parquet`)).rejects.toMatchObject({
      code: 'source_unsupported',
      message: expect.stringContaining('Let the server send ETag'),
    });
    const whole = await serveFiles((_, response) =>
      response.writeHead(200, { etag: '"1"', 'content-length': bytes.length }).end(bytes),
    );
    await expect(open(`${whole.origin}/members.parquet`)).rejects.toMatchObject({
      message: expect.stringContaining('only from the beginning'),
    });
  });

  it('is detected from the content, not from the name', async () => {
    const server = await serveFiles((request, response) => sendFile(request, response, Buffer.from(content)));
    await expect(open(`${server.origin}/members.parquet`)).rejects.toMatchObject({
      code: 'source_unreadable',
      message: expect.stringContaining('is not a Parquet file'),
    });
  });
});

describe('TLS', () => {
  it('requires a trusted certificate', async () => {
    const certificate = makeCertificate('localhost');
    const server = await serveFiles((_, response) => response.end(content), certificate);
    await expect(open(`${server.origin}/m.csv`)).rejects.toMatchObject({
      code: 'source_unreadable',
      retryable: false,
      message: expect.stringMatching(/certificate of localhost:\d+ is not trusted.*NODE_EXTRA_CA_CERTS/),
    });
    expect(server.requests).toEqual([]);
    const before = getCACertificates('default');
    onTestFinished(() => setDefaultCACertificates(before));
    setDefaultCACertificates([...before, certificate.cert]);
    expect(await readValues(await open(`${server.origin}/m.csv`), 'email')).toEqual(values);
  });

  it('gives an error if the server does not speak it', async () => {
    const server = await serveFiles((_, response) => response.end(content));
    await expect(open(`https://${server.host}/m.csv`)).rejects.toMatchObject({
      code: 'source_failed',
      message: expect.stringContaining('no encrypted connection'),
    });
  });
});
