import { appendFileSync, mkdtempSync, readdirSync, readlinkSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { LineAdsClient } from '../src/index.ts';
import { audience, failureOf, listen, refusedUrl, startServer, testClient } from './helpers.ts';

let directory: string;
let path: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'line-ads-'));
  path = join(directory, 'chunk.txt');
});
afterEach(() => rmSync(directory, { recursive: true }));

/** Bytes that no framing could produce by chance: each block of the file differs. */
function write(length: number): Buffer {
  const bytes = Buffer.alloc(length);
  for (let i = 0; i + 4 <= length; i += 4) bytes.writeUInt32LE((i * 2_654_435_761) % 2 ** 32, i);
  writeFileSync(path, bytes);
  return bytes;
}

const upload = (client: LineAdsClient, more: { onProgress?: (n: number) => void; signal?: AbortSignal } = {}) =>
  client.customAudiences.upload('A1', {
    id: '5343822743475',
    action: 'REPLACE',
    idType: 'HASHED_EMAIL',
    file: { path, name: 'lineup-r1-1.txt' },
    ...more,
  });

describe('upload', () => {
  it('sends the file’s exact bytes with a known length, after the fields', async () => {
    const file = write(5_000_003);
    const server = await startServer(() => ({ status: 202, body: { ...audience, extra: 1 } }));
    const progress: number[] = [];
    const answer = await upload(testClient(server.url).client, { onProgress: (sent) => progress.push(sent) });
    expect(answer).toEqual({ ...audience, extra: 1 });

    const [{ method, url, headers, body }] = server.received as [(typeof server.received)[0]];
    expect(`${method} ${url}`).toBe('POST /api/v3/adaccounts/A1/custom-audiences/upload');
    expect(headers['content-length']).toBe(String(body.length));
    expect(headers['transfer-encoding']).toBeUndefined();
    const boundary = /^multipart\/form-data; boundary=(\S+)$/.exec(headers['content-type']!)![1]!;
    const head = [
      ...[
        ['id', '5343822743475'],
        ['action', 'REPLACE'],
        ['idType', 'HASHED_EMAIL'],
      ].map(([name, value]) => `--${boundary}\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`),
      `--${boundary}\r\nContent-Disposition: form-data; name="file"; filename="lineup-r1-1.txt"\r\n`,
      'Content-Type: text/plain\r\n\r\n',
    ].join('');
    expect(body.equals(Buffer.concat([Buffer.from(head), file, Buffer.from(`\r\n--${boundary}--\r\n`)]))).toBe(true);

    expect(progress.at(-1)).toBe(file.length);
    expect(progress).toEqual(progress.toSorted((a, b) => a - b));
    expect(progress.length).toBeGreaterThan(1);
  });

  it.each([0, 1, 512 * 1024 - 1, 512 * 1024, 512 * 1024 + 1])('sends a file of %i bytes completely', async (length) => {
    const file = write(length);
    const server = await startServer(() => ({ body: audience }));
    await upload(testClient(server.url).client);
    const { body, headers } = server.received[0]!;
    expect(headers['content-length']).toBe(String(body.length));
    const start = body.indexOf('text/plain\r\n\r\n') + 'text/plain\r\n\r\n'.length;
    expect(body.subarray(start, start + length).equals(file)).toBe(true);
    expect(body.subarray(start + length).toString()).toMatch(/^\r\n--\S+--\r\n$/);
  });

  it('creates with a name, which arrives as UTF-8 for any form parser', async () => {
    write(130);
    const server = await startServer(() => ({ status: 202, body: audience }));
    const name = `会員「VIP」"1" ${'😀'.repeat(100)}`;
    await testClient(server.url).client.customAudiences.upload('A1', {
      name,
      action: 'ADD',
      idType: 'IFA',
      file: { path, name: 'ファイル.txt' },
    });
    const { headers, body } = server.received[0]!;
    const form = await new Response(new Uint8Array(body), {
      headers: { 'content-type': headers['content-type']! },
    }).formData();
    expect([...form.keys()]).toEqual(['name', 'action', 'idType', 'file']);
    expect(form.get('name')).toBe(name);
    expect(form.get('file')).toMatchObject({ name: 'ファイル.txt', type: 'text/plain', size: 130 });
  });

  it('sends the whole body again in a retry', async () => {
    const file = write(700_000);
    const server = await startServer(({ number }) => (number < 3 ? { status: 429 } : { body: audience }));
    await upload(testClient(server.url).client);
    expect(server.received).toHaveLength(3);
    for (const { body } of server.received) expect(body.includes(file)).toBe(true);
  });
});

