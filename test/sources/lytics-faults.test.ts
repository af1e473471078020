import { createServer } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { Fault, LyticsSimulator } from '../../simulators/lytics/index.ts';
import { lyticsCatalogue } from '../../src/sources/lytics/provider.ts';
import { makeCertificate } from './support/certificate.ts';
import { serveFiles } from './support/file-server.ts';
import { cursorsOf, inFrontOf, openAudience, reach, startLytics } from './support/lytics.ts';
import { swiftClock } from './support/swift-clock.ts';
import { readBlocks, readMembers } from './support/values.ts';

const held = (sim: LyticsSimulator) =>
  [...sim.members('newsletter_japan', 'email')].map(({ email }) => [String(email ?? '')]);

describe('a temporary error', () => {
  it.each<[string, Fault]>([
    ['429 without Retry-After', { kind: 'status', status: 429 }],
    ['500', { kind: 'status', status: 500 }],
    ['503', { kind: 'status', status: 503 }],
    ['a reset connection', { kind: 'reset' }],
    ['a connection that drops during the answer', { kind: 'cut' }],
    ['half of the JSON', { kind: 'garbled' }],
  ])('leads to the same request again, with the same cursor: %s', async (_, fault) => {
    const sim = await startLytics({ faults: [{ ...fault, endpoint: 'scan', nth: 3, count: 2 }] });
    const clock = swiftClock();
    const source = await openAudience(sim, 'newsletter_japan', { clock });
    expect(await readMembers(await source.scan(['email']))).toEqual(held(sim));
    const cursors = cursorsOf(sim);
    expect(cursors).toHaveLength(14);
    expect(cursors[2]).toMatch(/./);
    expect([cursors[3], cursors[4]]).toEqual([cursors[2], cursors[2]]);
    expect(new Set(cursors).size).toBe(12);
    expect(clock.waits).toEqual([500, 1000]);
  });

  it('leads to a wait as long as Lytics asks', async () => {
    const sim = await startLytics({
      faults: [{ kind: 'status', status: 429, retryAfter: 7, endpoint: 'scan' }],
    });
    const clock = swiftClock();
    const source = await openAudience(sim, 'newsletter_japan', { clock });
    await readMembers(await source.scan(['email']));
    expect(clock.waits).toEqual([7000]);
  });

  it('may be a page that takes too long', async () => {
    const sim = await startLytics({ faults: [{ kind: 'slow', ms: 600_000, endpoint: 'scan', nth: 2 }] });
    const source = await openAudience(sim, 'newsletter_japan', { timeoutMs: 300 });
    expect(await readMembers(await source.scan(['email']))).toEqual(held(sim));
  });

  it('may be an error that v1 puts only in its body', async () => {
    const sim = await startLytics();
    let asked = 0;
    const { origin } = await inFrontOf(sim, ({ url }, response) => {
      if (!url?.includes('/scan')) return false;
      asked += 1;
      if (asked > 1) return false;
      response.end(JSON.stringify({ data: null, message: 'try later', status: '503' }));
      return true;
    });
    const source = await openAudience(sim, 'vip', { origin });
    expect(await readMembers(await source.scan(['email']))).toHaveLength(13);
    expect(asked).toBe(2);
  });
});

