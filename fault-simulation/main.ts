/**
 * Plays histories in which everything breaks (docs/reliability.md).
 *
 *     npm run simulate-faults                        as many as fit into a minute
 *     npm run simulate-faults -- --count 1000000     so many
 *     npm run simulate-faults -- --seed 8123411      one, with its trace
 *     npm run simulate-faults -- --seed 1000 --pglite  the same on PGlite
 *     npm run simulate-faults -- --destination ly_ads  with LY Ads instead of LINE Ads, or line_official_account
 */
import { randomInt } from 'node:crypto';
import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import type { Outcome } from './history.ts';
import { type AnyPlan, anyPlanOf, type DestinationName, destinationNames, playAny } from './kinds.ts';
import { type Broken, playMany } from './many.ts';
import { closePglite, playOnPglite } from './pglite/play.ts';
import { coverageLines, progressLine, violationLines } from './report.ts';
import { shrink, without } from './shrink.ts';
import type { PlayOptions } from './world/world.ts';

const usage = `Usage: npm run simulate-faults -- [--seconds <n>] [--count <n>] [--from <seed>] [--threads <n>]
       npm run simulate-faults -- --seed <n> [--without <parts>] [--pglite]
       both with [--destination ${destinationNames.join('|')}]`;

const MAX_SEED = 2 ** 47;

function options() {
  const { values } = parseArgs({
    options: {
      seed: { type: 'string' },
      without: { type: 'string' },
      seconds: { type: 'string' },
      count: { type: 'string' },
      from: { type: 'string' },
      threads: { type: 'string' },
      pglite: { type: 'boolean', default: false },
      destination: { type: 'string', default: 'line_ads' },
    },
  });
  const number = (name: 'seed' | 'seconds' | 'count' | 'from' | 'threads', most: number): number | undefined => {
    const text = values[name];
    if (text === undefined) return undefined;
    if (/^\d+$/.test(text) && Number(text) <= most) return Number(text);
    throw new TypeError(`--${name} takes a whole number up to ${most}, not "${text}".`);
  };
  const destination = destinationNames.find((name) => name === values.destination);
  if (!destination) throw new TypeError(`--destination is one of ${destinationNames.join(', ')}.`);
  return {
    destination,
    seed: number('seed', MAX_SEED),
    parts: values.without?.split(',') ?? [],
    isOnPglite: values.pglite,
    seconds: number('seconds', 86_400),
    count: number('count', 1e9),
    from: number('from', MAX_SEED) ?? randomInt(MAX_SEED / 2),
    threads: number('threads', 64) || availableParallelism(),
  };
}

/** @returns whether every promise was kept */
async function playOne({ destination, parts, isOnPglite }: ReturnType<typeof options>, seed: number): Promise<boolean> {
  const plan = without(anyPlanOf(seed, destination), parts);
  if (isOnPglite && 'kind' in plan)
    throw new TypeError(`Seed ${seed} is a history of the command line, which has no database. Leave out --pglite.`);
  const outcome = await playerOn(isOnPglite)(plan, { isTraced: true });
  console.log(outcome.trace.join('\n'));
  if (outcome.violation) {
    console.error(violationLines(seed, outcome, parts, flagsOf(destination, isOnPglite)).join('\n'));
  }
  await closePglite();
  return outcome.violation === undefined;
}

/** Shows the history again, smaller if that can be. */
async function show({ seed, invariant, isOnPglite }: Broken, destination: DestinationName): Promise<void> {
  const plan = anyPlanOf(seed, destination);
  const play = playerOn(isOnPglite);
  console.error(`Making the history of seed ${seed} smaller.`);
  const parts = await shrink(plan, invariant, play);
  const outcome = await play(without(plan, parts), { isTraced: true });
  console.error(violationLines(seed, outcome, parts, flagsOf(destination, isOnPglite)).join('\n'));
}

/** The flags that play the same history again. */
const flagsOf = (destination: DestinationName, isOnPglite: boolean): string =>
  `${destination === 'line_ads' ? '' : ` --destination ${destination}`}${isOnPglite ? ' --pglite' : ''}`;

/** Histories of the command line have no database, so PGlite plays only those of the service. */
const playerOn =
  (isOnPglite: boolean) =>
  (plan: AnyPlan, options?: PlayOptions): Promise<Outcome> =>
    isOnPglite && !('kind' in plan) ? playOnPglite(plan, options) : playAny(plan, options);

/** @returns whether every promise was kept */
async function playAll({ destination, from, threads, count, seconds }: ReturnType<typeof options>): Promise<boolean> {
  const began = performance.now();
  const elapsed = () => (performance.now() - began) / 1_000;
  const limit = seconds ?? (count === undefined ? 60 : Number.POSITIVE_INFINITY);
  let shownAt = 0;
  console.error(`Playing from seed ${from} on ${threads} threads.`);
  const { tally, broken } = await playMany({
    destination,
    from,
    count: count ?? Number.POSITIVE_INFINITY,
    threads,
    onProgress: (now) => {
      if (elapsed() - shownAt >= 1) {
        shownAt = elapsed();
        console.error(progressLine(now, shownAt));
      }
      return elapsed() < limit;
    },
    onBroken: ({ seed, invariant }) => console.error(`Seed ${seed} broke a promise: ${invariant}.`),
  });
  console.log(progressLine(tally, elapsed()));
  console.log(coverageLines(tally).join('\n'));
  for (const history of broken.slice(0, 5)) await show(history, destination);
  await closePglite();
  console.log(`Histories that broke a promise: ${broken.length === 0 ? 'none' : broken.length}.`);
  return broken.length === 0;
}

try {
  const given = options();
  const isKept = given.seed === undefined ? await playAll(given) : await playOne(given, given.seed);
  process.exitCode = isKept ? 0 : 1;
} catch (error) {
  if (!(error instanceof TypeError)) throw error;
  console.error(`${error.message}\n${usage}`);
  process.exitCode = 2;
}