describe('an upload that fails', () => {
  it.each([
    ['an answer of 5xx', () => ({ status: 503 }), 'server_error'],
    ['a reset after the body', () => 'reset' as const, 'connection_failed'],
    ['2xx with broken JSON', () => ({ status: 202, body: '{"id":' }), 'invalid_response'],
    ['2xx without an id', () => ({ status: 202, body: {} }), 'invalid_response'],
  ])('with %s is not sent again, because LINE may have it', async (_, behaviour, code) => {
    write(200_000);
    const server = await startServer(behaviour);
    const error = await failureOf(upload(testClient(server.url).client));
    expect(error).toMatchObject({ code, outcome: 'unknown', attempts: 1 });
    expect(server.received).toHaveLength(1);
  });

  it('before its body was sent is tried again, because nobody accepts half a body', async () => {
    const file = write(20_000_000);
    let requests = 0;
    let whole: Buffer | undefined;
    const url = await listen(async (request, response) => {
      requests += 1;
      if (requests === 1) {
        request.once('data', () => request.socket.destroy());
        return;
      }
      const blocks: Buffer[] = [];
      for await (const block of request) blocks.push(block as Buffer);
      whole = Buffer.concat(blocks);
      response.end(JSON.stringify(audience));
    });
    await expect(upload(testClient(url).client)).resolves.toMatchObject({ id: audience.id });
    expect(requests).toBe(2);
    expect(whole!.includes(file)).toBe(true);
  });

  it('with a refusal that comes before the body is read', async () => {
    write(20_000_000);
    const url = await listen((_, response) => {
      response.writeHead(403, { connection: 'close' });
      response.end('{"errors":[{"reason":"PARTNER_PERMISSION_DENIED"}]}');
    });
    const error = await failureOf(upload(testClient(url, { maxRetries: 0 }).client));
    // The system decides whether the answer or the end of the connection is noticed first. In both cases it was not
    // accepted.
    expect(['forbidden', 'connection_failed']).toContain(error.code);
    expect(error.outcome).toBe('not_taken');
  });

  it('with a refused connection is tried again', async () => {
    write(100);
    const error = await failureOf(upload(testClient(await refusedUrl()).client));
    expect(error).toMatchObject({ code: 'connection_failed', outcome: 'not_taken', attempts: 6 });
  });

  it('leaves no file open', async ({ skip }) => {
    skip(process.platform !== 'linux', 'only Linux lists the open files of a process');
    write(20_000_000);
    const broken = await listen((request) => {
      request.once('data', () => request.socket.destroy());
    });
    await failureOf(upload(testClient(broken, { maxRetries: 3 }).client));
    await failureOf(upload(testClient(await refusedUrl()).client));
    const server = await startServer(() => ({ status: 500 }));
    await failureOf(upload(testClient(server.url).client));
    const open = readdirSync('/proc/self/fd').flatMap((fd) => {
      try {
        return [readlinkSync(`/proc/self/fd/${fd}`)];
      } catch {
        return []; // The listing’s own entry, which is closed by now.
      }
    });
    expect(open).not.toContain(path);
  });

  it('with a timeout has its own limit', async () => {
    write(100);
    const server = await startServer(() => 'silence');
    const { client } = testClient(server.url, { timeout: 10_000, uploadTimeout: 1_000 });
    expect(await failureOf(upload(client))).toMatchObject({
      code: 'timeout',
      outcome: 'unknown',
      attempts: 1,
    });
  });

  it('with an abort half-way is not accepted', async () => {
    write(30_000_000);
    const controller = new AbortController();
    const url = await listen((request) => {
      request.pause();
    });
    const error = await failureOf(
      upload(testClient(url).client, { signal: controller.signal, onProgress: () => controller.abort() }),
    );
    expect(error).toMatchObject({ code: 'aborted', outcome: 'not_taken', attempts: 1 });
  });

  it('with a missing file fails before anything is sent', async () => {
    const server = await startServer(() => ({ body: audience }));
    const error = await failureOf(upload(testClient(server.url).client));
    expect(error).toMatchObject({
      code: 'file_unreadable',
      outcome: 'not_taken',
      retryable: false,
      attempts: 1,
    });
    expect(error.message).toContain(`${path} does not exist`);
    path = directory;
    expect((await failureOf(upload(testClient(server.url).client))).message).toContain('is not a file');
    expect(server.received).toHaveLength(0);
  });

  it.each([
    ['shrinks', () => truncateSync(path, 2_000_000)],
    ['grows', () => appendFileSync(path, 'x')],
  ])('because its file %s meanwhile', async (_, change) => {
    write(5_000_000);
    const url = await listen((request, response) => {
      request.resume().on('end', () => response.end(JSON.stringify(audience)));
    });
    let changed = false;
    const onProgress = () => {
      if (!changed) change();
      changed = true;
    };
    const error = await failureOf(upload(testClient(url).client, { onProgress }));
    expect(error).toMatchObject({ code: 'file_unreadable', outcome: 'not_taken', attempts: 1 });
    expect(error.message).toContain('changed its size');
  });
});

