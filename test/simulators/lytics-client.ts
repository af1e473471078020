import { onTestFinished } from 'vitest';
import {
  type LyticsSimulator,
  type LyticsSimulatorOptions,
  startLyticsSimulator,
} from '../../simulators/lytics/index.ts';

/** A simulator for one test. Its time stands still unless the test advances it. */
export async function startSim(options: LyticsSimulatorOptions = {}): Promise<LyticsSimulator> {
  const now = Date.now();
  const sim = await startLyticsSimulator({ now: () => now, members: 1000, ...options });
  onTestFinished(() => sim.close());
  return sim;
}

export interface Answer {
  status: number;
  headers: Headers;
  text: string;
  json: Record<string, unknown>;
}

/** Any request, by default with the token that may read. */
export async function get(
  sim: LyticsSimulator,
  path: string,
  { method = 'GET', token = sim.token, body }: { method?: string; token?: string | null; body?: string } = {},
): Promise<Answer> {
  const headers: Record<string, string> = token === null ? {} : { authorization: token };
  const response = await fetch(sim.origin + path, { method, headers, body });
  const text = await response.text();
  return { status: response.status, headers: response.headers, text, json: parse(text) };
}

function parse(text: string): Record<string, unknown> {
  try {
    return JSON.parse(text);
  } catch {
    return {};
  }
}

export interface Page {
  data: Record<string, unknown>[];
  _next?: string | null;
  total: number | string;
  status: number | string;
}

/** A page of a scan, for example `page(sim, 'vip', 'limit=3')`. */
export const page = async (sim: LyticsSimulator, key: string, query: string): Promise<Page> =>
  (await get(sim, `/api/segment/${key}/scan?${query}`)).json as unknown as Page;

/** All pages of a scan of e-mail addresses, each as a list of addresses. */
export async function pages(sim: LyticsSimulator, key: string, limit = 100): Promise<unknown[][]> {
  const all: unknown[][] = [];
  for (let start = ''; ; ) {
    const { data, _next } = await page(sim, key, `limit=${limit}&fields=email&start=${start}`);
    all.push(data.map(({ email }) => email));
    if (!_next) return all;
    start = _next;
  }
}
