import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { PassThrough, Readable } from 'node:stream';
import { gzipSync } from 'node:zlib';
import { afterEach, describe, expect, it } from 'vitest';
import { openFiles } from '../../src/sources/files/open.ts';
import { openDescriptors, useFolder } from './support/folder.ts';
import { readBlocks, readMembers, readValues, scanFailure } from './support/values.ts';

const folder = useFolder();
const content = 'id,email\n1,a@example.com\n2,b@example.com\n';

describe('standard input', () => {
  it.each([
    ['csv', content, undefined, ['a@example.com', 'b@example.com']],
    ['gzip', gzipSync(content), undefined, ['a@example.com', 'b@example.com']],
    ['lines', 'a@example.com\nb@example.com', undefined, ['a@example.com', 'b@example.com']],
    ['shift_jis', Buffer.concat([Buffer.from('email\n'), Buffer.from([0x83, 0x5c])]), 'shift_jis', ['ソ']],
  ])('is read, previewed and told by its content: %s', async (_name, bytes, encoding, values) => {
    // A byte at a time: nothing may depend on how the blocks fall.
    const stdin = Readable.from(Array.from(Buffer.from(bytes), (byte) => Buffer.of(byte)));
    const source = await openFiles({ source: '-', stdin, encoding });
    expect(source.label).toBe('standard input');
    expect(await source.preview('email', 1)).toHaveLength(1);
    expect(await readValues(source, 'email')).toEqual(values);
  });

  it('of several blocks', async () => {
    const rows = Array.from({ length: 100_000 }, (_, index) => `${index},u${index}@example.com\n`);
    const source = await openFiles({ source: '-', stdin: Readable.from(['id,email\n', ...rows]) });
    expect(await readValues(source, 'email')).toHaveLength(100_000);
  });

  it('is read once', async () => {
    const source = await openFiles({ source: '-', stdin: Readable.from([content]) });
    expect(await readMembers(await source.scan('email'))).toHaveLength(2);
    expect(await scanFailure(Promise.resolve(source), 'email')).toMatchObject({ code: 'source_failed' });
  });

  it('without a byte is empty, and Parquet cannot come from it', async () => {
    await expect(openFiles({ source: '-', stdin: Readable.from([]) })).rejects.toMatchObject({
      code: 'source_empty',
    });
    const stdin = Readable.from([Buffer.from('PAR1xxxx')]);
    await expect(openFiles({ source: '-', stdin })).rejects.toMatchObject({ code: 'source_unsupported' });
  });

  it('that waits is let go by close and by a signal', async () => {
    for (const way of ['close', 'signal'] as const) {
      const stdin = new PassThrough();
      stdin.write(`id,email\n${'1,a@example.com\n'.repeat(10_000)}`);
      const controller = new AbortController();
      const scan = await (await openFiles({ source: '-', stdin })).scan('email', controller.signal);
      const input = readBlocks(scan);
      if (way === 'close') await scan.close();
      else controller.abort();
      await input;
      await expect(scan.finished).rejects.toMatchObject({ code: 'interrupted' });
      expect(stdin.destroyed).toBe(true);
    }
  });

  it('that waits for its first byte is let go by the signal of the opening', async () => {
    const controller = new AbortController();
    const opening = openFiles({ source: '-', stdin: new PassThrough(), signal: controller.signal });
    controller.abort();
    await expect(opening).rejects.toMatchObject({ code: 'interrupted' });
  });
});

describe('a file', () => {
  const large = `id,email\n${'1,a@example.com\n'.repeat(300_000)}`;

  it('is let go when the scan is closed before, while and after it is read', async () => {
    const source = await openFiles({ source: await folder.write('large.csv', large) });
    const before = await openDescriptors();
    for (const blocks of [0, 1, Number.POSITIVE_INFINITY]) {
      const scan = await source.scan('email');
      let count = 0;
      if (blocks > 0) for await (const _ of scan.blocks) if (++count >= blocks) break;
      const ended = blocks === Number.POSITIVE_INFINITY;
      expect(scan.progress()).toBe(blocks === 0 ? 0 : ended ? 1 : scan.progress());
      await scan.close();
      await scan.close();
      if (ended) await scan.finished;
      else await expect(scan.finished).rejects.toMatchObject({ code: 'interrupted' });
    }
    expect(await openDescriptors()).toBe(before);
  });

  it('stops at a signal, also one that was given before', async () => {
    const source = await openFiles({ source: await folder.write('large.csv', large) });
    const scan = await source.scan('email', AbortSignal.abort());
    expect((await readBlocks(scan)).length).toBe(0);
    await expect(scan.finished).rejects.toMatchObject({ code: 'interrupted' });
    await scan.close();
  });
});

describe('a URL', () => {
  let server: Server | undefined;

  afterEach(async () => {
    server?.closeAllConnections();
    await new Promise((resolve) => (server ? server.close(resolve) : resolve(undefined)));
    server = undefined;
  });

  async function serve(listener: RequestListener): Promise<string> {
    const started = createServer(listener);
    server = started;
    await new Promise<void>((resolve) => started.listen(0, '127.0.0.1', resolve));
    return `127.0.0.1:${(started.address() as AddressInfo).port}`;
  }

  it('is read, with credentials that are never shown', async () => {
    let authorization: string | undefined;
    const host = await serve((request, response) => {
      authorization = request.headers.authorization;
      response.end(gzipSync(content));
    });
    const source = await openFiles({ source: `http://user:p%40ss@${host}/m.csv.gz?sig=secret` });
    expect(source.label).toBe(`http://${host}/m.csv.gz`);
    expect(await readValues(source, 'email')).toEqual(['a@example.com', 'b@example.com']);
    expect(authorization).toBe(`Basic ${Buffer.from('user:p@ss').toString('base64')}`);
  });

  it.each([
    [404, 'source_not_found', false],
    [403, 'source_unreadable', false],
    [503, 'source_failed', true],
  ] as const)('that is answered with %i', async (status, code, retryable) => {
    const host = await serve((_request, response) => response.writeHead(status).end());
    const failure = await scanFailure(
      openFiles({ source: `http://user:secret@${host}/m.csv?sig=secret` }),
      'email',
    );
    expect(failure).toMatchObject({ code, retryable, message: expect.stringContaining(`HTTP ${status}`) });
    expect(JSON.stringify([failure, String(failure)])).not.toContain('secret');
  });

  it('that breaks off fails', async () => {
    const host = await serve((_request, response) => {
      response.writeHead(200, { 'content-length': '1000000' });
      response.write(content, () => response.destroy());
    });
    expect(await scanFailure(openFiles({ source: `http://${host}/m.csv` }), 'email')).toMatchObject({
      code: 'source_failed',
      retryable: true,
    });
  });

  it('that nobody answers fails', async () => {
    const host = await serve(() => {});
    await new Promise((resolve) => server?.close(resolve));
    server = undefined;
    await expect(openFiles({ source: `http://${host}/m.csv` })).rejects.toMatchObject({
      code: 'source_failed',
      reason: 'ECONNREFUSED',
    });
  });

  it('that cannot be read says what to do instead', async () => {
    for (const source of [
      'http://example.com/m.csv',
      'ftp://example.com/m.csv',
      's3://bucket/m.csv',
      's3://bucket/m.parquet',
    ]) {
      await expect(openFiles({ source })).rejects.toMatchObject({ code: 'source_unsupported' });
    }
  });
});
