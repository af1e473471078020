/** A connection to a simulated LY in the same process: a `fetch` without sockets. */
import { fetchFrom } from '../shared/connection.ts';
import { answer } from './answer.ts';
import type { RequestRecord } from './state.ts';
import type { World } from './world.ts';

/** @param onRequest called at the end of every request, with or without an answer */
export function connectionTo(
  world: World,
  onRequest?: (record: RequestRecord) => void,
): (url: URL, init?: RequestInit) => Promise<Response> {
  return fetchFrom((incoming) => answer(world, incoming, onRequest));
}
