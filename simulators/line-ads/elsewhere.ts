/** Audiences that another tool has created, to test how a client handles them. */
import { createHash } from 'node:crypto';
import { z } from 'zod';
import { choice, fields, number, read, SimulatorInputError, text } from '../shared/input.ts';
import { type Audience, estimate, newAudience, uploadTypes } from './audiences.ts';
import { LineBatch } from './line-batch.ts';
import { serverTime, type World } from './world.ts';

const mostMembers = 1_000_000;
const mostJobs = 100;
const listed = `a list of at most ${mostJobs}`;

const elsewhere = fields({
  name: text,
  /** @default A1 */
  adAccountId: text.optional(),
  /** @default HASHED_EMAIL */
  idType: choice('IFA', 'HASHED_EMAIL', 'HASHED_PHONE_NUMBER').optional(),
  /** The number of invented members. */
  members: number(0, mostMembers),
  /** The finished uploads that LINE still lists, oldest first. @default one REPLACE of all members */
  jobs: z
    .array(fields({ action: choice('ADD', 'REPLACE'), audienceCount: number(0, mostMembers) }), listed)
    .max(mostJobs, listed)
    .readonly()
    .optional(),
  /** LINE's text for its size. @default by the share of members that LINE matches */
  estimatedAudienceSize: text.optional(),
});

export type Elsewhere = z.infer<typeof elsewhere>;

/** Reads one from JSON. @throws {SimulatorInputError} */
export const readElsewhere = (value: unknown): Elsewhere => read(elsewhere, value, 'the body');

/** @throws {SimulatorInputError} for an unknown ad account */
export function addElsewhere(world: World, given: Elsewhere): Audience {
  const { name, adAccountId = 'A1', idType = 'HASHED_EMAIL', members } = given;
  const { state, settings, clock } = world;
  if (!state.adAccounts.has(adAccountId))
    throw new SimulatorInputError(`There is no ad account ${JSON.stringify(adAccountId)}.`);
  const audience = newAudience({
    id: state.newId(),
    adAccountId,
    name,
    functionType: uploadTypes[idType],
    created: serverTime(world),
  });
  audience.members.add(invented(name, members));
  audience.estimatedSize = given.estimatedAudienceSize ?? estimate(members, settings.matchRate);
  state.addAudience(audience);
  const jobs = given.jobs ?? [{ action: 'REPLACE' as const, audienceCount: members }];
  for (const [index, { action, audienceCount }] of jobs.entries()) {
    state.addJob({
      id: state.newId(),
      audienceId: audience.id,
      adAccountId,
      fileName: `upload-${index + 1}.csv`,
      action,
      lines: audienceCount,
      bytes: audienceCount * 65,
      request: 0,
      created: serverTime(world),
      acceptedAt: clock.time(),
      listedAt: clock.time(),
      durationMs: 0,
      stuck: null,
      failed: false,
      taken: audienceCount,
      batch: null,
      file: null,
    });
  }
  return audience;
}

/** Hashes that belong to nobody. */
function invented(name: string, count: number): LineBatch {
  const batch = new LineBatch();
  for (let n = 0; n < count; n += 1) {
    batch.add(Buffer.from(createHash('sha256').update(`${name} ${n}`).digest('hex')));
  }
  return batch;
}
