/** The contract of a database whose scan is silent: no data comes for a while. */
import { expect, it } from 'vitest';
import type { Scan } from '../../src/sources/source.ts';
import type { TcpProxy } from './support/tcp-proxy.ts';
import { readBlocks, readMembers } from './support/values.ts';

/** Much shorter than the real time. After this time without data, the server is asked. */
export const silenceMs = 200;

export interface SilenceKit {
  /**
   * Begins a scan of the field `email` through a proxy, with `silenceMs`. The table `members` has more rows than any
   * buffer.
   */
  begin(query: string): Promise<{ scan: Scan; proxy: TcpProxy }>;
  /** Waits until the server runs the scan. */
  running(): Promise<unknown>;
  /** An expression that has this value after this time. */
  slowly(value: string, seconds: number): string;
}

/** The error of a scan that was given up because of its silence. */
export const lost = {
  code: 'source_failed',
  retryable: true,
  message: expect.stringContaining('did not answer in time'),
};

export function silenceContract({ begin, running, slowly }: SilenceKit): void {
  it.each([undefined, 'all'] as const)('is given up when its connection is frozen (%s)', async (which) => {
    const { scan, proxy } = await begin('SELECT email FROM members');
    const blocks = scan.blocks[Symbol.asyncIterator]();
    await blocks.next();
    proxy.freeze(which);
    await readBlocks(scan);
    await expect(scan.finished).rejects.toMatchObject(lost);
    await scan.close();
  });

  lateAnswerContract({ begin, running }, `SELECT ${slowly('a', 2)} AS email`);

  it('continues while the server works', async () => {
    const { scan, proxy } = await begin(`SELECT ${slowly('a', 4)} AS email UNION ALL SELECT ${slowly('b', 1)}`);
    expect(await readMembers(scan)).toEqual([['a'], ['b']]);
    // Besides those of the opening and the scan.
    expect(proxy.connections).toBeGreaterThan(3);
  });
}

/** @param query takes about two seconds */
export function lateAnswerContract({ begin, running }: Pick<SilenceKit, 'begin' | 'running'>, query: string): void {
  it('is given up when the server has finished, and its answer never comes', async () => {
    const { scan, proxy } = await begin(query);
    const reading = readBlocks(scan);
    await running();
    proxy.freeze();
    await reading;
    await expect(scan.finished).rejects.toMatchObject(lost);
    await scan.close();
  });
}
