/**
 * Uploads a file to a custom audience. With a name it creates the audience; with an id it adds to the members
 * or replaces them.
 */

import { z } from 'zod';
import type { Reply } from '../../shared/http.ts';
import { choice } from '../../shared/input.ts';
import { flag } from '../../shared/violations.ts';
import type { AdAccount } from '../accounts.ts';
import { type Audience, type IdType, newAudience, uploadTypes } from '../audiences.ts';
import type { Fault } from '../faults.ts';
import type { UploadJob } from '../jobs.ts';
import type { FileFault, LineReader } from '../line-reader.ts';
import { invalid, RefusalError, readBody } from '../refusal.ts';
import { readUploadForm, type UploadedFile, type UploadForm } from '../upload-form.ts';
import { judgeUpload } from '../violations.ts';
import { type Call, serverTime } from '../world.ts';
import { adAccountOf, audienceOf, checkName } from './checks.ts';
import { showAudience } from './custom-audiences.ts';

interface Upload {
  account: AdAccount;
  /** The audience, or the name of the one to create. */
  target: Audience | { name: string };
  action: 'ADD' | 'REPLACE';
  idType: IdType;
  file: UploadedFile;
  /** The fault of the file. Its job will fail with it. */
  fault: FileFault | null;
}

/** An empty field counts as a missing one. */
const filled = <T extends string>(values: readonly T[]) =>
  z.preprocess((value) => value || undefined, choice(...values));

const uploadFields = z.object({
  action: filled(['ADD', 'REPLACE']),
  idType: filled(Object.keys(uploadTypes) as IdType[]),
});

export async function upload(call: Call): Promise<Reply> {
  const account = adAccountOf(call);
  if (call.key.role !== 'data_provider') {
    throw new RefusalError(403, 'PARTNER_PERMISSION_DENIED', {
      detail: `the role ${call.key.role} may not upload`,
    });
  }
  const form = await readUploadForm(call.stream, call.contentType, call.world.settings.keepFiles);
  // No `await` from here on: the check and the acceptance must be one step.
  const accepted = check(call, account, form);
  const audience = accept(call, accepted);
  return { status: 202, json: showAudience(call, account, audience) };
}

function check(call: Call, account: AdAccount, form: UploadForm): Upload {
  const { fields, file } = form;
  const { record, state, world } = call;
  record.action = fields.get('action');
  record.audienceId = fields.get('id');
  record.fileName = file?.name;

  const { action, idType } = readBody(uploadFields, Object.fromEntries(fields));
  if (!file) throw invalid('REQUIRED', 'file');
  checkFile(file);
  const target = targetOf(call, account, fields, action);
  if ('id' in target && target.functionType !== uploadTypes[idType]) {
    throw invalid(
      'INVALID_VALUE',
      'idType',
      `audience ${target.id} is of type ${target.functionType}, which ${idType} does not fit`,
    );
  }
  const fault = file.reader.end() ?? typeFault(file.reader, idType, world.settings.hashedIfa === 'refuse');
  const inJob = world.settings.formatErrors === 'job' && fault?.reason !== 'FILE_SIZE_LIMIT_EXCEEDED';
  if (fault && !inJob) {
    throw invalid(fault.reason, 'file', fault.line === undefined ? fault.reason : `line ${fault.line} of the file`);
  }
  judge(call, account, target, file.name, action);
  if (action === 'REPLACE' && state.replacing(account.id) >= world.settings.replaceLimit) {
    throw new RefusalError(429, undefined, {
      detail: `${world.settings.replaceLimit} REPLACE uploads are going on in ad account ${account.id}`,
      violation: 'replace_limit_exceeded',
    });
  }
  return { account, target, action, idType, file, fault };
}

function checkFile(file: UploadedFile): void {
  if (file.contentType !== 'text/plain' && file.contentType !== 'text/csv') {
    throw invalid(
      'INVALID_FORMAT',
      'file',
      `the file part must be text/plain, it is ${file.contentType || 'without a type'}`,
    );
  }
  if (!/\.(?:txt|csv)$/i.test(file.name))
    throw invalid('INVALID_FORMAT', 'file', 'the file must be named .txt or .csv');
}

