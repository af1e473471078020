/** Audiences that somebody else has made, with another tool: for what a client does with those that it finds. */
import { createHash } from 'node:crypto';
import { choice, number, object, SimulatorInputError, text } from '../shared/input.ts';
import { type Audience, estimate, type IdType, newAudience, uploadTypes } from './audiences.ts';
import type { UploadJob } from './jobs.ts';
import { LineBatch } from './line-codec.ts';
import { serverTime, type World } from './world.ts';

export interface Elsewhere {
  name: string;
  /** @default A1 */
  adAccountId?: string;
  /** @default HASHED_EMAIL */
  idType?: IdType;
  /** So many invented ones. */
  members: number;
  /** The finished uploads that LINE still lists, oldest first. @default one REPLACE of all members */
  jobs?: readonly { action: UploadJob['action']; audienceCount: number }[];
  /** LINE's word for its size. @default by the share of members that LINE knows */
  estimatedAudienceSize?: string;
}

const mostMembers = 1_000_000;
const mostJobs = 100;

/** The same from JSON. @throws {SimulatorInputError} */
export function readElsewhere(value: unknown): Elsewhere {
  const { name, adAccountId, idType, members, jobs, estimatedAudienceSize } = object(value, 'the body');
  if (jobs !== undefined && (!Array.isArray(jobs) || jobs.length > mostJobs))
    throw new SimulatorInputError(`Expected jobs to be a list of at most ${mostJobs}.`);
  return {
    name: text(name, 'name'),
    ...(adAccountId === undefined ? {} : { adAccountId: text(adAccountId, 'adAccountId') }),
    ...(idType === undefined
      ? {}
      : { idType: choice('IFA', 'HASHED_EMAIL', 'HASHED_PHONE_NUMBER')(idType, 'idType') }),
    members: number(0, mostMembers)(members, 'members'),
    ...(estimatedAudienceSize === undefined
      ? {}
      : { estimatedAudienceSize: text(estimatedAudienceSize, 'estimatedAudienceSize') }),
    ...(jobs === undefined ? {} : { jobs: jobs.map(readJob) }),
  };
}

function readJob(value: unknown): { action: UploadJob['action']; audienceCount: number } {
  const { action, audienceCount } = object(value, 'a job');
  return {
    action: choice('ADD', 'REPLACE')(action, 'action'),
    audienceCount: number(0, mostMembers)(audienceCount, 'audienceCount'),
  };
}

/** @throws {SimulatorInputError} for an ad account that there is not */
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
  const jobs = given.jobs ?? [{ action: 'REPLACE', audienceCount: members }];
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

/** Hashes of nobody. */
function invented(name: string, count: number): LineBatch {
  const batch = new LineBatch();
  for (let n = 0; n < count; n += 1) {
    batch.add(Buffer.from(createHash('sha256').update(`${name} ${n}`).digest('hex')));
  }
  return batch;
}
