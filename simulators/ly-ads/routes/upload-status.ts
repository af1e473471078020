/** The last uploads to a list. They have no order. */
import { z } from 'zod';
import { jobJson, jobStatus, jobStatuses, type UploadJob } from '../jobs.ts';
import { readRequest, succeeded } from '../refusal.ts';
import type { Call } from '../world.ts';
import { accountOf, listOfAccount } from './checks.ts';
import { idField, listOf, maybe, pageFields, textField, wordField } from './fields.ts';

const mostShown = 100;

const query = z.object({
  accountId: idField,
  audienceListId: idField,
  uploadJobIds: maybe(listOf(textField, 100)),
  jobStatuses: maybe(listOf(wordField(...jobStatuses), 10)),
  numberResults: pageFields(mostShown, 10).numberResults,
});

export function uploadStatus(call: Call): object {
  const {
    accountId,
    audienceListId,
    uploadJobIds: ids,
    jobStatuses: statuses,
    numberResults,
  } = readRequest(query, call.body);
  const account = accountOf(call, accountId);
  const list = listOfAccount(call, account, audienceListId, 'audienceListId');
  const { settings, clock } = call.world;
  const now = clock.time();
  const listed = call.state.jobs(list.id).filter((job) => now >= job.listedAt);
  const reachable = ids && settings.olderJobs === 'by-id' ? listed : listed.slice(-mostShown);
  const found = reachable
    .filter(({ id }) => ids?.includes(id) ?? true)
    .filter((job) => statuses?.includes(jobStatus(job, now)) ?? true)
    .sort((a, b) => shuffled(a) - shuffled(b));
  return {
    totalNumEntries: found.length,
    values: found.slice(0, numberResults).map((job) => succeeded('uploadJob', jobJson(job, now, settings.clockSkewMs))),
  };
}

/** A place that has nothing to do with the time, but is always the same. */
const shuffled = ({ id }: UploadJob): number => Math.imul(Number(id.slice(-6)), 0x9e3779b1) >>> 0;