describe('an upload of bytes from the caller', () => {
  const blocks = ['first\n', 'second\n', 'third\n'].map((text) => Buffer.from(text));
  const bytes = Buffer.concat(blocks).length;
  let begun = 0;
  let ended = 0;
  beforeEach(() => {
    begun = 0;
    ended = 0;
  });

  /** Reads the blocks, then throws the error of `after`. */
  async function* read(after: () => void = () => {}, given = blocks) {
    begun += 1;
    try {
      for (const block of given) yield block;
      after();
    } finally {
      ended += 1;
    }
  }

  const send = (client: LineAdsClient, how: { bytes?: number; read?: () => AsyncIterable<Uint8Array> } = {}) =>
    client.customAudiences.upload('A1', {
      id: '5343822743475',
      action: 'ADD',
      idType: 'HASHED_EMAIL',
      file: { name: 'chunk.txt', bytes, read: () => read(), ...how },
    });

  it('sends them with their length, and reads them again for each attempt', async () => {
    const server = await startServer(({ number }) => (number < 3 ? { status: 429 } : { body: audience }));
    await send(testClient(server.url).client);
    expect(server.received).toHaveLength(3);
    for (const { body, headers } of server.received) {
      expect(headers['content-length']).toBe(String(body.length));
      expect(body.toString()).toContain('\r\n\r\nfirst\nsecond\nthird\n\r\n--');
    }
    expect([begun, ended]).toEqual([3, 3]);
  });

  it.each<[string, Parameters<typeof send>[1], RegExp]>([
    [
      'reading fails after the last byte',
      {
        read: () =>
          read(() => {
            throw new Error('These are not the bytes.');
          }),
      },
      /chunk\.txt cannot be read/,
    ],
    ['there are fewer than announced', { bytes: bytes + 1 }, /changed its size/],
    ['there are more than announced', { bytes: bytes - 1 }, /changed its size/],
    ['there is one block too many', { bytes: bytes - blocks[2]!.length }, /changed its size/],
  ])('is not accepted if %s', async (_, how, message) => {
    const whole: unknown[] = [];
    const url = await listen((request, response) => {
      request.on('error', () => {});
      request.resume().on('end', () => {
        whole.push(request.url);
        response.end(JSON.stringify(audience));
      });
    });
    const error = await failureOf(send(testClient(url).client, how));
    expect(error).toMatchObject({ code: 'file_unreadable', outcome: 'not_taken', attempts: 1 });
    expect(error.message).toMatch(message);
    expect(whole).toEqual([]);
    expect([begun, ended]).toEqual([1, 1]);
  });

  it('reports why they could not be read, and releases them when the connection breaks', async () => {
    const why = new Error('These are not the bytes.');
    const server = await startServer(() => ({ body: audience }));
    const fail = () => {
      throw why;
    };
    const error = await failureOf(send(testClient(server.url).client, { read: () => read(fail) }));
    expect(error.cause).toBe(why);
    const broken = await listen((request) => {
      request.once('data', () => request.socket.destroy());
    });
    const large = Array.from({ length: 40 }, () => Buffer.alloc(500_000));
    const half = { bytes: 20_000_000, read: () => read(undefined, large) };
    await failureOf(send(testClient(broken, { maxRetries: 1 }).client, half));
    expect([begun, ended]).toEqual([3, 3]);
  });

  it('sends an empty one', async () => {
    const server = await startServer(() => ({ body: audience }));
    await send(testClient(server.url).client, { bytes: 0, read: () => read(undefined, []) });
    expect(server.received[0]!.body.toString()).toContain('text/plain\r\n\r\n\r\n--');
  });
});
