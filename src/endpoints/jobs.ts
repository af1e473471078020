/** Jobs: configured exports with their schedule. */
import { z } from 'zod';
import { knownId } from '../contracts/bounds.ts';
import {
  bulkAction,
  bulkResult,
  jobAction,
  jobChange,
  jobListQuery,
  jobPage,
  jobTransition,
  jobView,
  MAX_BULK,
  newJob,
  tagInUse,
} from '../contracts/jobs.ts';
import { fieldErrorSchema } from '../contracts/localized.ts';
import { pageOf, pageQuery } from '../contracts/paging.ts';
import { schedule } from '../contracts/schedule.ts';
import { issueText } from '../contracts/sentence.ts';
import { byId, created, endpoint, itemsOf, noContent, ok, revision } from './endpoint.ts';

const read = { tag: 'Jobs', access: 'jobs.read' } as const;
const write = { tag: 'Jobs', access: 'jobs.write' } as const;
const act = { tag: 'Jobs', access: 'jobs.act' } as const;

const bulkIds = z
  .array(knownId)
  .min(1, issueText`Choose at least one.`)
  .max(MAX_BULK)
  .refine((ids) => new Set(ids).size === ids.length, issueText`Name each job once.`);

export const jobEndpoints = {
  'GET /jobs': endpoint({
    ...read,
    operationId: 'listJobs',
    summary: 'List the jobs, newest first unless `sort` says otherwise',
    query: jobListQuery,
    response: ok(jobPage),
  }),
  'GET /jobs/tags': endpoint({
    ...read,
    operationId: 'listJobTags',
    summary: 'List the tags that jobs have, by name',
    response: ok(itemsOf(tagInUse)),
  }),
  'POST /jobs': endpoint({
    ...write,
    operationId: 'createJob',
    summary: 'Create a job; its first run is queued at once',
    idempotent: true,
    body: newJob,
    response: created(jobView),
  }),
  'POST /jobs/validate': endpoint({
    ...write,
    operationId: 'validateJob',
    summary: 'Tell everything that would keep a job from being created; nothing is changed',
    body: newJob,
    response: ok(z.object({ errors: z.array(fieldErrorSchema).readonly() })),
  }),
  'POST /jobs/next-times': endpoint({
    ...read,
    operationId: 'previewJobSchedule',
    summary: 'Tell when a schedule would run next',
    body: z.strictObject({ schedule, count: z.number().int().min(1).max(20).default(3) }),
    response: ok(z.object({ times: z.array(z.string()) })),
  }),
  'GET /jobs/:id': endpoint({
    ...read,
    operationId: 'getJob',
    summary: 'Show a job',
    params: byId,
    response: ok(jobView),
  }),
  'PATCH /jobs/:id': endpoint({
    ...write,
    operationId: 'changeJob',
    summary:
      'Edit a job; a configuration is given whole, and a new audience name renames its audience at LINE',
    params: byId,
    body: jobChange.extend({ revision }),
    response: ok(jobView),
  }),
  'DELETE /jobs/:id': endpoint({
    ...write,
    operationId: 'deleteJob',
    summary: 'Delete a job; its runs stay',
    params: byId,
    response: noContent,
  }),
  'POST /jobs/:id/actions/:action': endpoint({
    ...act,
    operationId: 'actOnJob',
    summary: 'Pause, resume, run, stop, continue, restart or terminate a job, or overrule a guard once',
    params: byId.extend({ action: jobAction }),
    response: ok(jobView),
  }),
  'POST /jobs/actions/:action': endpoint({
    ...act,
    operationId: 'actOnJobs',
    summary: 'Pause, resume, run or continue many jobs; one that is refused hinders none',
    params: z.object({ action: bulkAction }),
    body: z.strictObject({ ids: bulkIds }),
    response: ok(bulkResult),
  }),
  'GET /jobs/:id/log': endpoint({
    ...read,
    operationId: 'listJobLog',
    summary: 'List what happened to a job, newest first',
    params: byId,
    query: pageQuery,
    response: ok(pageOf(jobTransition)),
  }),
};
