/**
 * A hostile server at an origin cannot fill the memory, cannot put its words into errors, and cannot lead behind the
 * guard.
 */
import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { describe, expect, it } from 'vitest';
import type { NetworkAccess } from '../../src/contracts/network.ts';
import { LineupError } from '../../src/domain/errors/errors.ts';
import { lyticsCatalogue, openLytics } from '../../src/sources/lytics/provider.ts';
import { serveFiles } from './support/file-server.ts';
import { cursorsOf, inFrontOf, openAudience, startLytics } from './support/lytics.ts';
import { lookupLoopback } from './support/network.ts';
import { swiftClock } from './support/swift-clock.ts';
import { readMembers } from './support/values.ts';

const MEGABYTE = 1_000_000;

/** Writes until the other side stops reading, then returns how many bytes it took. */
async function pour(response: ServerResponse, block: Buffer, most: number): Promise<number> {
  let written = 0;
  const closed = once(response, 'close');
  while (!response.destroyed && written < most) {
    written += block.length;
    if (!response.write(block)) await Promise.race([once(response, 'drain'), closed]);
  }
  response.end();
  return written;
}

const failureOf = (work: Promise<unknown>) =>
  work.then(
    () => expect.unreachable('it was taken'),
    (error: Error) => error,
  );

const catalogueAt = (origin: string, options: object = {}) =>
  lyticsCatalogue({ token: 'x', origin, clock: swiftClock(), ...options });

describe('an answer that is too long', () => {
  it('is not read to its end', async () => {
    const poured: Promise<number>[] = [];
    const { origin } = await serveFiles((_, response) => {
      poured.push(pour(response, Buffer.alloc(65_536, ' '), 400 * MEGABYTE));
    });
    const failure = await failureOf(catalogueAt(origin).audiences());
    expect(failure).toMatchObject({ code: 'source_failed', retryable: false, reason: 'too_large' });
    expect(failure.message).toContain('more than 16 MB');
    expect(poured).toHaveLength(1);
    // The buffers of the connection come on top.
    expect(await poured[0]).toBeLessThan(60 * MEGABYTE);
  });

  it('is read only for a few kB if it is an error, and only its status is shown', async () => {
    const poured: Promise<number>[] = [];
    const { origin } = await serveFiles((_, response) => {
      response.writeHead(422);
      response.write('{"data":null,"status":422,"message":"');
      poured.push(pour(response, Buffer.from('a@'.repeat(32_768)), 400 * MEGABYTE));
    });
    const failure = await failureOf(catalogueAt(origin).audiences());
    expect(failure.message).toBe('Lytics answered 422. The request was GET /v2/segment.');
    expect(await poured[0]).toBeLessThan(60 * MEGABYTE);
  });

  it('leads to a request for fewer members if it is a page', async () => {
    const sim = await startLytics();
    const limits: number[] = [];
    const { origin } = await inFrontOf(sim, ({ url }, response) => {
      const query = new URLSearchParams(url?.split('?')[1]);
      if (!url?.includes('/scan') || query.has('start')) return false;
      const limit = Number(query.get('limit'));
      limits.push(limit);
      if (limit < 10) return false;
      pour(response, Buffer.alloc(65_536, ' '), 400 * MEGABYTE).catch(() => {});
      return true;
    });
    const source = await openAudience(sim, 'newsletter_japan', { origin });
    expect(await readMembers(await source.scan(['email']))).toHaveLength(1200);
    expect(limits).toEqual([100, 25, 7]);
    // Only that page was a small one.
    expect(cursorsOf(sim)).toHaveLength(13);
  });
});

it('is not parsed if it holds far more records than possible', async () => {
  const pageOf = (member: object, count: number) =>
    JSON.stringify({ data: Array.from({ length: count }, () => member) });
  const { origin } = await serveFiles((request, response) => {
    if (request.url?.includes('/scan')) response.end(pageOf({}, 1_001));
    else if (request.url?.includes('/field')) response.end(JSON.stringify({ data: [{ id: 'email', type: 'string' }] }));
    else if (request.url?.startsWith('/v2/segment/')) response.end('{"data":{"id":"a"}}');
    else response.end(pageOf({ id: 'a' }, 20_001));
  });
  const unknown = { code: 'source_failed', message: expect.stringContaining('does not understand') };
  expect(await failureOf(catalogueAt(origin).audiences())).toMatchObject(unknown);
  const source = await openLytics({ token: 'x', origin, audienceId: 'a', clock: swiftClock() });
  expect(await failureOf(source.preview('email', 5))).toMatchObject(unknown);
});

describe('an endless answer', () => {
  it('is given up when no data comes for a while', async () => {
    const { origin } = await serveFiles((_, response) => response.write('{'));
    const clock = swiftClock();
    const failure = await failureOf(catalogueAt(origin, { clock, silenceMs: 50 }).audiences());
    expect(failure).toMatchObject({ reason: 'timeout', retryable: true });
    expect(clock.waits).toHaveLength(6);
  });

  it('is given up after a while even if data comes all the time', async () => {
    const { origin } = await serveFiles((_, response) => {
      const timer = setInterval(() => response.write(' '), 10);
      response.on('close', () => clearInterval(timer));
    });
    const failure = await failureOf(catalogueAt(origin, { timeoutMs: 100 }).audiences());
    expect(failure).toMatchObject({ reason: 'timeout', retryable: true });
  });
});

