/** Sources behind a half-open network: a read notices the silence in its stated time. */
import { afterEach, describe, expect, it, onTestFinished, test } from 'vitest';
import { openAccess } from '../../src/sources/files/location.ts';
import { openFiles } from '../../src/sources/files/open.ts';
import { lyticsCatalogue } from '../../src/sources/lytics/provider.ts';
import { openPostgres } from '../../src/sources/postgres/open.ts';
import type { Scan } from '../../src/sources/source.ts';
import { type Cable, cableTo, type Swallowed } from '../support/cable.ts';
import { needsPostgres } from '../support/postgres.ts';
import { sendFile, serveFiles } from './support/file-server.ts';
import { openAudience, reach, startLytics } from './support/lytics.ts';
import { usePostgres } from './support/postgres.ts';
import { swiftClock } from './support/swift-clock.ts';
import { readBlocks, readMembers, readValues } from './support/values.ts';

/** Much shorter than the real times, and long enough for a busy machine. */
const silenceMs = 1_000;

async function through(remote: string): Promise<Cable> {
  const cable = await cableTo(remote);
  onTestFinished(() => cable.pull());
  return cable;
}

describe('Lytics', () => {
  const silent = {
    code: 'source_failed',
    reason: 'timeout',
    retryable: true,
    message: expect.stringMatching(/^Lytics did not answer within 0\.1 seconds\..*tried 7 times\. Try again later\.$/),
  };

  it.each<Swallowed>(['requests', 'answers'])('that loses %s is given up after seven attempts', async (swallowed) => {
    const sim = await startLytics();
    const cable = await through(sim.origin);
    const { origin } = new URL(cable.url);
    const clock = swiftClock();
    const catalogue = lyticsCatalogue({ ...reach(sim), origin, clock, silenceMs: 100 });
    cable.swallow(swallowed);
    await expect(catalogue.audiences()).rejects.toMatchObject(silent);
    expect(clock.waits).toEqual([500, 1_000, 2_000, 4_000, 8_000, 16_000]);
  });

  it('that is lost in the middle of a scan, and comes back, is read to its end', async () => {
    const sim = await startLytics();
    const cable = await through(sim.origin);
    const { origin } = new URL(cable.url);
    const clock = swiftClock();
    let attempts = 0;
    const sleep = async (ms: number) => {
      // Attempts on connections that were lost before fail, too.
      attempts += 1;
      cable.heal();
      clock.waits.push(ms);
    };
    const source = await openAudience(sim, 'vip', { origin, clock: { ...clock, sleep }, silenceMs });
    const lost = cable.swallowFrom('/scan', 'answers');
    const read = readMembers(await source.scan(['email']));
    await lost;
    expect(await read).toEqual(await readMembers(await (await openAudience(sim, 'vip')).scan(['email'])));
    expect(attempts).toBeGreaterThan(0);
  });
});

describe('a file behind a URL', () => {
  const content = Buffer.from(
    `email\n${Array.from({ length: 20_000 }, (_, n) => `member${n}@example.com`).join('\n')}\n`,
  );

  it('that is lost is given up, or read on when the network is back', async () => {
    const server = await serveFiles((request, response) => sendFile(request, response, content));
    const cable = await through(server.origin);
    const waits: number[] = [];
    const sleep = async (ms: number) => void waits.push(ms);
    const access = { ...openAccess, silenceMs: 100, clock: { now: () => new Date(), sleep } };
    const source = `${new URL(cable.url).origin}/m.csv`;
    cable.swallow();
    await expect(openFiles({ source, access })).rejects.toMatchObject({
      code: 'source_failed',
      reason: 'timeout',
      retryable: true,
    });
    expect(waits).toHaveLength(2);
    cable.heal();
    const opened = await openFiles({ source, access: { ...access, silenceMs } });
    expect(await readValues(opened, 'email')).toHaveLength(20_000);
  });
});

describe('PostgreSQL', { ...needsPostgres, timeout: 60_000 }, () => {
  const database = usePostgres();
  const scans: Scan[] = [];
  afterEach(async () => {
    for (const scan of scans.splice(0)) await scan.close();
  });
  const silent = {
    code: 'source_failed',
    retryable: true,
    message: expect.stringContaining('did not answer in time'),
  };

  test('that is lost in the middle of a scan ends it, although the server goes on', async () => {
    const cable = await through(database.url);
    const source = await openPostgres({
      connection: { url: `${cable.url}?connect_timeout=1` },
      audience: {
        query:
          "SELECT 'member' || n || '@example.com' || pg_sleep(0.001) AS email FROM generate_series(1, 100000) AS n",
      },
      silenceMs: 200,
    });
    const scan = await source.scan(['email']);
    scans.push(scan);
    const blocks = scan.blocks[Symbol.asyncIterator]();
    await blocks.next();
    cable.swallow('answers');
    await readBlocks(scan);
    await expect(scan.finished).rejects.toMatchObject(silent);
  });

  test('that was lost before is not opened', async () => {
    const cable = await through(database.url);
    cable.swallow();
    const connection = { url: `${cable.url}?connect_timeout=1` };
    await expect(openPostgres({ connection, audience: { query: 'SELECT 1 AS email' } })).rejects.toMatchObject(silent);
  });
});