function targetOf(
  call: Call,
  account: AdAccount,
  fields: ReadonlyMap<string, string>,
  action: string,
): Upload['target'] {
  const id = fields.get('id');
  if (id !== undefined) return audienceOf(call, account, id, 'id');
  if (action === 'REPLACE') throw invalid('REQUIRED', 'id', 'REPLACE needs the id of an audience');
  const name = fields.get('name');
  if (name === undefined) throw invalid('REQUIRED', 'name', 'the first upload needs a name, every later one an id');
  checkName(call, account, name);
  return { name };
}

/** The fault for a line that does not fit the `idType`: the first line of the wrong form. */
function typeFault(reader: LineReader, idType: IdType, hashedIfaRefused: boolean): FileFault | null {
  const wrong = idType === 'IFA' ? (hashedIfaRefused ? reader.firstDigest : 0) : reader.firstId;
  return wrong === 0 ? null : { reason: 'UPLOAD_AUDIENCE_GROUP_INVALID_AUDIENCE_ID_FORMAT', line: wrong };
}

/** Records the client's mistakes, and refuses them if the settings say so. */
function judge(
  call: Call,
  account: AdAccount,
  target: Upload['target'],
  fileName: string,
  action: 'ADD' | 'REPLACE',
): void {
  const audienceId = 'id' in target ? target.id : undefined;
  const findings = judgeUpload(
    { audienceId, fileName, action, startedAt: call.startedAt },
    call.state.uploads(account.id),
  );
  for (const { code, message } of findings) flag(call, code, message);
  if (
    call.world.settings.overlappingUploads === 'refuse' &&
    findings.some(({ code }) => code === 'overlapping_upload')
  ) {
    throw invalid('LOCK_DEFAULT', 'id', `audience ${audienceId} is being processed`);
  }
}

function accept(call: Call, { account, target, action, idType, file, fault }: Upload): Audience {
  const { state, world, record } = call;
  const created = serverTime(world);
  const audience =
    'id' in target
      ? target
      : newAudience({
          id: state.newId(),
          adAccountId: account.id,
          name: target.name,
          functionType: uploadTypes[idType],
          created,
        });
  if (audience !== target) state.addAudience(audience);
  const faults = world.faults.meet('job', record);
  const job: UploadJob = {
    id: state.newId(),
    audienceId: audience.id,
    adAccountId: account.id,
    fileName: file.name,
    action,
    lines: file.reader.lines,
    bytes: file.reader.bytes,
    request: record.number,
    created,
    acceptedAt: world.clock.time(),
    listedAt: world.clock.time(),
    durationMs: world.settings.jobMs,
    stuck: null,
    failed: fault !== null,
    failedType: fault?.reason,
    taken: file.reader.lines,
    batch: file.reader.batch,
    file: file.bytes,
  };
  for (const fault of faults) applyFault(job, fault);
  state.addJob(job);
  record.audienceId = audience.id;
  record.jobId = job.id;
  return audience;
}

/** Applies a fault to the job. */
function applyFault(job: UploadJob, fault: Fault): void {
  if (fault.kind === 'job_failed') {
    job.failed = true;
    job.failedType = fault.failedType ?? 'INTERNAL_ERROR';
  } else if (fault.kind === 'job_partial') {
    job.failedType = fault.failedType;
    job.taken = Math.min(job.lines, fault.audienceCount);
  } else if (fault.kind === 'job_stuck') {
    job.stuck = fault.state ?? 'WORKING';
  } else if (fault.kind === 'job_late') {
    job.listedAt += fault.ms;
  } else if (fault.kind === 'match_failed') {
    job.matchFailedType = fault.failedType ?? 'AUDIENCE_GROUP_AUDIENCE_INSUFFICIENT';
  }
}
