/**
 * Plays one history of the command line: lets people give their commands and things break, then stops all faults and
 * looks whether each export ends as it must. The invariants are checked after every step.
 */
import type { Outcome } from '../history.ts';
import { asViolation, ViolationError } from '../invariants/violation.ts';
import type { PlayOptions } from '../world/world.ts';
import type { Person } from './person.ts';
import type { CommandLinePlan } from './plan.ts';
import { CommandLineWorld } from './world.ts';

/** Steps in which things break. After that, faults that have not happened are left out. */
const MAX_BROKEN_STEPS = 1_500;
/** How long the exports may take in machine time, after the last fault. */
const LONGEST_REST_MS = 24 * 3_600_000;

export async function playCommandLine(plan: CommandLinePlan, options: PlayOptions = {}): Promise<Outcome> {
  const world = new CommandLineWorld(plan, options);
  let violation: ViolationError | undefined;
  try {
    await course(world);
  } catch (error) {
    violation = asViolation(error);
  }
  return {
    violation,
    steps: world.timeline.steps,
    trace: world.trace,
    coverage: { faults: world.faultCounts(), transitions: new Set(), killedAt: world.faults.killedAt },
  };
}

async function course(world: CommandLineWorld): Promise<void> {
  const { timeline, people } = world;
  const areDone = () => people.every(({ outcome }) => outcome !== undefined);
  await timeline.run(() => areDone() || timeline.steps > MAX_BROKEN_STEPS);
  world.calm();
  await rest(world, areDone);
  for (const person of people.filter((candidate) => isLast(candidate, people))) {
    void person.repeat();
    await rest(world, areDone);
    checkAudience(world, person);
  }
  world.checkEnd();
}

async function rest({ timeline }: CommandLineWorld, areDone: () => boolean): Promise<void> {
  const { now } = timeline;
  await timeline.run(() => {
    if (timeline.now > now + LONGEST_REST_MS) throw new ViolationError('liveness', 'not every export comes to an end');
    return areDone();
  });
}

/** The last one whose export goes to an audience. */
const isLast = (person: Person, people: readonly Person[]): boolean =>
  people.findLast((other) => other.audienceIds[0] === person.audienceIds[0]) === person;

/** What people must decide is left out: an empty result, an audience that somebody else deleted. */
function checkAudience(world: CommandLineWorld, person: Person): void {
  const { outcome, audienceIds } = person;
  if (outcome !== 'succeeded') return;
  for (const [n, wanted] of world.linesOf(person.n).entries()) {
    const held = world.destination.members(audienceIds[n] ?? '');
    if (held?.join('\n') === wanted.toSorted().join('\n')) continue;
    throw new ViolationError(
      'end',
      `LINE holds ${held?.length ?? 'no audience'} instead of the ${wanted.length} members of export ${person.n} in audience ${n + 1}`,
    );
  }
}
