/** Takes an upload to an audience, by file or as JSON. */

import { doneAt } from '../../shared/jobs.ts';
import type { Records } from '../../shared/records.ts';
import { flag } from '../../shared/violations.ts';
import { type Audience, expiresAt } from '../audiences.ts';
import type { Fault } from '../faults.ts';
import type { UploadJob } from '../jobs.ts';
import { RefusalError, refused } from '../refusal.ts';
import type { Call } from '../world.ts';

export interface Upload {
  readonly description: string | null;
  /** All ids that were sent. */
  readonly ids: Records;
  readonly bytes: number;
  /** Whether the job must fail, because of what was sent. */
  readonly fails: boolean;
  readonly file: Buffer | null;
}

/** Checks whether an audience takes an upload now. @throws {RefusalError} */
export function checkTarget(call: Call, audience: Audience): void {
  const { state, world } = call;
  if (audience.type !== 'UPLOAD') {
    throw refused('AUDIENCE_GROUP_NOT_FOUND', {
      detail: `the audience ${audience.id} is of type ${audience.type}`,
      violation: 'refused_upload',
    });
  }
  if (world.clock.time() >= expiresAt(audience, world.settings) || audience.forced === 'EXPIRED') {
    throw refused('AUDIENCE_GROUP_CAN_NOT_UPLOAD_STATUS_EXPIRED', {
      detail: `the audience ${audience.id} is EXPIRED`,
      violation: 'expired_upload',
    });
  }
  const others = state.openUploads(audience.id) + state.arriving.count(audience.id);
  const { uploadsAtOnce } = world.settings;
  if (others >= uploadsAtOnce) {
    throw new RefusalError({
      status: 429,
      message: 'Too Many Requests',
      detail: `${uploadsAtOnce} uploads to ${audience.id} are going on`,
      violation: 'too_many_uploads',
    });
  }
  if (others > 0) flag(call, 'overlapping_upload', `an upload to ${audience.id} came while another one was going on`);
}

/** Records an upload that was taken before. */
export function checkRepeated(call: Call, audience: Audience, { description }: Pick<Upload, 'description'>): void {
  const now = call.world.clock.time();
  const isTaken = (job: UploadJob) => job.failedType === null || now < doneAt(job);
  if (description === null) return;
  if (call.state.jobs(audience.id).some((job) => job.description === description && isTaken(job)))
    flag(call, 'repeated_upload', `${description} was accepted before, for audience ${audience.id}`);
}

/** Makes the job of an upload. */
export function accept(call: Call, audience: Audience, { description, ids, bytes, fails, file }: Upload): void {
  const { state, world, record } = call;
  const now = world.clock.time();
  record.audienceId = audience.id;
  if (description !== null) record.fileName = description;
  const faults = world.faults.meet('job', record);
  const job: UploadJob = {
    id: state.newJobId(),
    audienceId: audience.id,
    channelId: call.channel.id,
    description,
    sent: ids.count,
    bytes,
    request: record.number,
    createdAt: now,
    acceptedAt: now,
    listedAt: now,
    durationMs: world.settings.jobMs,
    stuck: null,
    failedType: fails ? 'INTERNAL_ERROR' : null,
    taken: ids.count,
    count: 0,
    ids,
    file,
  };
  for (const fault of faults) applyFault(job, fault);
  state.addJob(job);
  record.jobId = job.id;
}

function applyFault(job: UploadJob, fault: Fault): void {
  if (fault.kind === 'job_failed') job.failedType = fault.failedType ?? 'INTERNAL_ERROR';
  else if (fault.kind === 'job_partial') job.taken = Math.min(job.sent, fault.audienceCount);
  else if (fault.kind === 'job_stuck') job.stuck = fault.state ?? 'WORKING';
  else if (fault.kind === 'job_late') job.listedAt += fault.ms;
}
