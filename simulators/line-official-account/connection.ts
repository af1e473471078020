/** A connection to a simulated LINE in the same process: a `fetch` without sockets. */
import { fetchFrom } from '../shared/connection.ts';
import { answer } from './answer.ts';
import type { RequestRecord } from './state.ts';
import type { World } from './world.ts';

/** @param onRequest called at the end of every request, with or without an answer */
export const connectionTo = (world: World, onRequest?: (record: RequestRecord) => void) =>
  fetchFrom((incoming) => answer(world, incoming, onRequest));