describe('a permanent error', () => {
  it.each<[number, string]>([
    [400, 'source_expired'],
    [401, 'source_unauthorized'],
    [403, 'source_unauthorized'],
    [404, 'source_not_found'],
    [422, 'source_failed'],
  ])('%d in the middle is not tried again', async (status, code) => {
    const sim = await startLytics({
      faults: [{ kind: 'status', status, endpoint: 'scan', nth: 3, count: 0 }],
    });
    const source = await openAudience(sim, 'newsletter_japan');
    const scan = await source.scan(['email']);
    await readBlocks(scan);
    await expect(scan.finished).rejects.toMatchObject({ code });
    expect(cursorsOf(sim)).toHaveLength(3);
  });

  it('400 for the first page is a failure, not an expired cursor', async () => {
    const sim = await startLytics({
      faults: [{ kind: 'status', status: 400, message: 'bad fields', endpoint: 'scan' }],
    });
    const source = await openAudience(sim, 'vip');
    const scan = await source.scan(['email']);
    await readBlocks(scan);
    await expect(scan.finished).rejects.toMatchObject({
      code: 'source_failed',
      reason: 'bad fields',
      retryable: false,
    });
  });

  it('is reported after seven attempts in half a minute', async () => {
    const sim = await startLytics({ faults: [{ kind: 'status', status: 500, endpoint: 'scan', count: 0 }] });
    const clock = swiftClock();
    const source = await openAudience(sim, 'vip', { clock });
    const scan = await source.scan(['email']);
    await readBlocks(scan);
    await expect(scan.finished).rejects.toMatchObject({
      code: 'source_failed',
      retryable: true,
      message: expect.stringMatching(/answered 500: ordered by a fault.*tried 7 times\. Try again later\.$/),
    });
    expect(clock.waits).toEqual([500, 1000, 2000, 4000, 8000, 16_000]);
  });

  it('may be a host without a server', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => server.once('listening', resolve));
    const address = server.address();
    if (typeof address !== 'object' || !address) throw new Error('the server has no address');
    await new Promise((resolve) => server.close(resolve));
    const origin = `http://127.0.0.1:${address.port}`;
    const catalogue = lyticsCatalogue({ token: 'x', origin, clock: swiftClock() });
    await expect(catalogue.audiences()).rejects.toMatchObject({
      code: 'source_failed',
      retryable: true,
      message: expect.stringContaining(`could not be reached at ${origin}, or the connection was lost (ECONNREFUSED)`),
    });
  });

  it('may be an untrusted certificate, and is reported at once', async () => {
    const clock = swiftClock();
    const { origin } = await serveFiles((_, response) => response.end('{}'), makeCertificate('localhost'));
    const catalogue = lyticsCatalogue({ token: 'x', clock, origin });
    await expect(catalogue.audiences()).rejects.toMatchObject({
      message: expect.stringContaining(`certificate of Lytics at ${origin} is not trusted`),
      retryable: false,
    });
    expect(clock.waits).toEqual([]);
  });
});

describe('a stop', () => {
  it('ends a wait between attempts early', async () => {
    const sim = await startLytics({
      faults: [{ kind: 'status', status: 500, endpoint: 'segments', count: 0 }],
    });
    const controller = new AbortController();
    const clock = {
      now: () => new Date(0),
      sleep: (_: number, signal?: AbortSignal) =>
        new Promise<void>((_, reject) => {
          signal?.addEventListener('abort', () => reject(signal.reason));
          controller.abort();
        }),
    };
    await expect(lyticsCatalogue({ ...reach(sim), clock }).audiences(controller.signal)).rejects.toMatchObject({
      code: 'interrupted',
    });
    expect(sim.inspect().requests).toHaveLength(1);
  });

  it('ends a request without an answer early', async () => {
    const sim = await startLytics();
    const asked = Promise.withResolvers<void>();
    const gone = Promise.withResolvers<void>();
    const { origin } = await inFrontOf(sim, ({ url }, response) => {
      if (!url?.includes('/scan')) return false;
      response.on('close', () => gone.resolve());
      asked.resolve();
      return true;
    });
    const source = await openAudience(sim, 'vip', { origin });
    const scan = await source.scan(['email']);
    const reading = readBlocks(scan);
    await asked.promise;
    await scan.close();
    await gone.promise;
    expect(await reading).toHaveLength(0);
    await expect(scan.finished).rejects.toMatchObject({ code: 'interrupted' });
  });

  it('frees the page that was read ahead', async () => {
    const sim = await startLytics();
    const asked = Promise.withResolvers<void>();
    const gone = Promise.withResolvers<void>();
    const { origin } = await inFrontOf(sim, ({ url }, response) => {
      if (!url?.includes('start=')) return false;
      response.on('close', () => gone.resolve());
      asked.resolve();
      return true;
    });
    const source = await openAudience(sim, 'newsletter_japan', { origin });
    const scan = await source.scan(['email']);
    onTestFinished(() => scan.close());
    for await (const _ of scan.blocks) {
      await asked.promise;
      break;
    }
    await gone.promise;
    await expect(scan.finished).rejects.toMatchObject({ code: 'interrupted' });
  });
});
