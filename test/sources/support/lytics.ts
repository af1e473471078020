/** A simulator of Lytics for one test, and a source on it whose waits take no time. */
import { onTestFinished } from 'vitest';
import type { LyticsSimulator, LyticsSimulatorOptions } from '../../../simulators/lytics/index.ts';
import { startLyticsSimulator } from '../../../simulators/lytics/index.ts';
import { type OpenLyticsOptions, openLytics } from '../../../src/sources/lytics/open.ts';

export async function startLytics(options: LyticsSimulatorOptions = {}): Promise<LyticsSimulator> {
  const sim = await startLyticsSimulator({ members: 2000, ...options });
  onTestFinished(() => sim.close());
  return sim;
}

/** A clock on which every wait is over at once; it remembers them. */
export function swiftClock() {
  const waits: number[] = [];
  return {
    waits,
    now: () => new Date(0),
    sleep: async (ms: number, signal?: AbortSignal) => {
      signal?.throwIfAborted();
      waits.push(ms);
    },
  };
}

/** How to reach the simulator. */
export const reach = (sim: LyticsSimulator) => ({
  token: sim.token,
  origin: sim.origin,
  clock: swiftClock(),
  random: () => 1,
});

export const openAudience = (sim: LyticsSimulator, slug: string, options: Partial<OpenLyticsOptions> = {}) =>
  openLytics({ ...reach(sim), audienceId: sim.segmentId(slug), ...options });

/** The cursors that the pages of a scan were asked for with, in turn. */
export const cursorsOf = (sim: LyticsSimulator): (string | null)[] =>
  sim
    .inspect()
    .requests.filter(({ endpoint }) => endpoint === 'scan')
    .map(({ path }) => new URLSearchParams(path.split('?')[1]).get('start'));
