/** What a run does about the ends of the audiences of its job. */
import type { StoredJob } from '../contracts/job-store.ts';
import { type NextSlot, renewsBefore } from '../domain/audiences/renewal.ts';
import { deliveriesOfJob } from '../domain/jobs/audiences.ts';
import type { RequestedRenewal } from '../domain/runs/run.ts';
import { deliveriesOf, successorIn } from '../domain/runs/run-state.ts';
import { scheduleOf } from '../domain/schedule/schedule.ts';
import { nextSlot } from '../jobs/schedule.ts';
import type { Db } from '../store/database/database.ts';
import { type AudienceLife, livesOf } from '../store/repositories/audience-lives.ts';
import { readRunState } from '../store/repositories/run-events.ts';

/** The slots of a job. Null without a schedule. */
export function slotsOf({ configuration }: Pick<StoredJob, 'configuration'>): NextSlot {
  const schedule = scheduleOf(configuration);
  return schedule ? (after) => nextSlot(schedule, after) : null;
}

/** What is known of an audience of a job, and of its successor. */
export type KnownLife = Omit<RequestedRenewal, 'before'>;

/** For a run that begins now, by the ids of the audiences. */
export function renewalsFor(
  job: Pick<StoredJob, 'configuration'>,
  now: Date,
  lives: ReadonlyMap<string, KnownLife>,
): Map<string, RequestedRenewal> {
  const before = renewsBefore(now, slotsOf(job)).toISOString();
  return new Map([...lives].map(([audienceId, life]) => [audienceId, { before, ...life }]));
}

/** Of the audiences that a job has, by their ids. */
export async function knownLivesOf(db: Db, job: StoredJob): Promise<Map<string, KnownLife>> {
  const lives = await livesOf(db, [job.id]);
  const found = new Map<string, KnownLife>();
  for (const { audienceId, configuration } of deliveriesOfJob(job)) {
    if (audienceId === null) continue;
    const life = lives.find((life) => life.audienceId === audienceId);
    const successor = await successorOf(db, life);
    found.set(audienceId, {
      base: configuration.audience_name ?? firstName(lives, audienceId),
      endsAt: life?.endsAt?.toISOString() ?? null,
      ...(successor && { successor }),
    });
  }
  return found;
}

/** The name before any renewal, which has no number of ours. Null: it is not known. */
function firstName(lives: readonly AudienceLife[], audienceId: string): string | null {
  let id = audienceId;
  // Each audience of a chain is another one, so it has an end.
  for (const _ of lives) id = lives.find(({ successor }) => successor?.since && successor.id === id)?.audienceId ?? id;
  return lives.find((life) => life.audienceId === id)?.name ?? null;
}

/**
 * What an earlier run has of the successor. The job may have filled it before: a person, or a configuration file that
 * names the old audience, has gone back. Then the next run goes on with the same one, too.
 */
async function successorOf(db: Db, life: AudienceLife | undefined): Promise<RequestedRenewal['successor']> {
  if (!life?.successor) return undefined;
  const state = await readRunState(db, life.successor.runId);
  const delivery = state && deliveriesOf(state).find(({ renews }) => renews?.audienceId === life.audienceId);
  if (delivery) return successorIn(delivery);
  // The run was deleted since.
  const { name, id } = life.successor;
  return { name, audienceId: id };
}
