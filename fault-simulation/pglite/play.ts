/** Plays histories on PGlite, one after another, in one database of this thread. */
import { type Outcome, play } from '../history.ts';
import type { Plan } from '../world/plan.ts';
import type { PlayOptions } from '../world/world.ts';
import { openPgliteHistories, type PgliteHistories } from './database.ts';

let opened: Promise<PgliteHistories> | undefined;

/** The same plan gives another history than in memory: a transaction is one event, and the ids of jobs are others. */
export async function playOnPglite(plan: Plan, options: PlayOptions = {}): Promise<Outcome> {
  opened ??= openPgliteHistories();
  const histories = await opened;
  return play(plan, { ...options, storageOf: await histories.begin() });
}

export async function closePglite(): Promise<void> {
  await (await opened)?.close();
  opened = undefined;
}
