import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { PassThrough, Readable } from 'node:stream';
import { promisify } from 'node:util';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
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
  ])('is read, previewed and recognised by its content: %s', async (_name, bytes, encoding, values) => {
    // One byte at a time, so that split blocks must not matter.
    const stdin = Readable.from(Array.from(Buffer.from(bytes), (byte) => Buffer.of(byte)));
    const source = await openFiles({ source: '-', stdin, encoding });
    expect(source.label).toBe('standard input');
    expect(await source.preview('email', 1)).toHaveLength(1);
    expect(await readValues(source, 'email')).toEqual(values);
  });

  it('may have several blocks', async () => {
    const rows = Array.from({ length: 20_000 }, (_, index) => `${index},u${index}@example.com\n`);
    const source = await openFiles({ source: '-', stdin: Readable.from(['id,email\n', ...rows]) });
    expect(await readValues(source, 'email')).toHaveLength(20_000);
  });

  it('can be read once', async () => {
    const source = await openFiles({ source: '-', stdin: Readable.from([content]) });
    expect(await readMembers(await source.scan(['email']))).toHaveLength(2);
    expect(await scanFailure(Promise.resolve(source), 'email')).toMatchObject({ code: 'source_failed' });
  });

  it('without data is empty, and cannot be Parquet', async () => {
    await expect(openFiles({ source: '-', stdin: Readable.from([]) })).rejects.toMatchObject({
      code: 'source_empty',
    });
    const stdin = Readable.from([Buffer.from('PAR1xxxx')]);
    await expect(openFiles({ source: '-', stdin })).rejects.toMatchObject({ code: 'source_unsupported' });
  });

  it('that waits for data ends on close and on a signal', async () => {
    for (const way of ['close', 'signal'] as const) {
      const stdin = new PassThrough();
      stdin.write(`id,email\n${'1,a@example.com\n'.repeat(10_000)}`);
      const controller = new AbortController();
      const scan = await (await openFiles({ source: '-', stdin })).scan(['email'], controller.signal);
      const input = readBlocks(scan);
      if (way === 'close') await scan.close();
      else controller.abort();
      await input;
      await expect(scan.finished).rejects.toMatchObject({ code: 'interrupted' });
      expect(stdin.destroyed).toBe(true);
    }
  });

  it('that waits for its first byte ends on the signal of the opening', async () => {
    const controller = new AbortController();
    const opening = openFiles({ source: '-', stdin: new PassThrough(), signal: controller.signal });
    controller.abort();
    await expect(opening).rejects.toMatchObject({ code: 'interrupted' });
  });
});

describe('a named pipe', () => {
  const makePipe = async (name: string): Promise<string> => {
    const path = folder.path(name);
    await promisify(execFile)('mkfifo', [path]);
    return path;
  };

  it('gives every row once, including those read for detection', async () => {
    const path = await makePipe('members');
    const rows = Array.from({ length: 50_000 }, (_, index) => `${index},u${index}@example.com`);
    // The reader comes before or after the writer.
    const written = writeFile(path, ['id,email', ...rows].join('\n'));
    const source = await openFiles({ source: path });
    expect(source.readOnce).toBe(true);
    expect(await source.preview('email', 1)).toHaveLength(1);
    expect(await readMembers(await source.scan(['email']))).toHaveLength(50_000);
    await written;
    expect(await scanFailure(Promise.resolve(source), 'email')).toMatchObject({
      code: 'source_failed',
      message: `${path} was already read and cannot be read again.`,
    });
  });

  it('without a writer ends on the signal of the opening', async () => {
    const before = await openDescriptors();
    const controller = new AbortController();
    const opening = openFiles({ source: await makePipe('silent'), signal: controller.signal });
    controller.abort();
    await expect(opening).rejects.toMatchObject({ code: 'interrupted' });
    expect(await openDescriptors()).toBe(before);
  });
});

describe('a file', () => {
  const large = `id,email\n${'1,a@example.com\n'.repeat(150_000)}`;

  it('is closed when the scan is closed before, during and after reading', async () => {
    const source = await openFiles({ source: await folder.write('large.csv', large) });
    const before = await openDescriptors();
    for (const blocks of [0, 1, Number.POSITIVE_INFINITY]) {
      const scan = await source.scan(['email']);
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

  it('stops on a signal, also on one from before', async () => {
    const source = await openFiles({ source: await folder.write('large.csv', large) });
    const scan = await source.scan(['email'], AbortSignal.abort());
    expect((await readBlocks(scan)).length).toBe(0);
    await expect(scan.finished).rejects.toMatchObject({ code: 'interrupted' });
    await scan.close();
  });
});