describe('the text of a Lytics error is shown only if it is safe:', () => {
  it.each<[string, number, unknown, string]>([
    ['v1', 422, { data: null, status: 422, message: 'Invalid field list.' }, ': Invalid field list.'],
    ['v2', 409, list(409, 'CONFLICT-017', 'being built'), ': CONFLICT-017, being built.'],
    ['v2, flat', 400, { status: 400, request_id: 'r', message: 'bad table' }, ': bad table.'],
    ['in another language', 422, { data: null, status: '422', message: '項目 が ない' }, ': 項目 が ない.'],
    ['a code with unusual words', 409, list(409, 'CONFLICT-017', 'see taro@example.com'), ': CONFLICT-017.'],
    ['an invalid code', 409, list(409, 'pw=hunter2', 'pw=hunter2'), '.'],
    ['of another status', 422, { data: null, status: 500, message: 'the vault is open' }, '.'],
    ['without the form of Lytics', 422, { message: 'the vault is open', status: 422 }, '.'],
    ['not JSON', 422, 'INTERNAL-SECRET', '.'],
    ['a secret', 422, { data: null, status: 422, message: 'INTERNAL-SECRET user=root pw=hunter2' }, '.'],
    ['a number', 422, { data: null, status: 422, message: 'call 819012345678 now' }, '.'],
    ['a long word', 422, { data: null, status: 422, message: `key ${'a'.repeat(21)}` }, '.'],
    ['a long text', 422, { data: null, status: 422, message: 'word '.repeat(30) }, '.'],
    ['no text', 422, { data: null, status: 422, message: { a: 1 } }, '.'],
  ])('%s', async (_, status, body, shown) => {
    const { origin } = await serveFiles((_, response) => {
      response.writeHead(status, 'SECRET-PHRASE').end(typeof body === 'string' ? body : JSON.stringify(body));
    });
    const failure = await failureOf(catalogueAt(origin).audiences());
    expect(failure.message).toBe(`Lytics answered ${status}${shown} The request was GET /v2/segment.`);
  });

  function list(status: number, code: string, message: string) {
    return { status, request_id: 'r', errors: [{ code, level: 'error', message }] };
  }
});

it('names of audiences are one line, and not too long', async () => {
  const data = [{ id: 'a', name: `VIP\r\n\u001b[31m\u202e${'x'.repeat(5_000)}`, description: 'y'.repeat(5_000) }];
  const { origin } = await serveFiles((_, response) => response.end(JSON.stringify({ data })));
  const [audience] = await catalogueAt(origin).audiences();
  expect(audience?.name).toMatch(/^VIP \[31m x+$/);
  expect(audience?.name.length).toBeLessThanOrEqual(200);
  expect(audience?.description).toHaveLength(1_000);
});

describe('the guard of the network', () => {
  const guard = (refuse: (host: string) => boolean, asked: string[] = []): NetworkAccess => {
    const refusal = (host: string) => new LineupError('source_unreadable', `${host} is internal.`);
    return {
      assertAllowed: (host) => {
        if (refuse(host)) throw refusal(host);
      },
      lookup: (host, options, callback) => {
        asked.push(host);
        if (refuse(`name ${host}`)) callback(refusal(host), '', 0);
        else lookupLoopback(host, options, callback);
      },
    };
  };

  it('checks addresses, and names when they are resolved; a refusal is not tried again', async () => {
    const { origin, host, requests } = await serveFiles((_, response) => response.end('{"data":[]}'));
    const byName = `http://lytics.example:${host.split(':')[1]}`;
    for (const [at, refused] of [
      [origin, '127.0.0.1'],
      [byName, 'name lytics.example'],
    ] as const) {
      const network = guard((asked) => asked === refused);
      expect(await failureOf(catalogueAt(at, { network }).audiences())).toMatchObject({
        code: 'source_unreadable',
      });
    }
    expect(requests).toEqual([]);
    const network = guard(() => false);
    expect(await catalogueAt(byName, { network }).audiences()).toEqual([]);
    expect(requests).toHaveLength(1);
  });

  it('checks once for a scan, which keeps its connection', async () => {
    const sim = await startLytics();
    const sockets = new Set<Socket>();
    const { host, requests } = await inFrontOf(sim, ({ socket }) => {
      sockets.add(socket);
      return false;
    });
    const asked: string[] = [];
    const source = await openAudience(sim, 'newsletter_japan', {
      origin: `http://lytics.example:${host.split(':')[1]}`,
      network: guard(() => false, asked),
    });
    expect(await readMembers(await source.scan(['email']))).toHaveLength(1200);
    expect(requests.length).toBeGreaterThan(12);
    expect([sockets.size, asked]).toEqual([1, ['lytics.example']]);
  });
});
