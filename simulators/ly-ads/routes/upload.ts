/** Uploads a file to a list. The answer comes when the whole file has arrived; what is in it shows only later. */

import { z } from 'zod';
import { flag } from '../../shared/violations.ts';
import type { Account } from '../accounts.ts';
import type { Fault } from '../faults.ts';
import { uploadTypes } from '../file/columns.ts';
import { RowReader } from '../file/row-reader.ts';
import { compressTypes } from '../file/unpack.ts';
import { jobJson, type UploadJob } from '../jobs.ts';
import { type AudienceList, isStopped } from '../lists.ts';
import { levelOf, RefusalError, readRequest, succeeded } from '../refusal.ts';
import { readUploadForm, type UploadedFile } from '../upload-form.ts';
import type { Call } from '../world.ts';
import { listOfAccount, writableAccountOf } from './checks.ts';
import { wordField } from './fields.ts';

/** An empty value counts as a missing one. */
const given = <T extends z.ZodType>(schema: T) => z.preprocess((value) => value || undefined, schema);
const idText = given(z.string('an id').regex(/^[1-9]\d{0,18}$/, 'an id'));

const parameters = z.object({
  accountId: idText,
  audienceListId: idText,
  uploadType: given(wordField(...uploadTypes)),
  compressType: given(wordField(...compressTypes)),
});

type Parameters = z.infer<typeof parameters>;

export async function upload(call: Call): Promise<object> {
  const asked = readRequest(parameters, call.query);
  call.record.uploadType = asked.uploadType;
  const account = writableAccountOf(call, asked.accountId);
  const list = listOfAccount(call, account, asked.audienceListId, 'audienceListId');
  checkTarget(call, account, list);
  if (call.state.isBusy(list.id))
    flag(call, 'overlapping_upload', `an upload to ${list.id} came while another one was under way`);
  const { settings } = call.world;
  const reader = new RowReader(asked.uploadType, settings.columnHeadings);
  const arrived = call.state.arriving.begin(list.id);
  let file: UploadedFile;
  try {
    file = await readUploadForm(call.stream, call.contentType, asked.compressType, reader, settings);
  } finally {
    arrived();
  }
  // No `await` from here on: the check and the acceptance must be one step.
  if (call.state.list(list.id) !== list) throw new RefusalError('110005', { key: 'audienceListId', value: list.id });
  call.record.fileName = file.name;
  judge(call, reader, file);
  const job = accept(call, list, asked, reader, file);
  return { values: [succeeded('uploadJob', jobJson(job, call.world.clock.time(), settings.clockSkewMs))] };
}

function checkTarget(call: Call, account: Account, list: AudienceList): void {
  const { settings, clock } = call.world;
  const level = levelOf(settings);
  if (account.isTest) {
    throw new RefusalError('0200', {
      level,
      key: 'accountId',
      value: account.id,
      detail: `the account ${account.id} is a test account`,
      violation: 'refused_upload',
    });
  }
  if (list.type !== 'CUSTOMER_DATA')
    throw new RefusalError('210001', { level, key: 'audienceListId', detail: `the list is of type ${list.type}` });
  if (isStopped(list, clock.time(), settings)) {
    throw new RefusalError(settings.stoppedCode, {
      level,
      key: 'audienceListId',
      value: list.id,
      detail: 'the data connection of the list has stopped',
      violation: 'refused_upload',
    });
  }
}

/** Ends the file, and records the client's mistakes in it. */
function judge(call: Call, reader: RowReader, file: UploadedFile): void {
  const { fewestRows, fileSize, mostBytes } = call.world.settings;
  const size = fileSize === 'packed' ? file.sentBytes : Math.max(reader.bytes, file.sentBytes);
  if (size > mostBytes) reader.fault = { code: 'too_large_file', text: `the file is larger than ${mostBytes} bytes` };
  else reader.end(fewestRows);
  const { fault, upperCase } = reader;
  if (upperCase > 0) flag(call, 'upper_case', `${upperCase} hashes of ${file.name} have capital letters`);
  if (fault) flag(call, fault.code, `${file.name}: ${fault.text}`);
}

function accept(call: Call, list: AudienceList, asked: Parameters, reader: RowReader, file: UploadedFile): UploadJob {
  const { state, world, record } = call;
  const now = world.clock.time();
  const faults = world.faults.meet('job', record);
  const job: UploadJob = {
    id: state.newJobId(),
    listId: list.id,
    accountId: list.accountId,
    uploadType: asked.uploadType,
    uploadSource: 'API',
    fileName: file.name,
    rows: reader.rows,
    bytes: reader.bytes,
    upperCase: reader.upperCase,
    request: record.number,
    acceptedAt: now,
    submittedAt: now,
    listedAt: now,
    durationMs: world.settings.jobMs,
    stuck: null,
    outcome: reader.fault === null ? 'RECEIVED' : 'INVALID_FILE',
    why: reader.fault?.text ?? null,
    taken: Number.POSITIVE_INFINITY,
    counts: true,
    batch: reader.fault === null ? reader.batch : null,
    file: file.bytes,
  };
  for (const fault of faults) applyFault(job, fault);
  state.addJob(job);
  record.jobId = job.id;
  return job;
}

function applyFault(job: UploadJob, fault: Fault): void {
  if (fault.kind === 'job_failed') {
    job.outcome = fault.status ?? 'FAILED';
    job.why = 'ordered by a fault';
  } else if (fault.kind === 'job_partial') {
    job.taken = fault.rows;
  } else if (fault.kind === 'job_stuck') {
    job.stuck = 'RECEIVING';
  } else if (fault.kind === 'job_late') {
    job.listedAt += fault.ms;
  } else if (fault.kind === 'not_counted') {
    job.counts = false;
  }
}
