/** A simulator of Lytics for one test, and a source that does not really wait. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { onTestFinished } from 'vitest';
import {
  type LyticsSimulator,
  type LyticsSimulatorOptions,
  startLyticsSimulator,
} from '../../../simulators/lytics/index.ts';
import { type OpenLyticsOptions, openLytics } from '../../../src/sources/lytics/provider.ts';
import { serveFiles } from './file-server.ts';
import { swiftClock } from './swift-clock.ts';

export async function startLytics(options: LyticsSimulatorOptions = {}): Promise<LyticsSimulator> {
  const sim = await startLyticsSimulator({ members: 2000, ...options });
  onTestFinished(() => sim.close());
  return sim;
}

/** The connection options for the simulator. */
export const reach = (sim: LyticsSimulator) => ({
  token: sim.token,
  origin: sim.origin,
  clock: swiftClock(),
  random: () => 1,
});

export const openAudience = (sim: LyticsSimulator, slug: string, options: Partial<OpenLyticsOptions> = {}) =>
  openLytics({ ...reach(sim), audienceId: sim.segmentId(slug), ...options });

/** The cursors in the page requests of a scan, in order. */
export const cursorsOf = (sim: LyticsSimulator): (string | null)[] =>
  sim
    .inspect()
    .requests.filter(({ endpoint }) => endpoint === 'scan')
    .map(({ path }) => new URLSearchParams(path.split('?')[1]).get('start'));

/**
 * A server in front of the simulator. It answers some requests itself, and passes all others on.
 * @param answers true for a request that it has answered
 */
export const inFrontOf = (
  sim: LyticsSimulator,
  answers: (request: IncomingMessage, response: ServerResponse) => boolean,
) =>
  serveFiles(async (request, response) => {
    if (answers(request, response)) return;
    const { authorization = '' } = request.headers;
    const answer = await fetch(sim.origin + request.url, { headers: { authorization } });
    response.writeHead(answer.status, { 'content-type': 'application/json' }).end(await answer.text());
  });
