/** Requests: their limits, tokens and secrets. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { inspect } from 'node:util';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { RequestRecord } from '../../../src/destinations/connect.ts';
import { LineupError } from '../../../src/domain/errors/errors.ts';
import { FileLimits } from '../../../src/store/data-directory/file-limits.ts';
import { directoryOfTest } from '../../support/directory.ts';
import type { Kit } from '../kit.ts';
import { type Given, idOf, noSignal, notTaken, taken, textsOf } from './given.ts';

export function describeRequests(given: Given, hasTokens: boolean): void {
  const { linesOf, traits, kitOf, fewest, uploadOf, filled } = given;

  test('verifies what works', async () => {
    const kit = await kitOf();
    const checks = await (await kit.connect()).verify({ account: kit.account }, noSignal());
    expect(checks.map(({ ok }) => ok)).not.toContain(false);
    expect(checks.length).toBeGreaterThan(0);
  });

  test('two processes together keep the limit of requests', async () => {
    const kit = await kitOf();
    const directory = directoryOfTest('contract-limits');
    const processes = await Promise.all(
      [1, 2].map(async () => {
        const limits = new FileLimits(directory, kit.clock, Math.random);
        return { limits, destination: await kit.connect({ limits }) };
      }),
    );
    const { places } = traits.limits.requests;
    await Promise.all(
      processes.flatMap(({ destination }) =>
        Array.from({ length: places }, () => destination.page(kit.account, { page: 1, size: 1 })),
      ),
    );
    expect(kit.violations()).toEqual([]);
    for (const { limits } of processes) limits.close();
  });

  test('a request that was one too many is made again, after a pause', async () => {
    const kit = await kitOf();
    const limits = new FileLimits(directoryOfTest('contract-pause'), kit.clock, Math.random);
    const destination = await kit.connect({ limits });
    kit.fault({ on: 'list', kind: 'too_many' });
    const began = kit.clock.monotonic();
    await destination.page(kit.account, { page: 1, size: 1 });
    expect(kit.clock.monotonic() - began).toBeGreaterThanOrEqual(traits.limits.pauseMs ?? 0);
    expect(kit.violations()).toEqual([]);
    limits.close();
  });

  test.each([200, 404, 408])('an answer that nobody can read (%i) is asked for again later', async (status) => {
    const kit = await kitOf();
    const maintenance = await answering(status, '<html>Maintenance</html>');
    const destination = await kit.connect({ baseUrl: maintenance });
    const page = destination.page(kit.account, { page: 1, size: 1 });
    await expect(page).rejects.toMatchObject({ name: 'LineupError', retryable: true });
    const sent = notTaken(await destination.send(uploadOf(kit, { id: '1' }, linesOf(fewest))));
    expect(sent).toMatchObject({ outcome: 'unknown', why: { retryable: true } });
  });

  if (hasTokens)
    describe('with a token', () => {
      const first = { page: 1, size: 1 };
      const tokensOf = ({ tokens }: Kit) => tokens ?? expect.fail('The kit has no tokens.');

      test('that expires, gets the next one', async () => {
        const kit = await kitOf();
        const destination = await kit.connect();
        await destination.page(kit.account, first);
        await destination.page(kit.account, first);
        expect(tokensOf(kit).minted()).toBe(1);
        kit.clock.advance(tokensOf(kit).lifeMs);
        await destination.page(kit.account, first);
        expect(tokensOf(kit).minted()).toBe(2);
      });

      test('that is refused before its end, sends again with the next one', async () => {
        const kit = await kitOf();
        const destination = await kit.connect();
        const { target } = await filled(kit, destination);
        tokensOf(kit).revoke();
        await destination.page(kit.account, first);
        tokensOf(kit).revoke();
        taken(await destination.send(uploadOf(kit, target, linesOf(fewest, 10))));
        expect(tokensOf(kit).minted()).toBe(3);
      });

      test('that nobody mints any more, says that a person must connect again', async () => {
        const kit = await kitOf();
        const destination = await kit.connect();
        const { target } = await filled(kit, destination);
        tokensOf(kit).refuseClient();
        const unauthorized = { code: 'line_unauthorized' };
        await expect(destination.page(kit.account, first)).rejects.toMatchObject(unauthorized);
        const sent = notTaken(await destination.send(uploadOf(kit, target, linesOf(fewest, 10))));
        expect(sent).toMatchObject({ outcome: 'not_taken', why: unauthorized });
        const checks = await destination.verify({ account: kit.account }, noSignal());
        expect(checks.find(({ ok }) => ok === false)?.field).toMatch(/^configuration\./);
      });

      test('shares it with another process', async () => {
        const kit = await kitOf();
        const { sharedIn } = tokensOf(kit);
        // Each process keeps its own.
        if (!sharedIn) return;
        const directory = directoryOfTest('contract-tokens');
        const processes = await Promise.all([1, 2].map(() => kit.connect({ tokens: sharedIn(directory) })));
        const ask = () => Promise.all(processes.map((destination) => destination.page(kit.account, first)));
        await ask();
        expect(tokensOf(kit).minted()).toBe(1);
        tokensOf(kit).revoke();
        await ask();
        expect(tokensOf(kit).minted()).toBe(2);
      });
    });

  test('no secret is in a log, in an error or in what a debugger shows', async () => {
    const kit = await kitOf();
    const log: RequestRecord[] = [];
    const destination = await kit.connect({ log: (entry) => log.push(entry), patience: 'person' });
    const { target } = await filled(kit, destination);
    const whys: unknown[] = [];
    for (const kind of ['refuse', 'lose_before'] as const) {
      kit.fault({ on: 'upload', kind });
      whys.push(notTaken(await destination.send(uploadOf(kit, target, linesOf(fewest, 10)))).why);
    }
    for (let n = 0; n < 10; n += 1) kit.fault({ on: 'jobs', kind: 'refuse' });
    whys.push(await destination.uploads(kit.account, idOf(target), {}).catch((error: unknown) => error));
    expect(whys.every((why) => why instanceof LineupError)).toBe(true);
    const shown = [
      JSON.stringify(log),
      ...whys.flatMap(textsOf),
      inspect(destination, { depth: 20, showHidden: true }),
    ].join('\n');
    for (const secret of kit.secrets()) expect(shown).not.toContain(secret);
    expect(log.length).toBeGreaterThan(3);
    for (const { endpoint } of log) expect(endpoint).not.toContain('?');
    for (const line of linesOf(fewest)) expect(shown).not.toContain(line);
  });
}

/** A server that gives every request the same answer. @returns its URL */
export async function answering(status: number, body: string): Promise<string> {
  const server = createServer((request, response) => {
    request.resume().on('end', () => response.writeHead(status).end(body));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}
