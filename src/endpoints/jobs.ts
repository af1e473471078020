/** Jobs: configured exports with their schedule, the health of their audiences, and the plans that configure them. */
import { z } from 'zod';
import { bulkChange, bulkUpdate, chosenJobs, jobIds } from '../contracts/bulk.ts';
import { plannedSteps, stepChecks } from '../contracts/configuration.ts';
import { healthFilter, healthReport } from '../contracts/health-report.ts';
import { jobHistory } from '../contracts/job-history.ts';
import { jobMove, jobMoveQuery } from '../contracts/job-move.ts';
import { jobPartPage, jobRowPage, jobRowQuery } from '../contracts/job-rows.ts';
import {
  bulkAction,
  bulkResult,
  jobChange,
  jobListQuery,
  jobPage,
  jobTransition,
  jobView,
  MAX_BULK,
  newJob,
  plainAction,
  tagInUse,
} from '../contracts/jobs.ts';
import { outlook, outlookRequest } from '../contracts/outlook.ts';
import { overview } from '../contracts/overview.ts';
import { alertListQuery, alertPage } from '../domain/alerts/alerts.ts';
import { seenJudgement } from '../domain/jobs/approvals.ts';
import { historyDays } from '../domain/jobs/history.ts';
import { schedule } from '../domain/schedule/schedule.ts';
import { fieldErrorSchema, languageCode } from '../domain/text/localized.ts';
import { itemsOf, pageOf, pageQuery } from '../domain/values/paging.ts';
import { byId, created, endpoint, events, letIn, noContent, ok, revision } from './endpoint.ts';

const read = { tag: 'Jobs', access: 'jobs.read' } as const;
const write = { tag: 'Jobs', access: 'jobs.write' } as const;
const act = { tag: 'Jobs', access: 'jobs.act' } as const;

export const jobEndpoints = {
  'GET /jobs': endpoint({
    ...read,
    operationId: 'listJobs',
    summary: 'List jobs, newest first or by `sort`',
    query: jobListQuery,
    response: ok(jobPage),
  }),
  'GET /jobs/rows': endpoint({
    ...read,
    operationId: 'listJobRows',
    summary: 'List jobs as `GET /jobs` does, with only what a list shows; up to all jobs at once',
    query: jobRowQuery,
    leftOut: true,
    compressed: true,
    response: ok(jobRowPage),
  }),
  'GET /jobs/tags': endpoint({
    ...read,
    operationId: 'listJobTags',
    summary: 'List the tags of jobs, by name',
    response: ok(itemsOf(tagInUse)),
  }),
  'POST /jobs': endpoint({
    ...write,
    operationId: 'createJob',
    summary: 'Create a job and queue its first run',
    idempotent: true,
    body: newJob,
    response: created(jobView),
  }),
  'POST /jobs/validate': endpoint({
    ...write,
    operationId: 'validateJob',
    summary: 'Validate a job without creating it',
    body: newJob,
    response: ok(
      z.object({
        errors: z.array(fieldErrorSchema).readonly(),
        /** What is unwise, but not refused. */
        warnings: z.array(fieldErrorSchema).readonly(),
      }),
    ),
  }),
  'POST /jobs/next-times': endpoint({
    ...read,
    operationId: 'previewJobSchedule',
    summary: 'List the next run times of a schedule, and explain its cron expressions in words',
    body: z.strictObject({
      schedule,
      count: z.number().int().min(1).max(20).default(3),
      /** Of the words. */
      language: languageCode.default('en'),
    }),
    response: ok(
      z.object({
        times: z.array(z.string()),
        /** Each cron expression of a custom schedule in words; empty for other schedules. */
        words: z.array(z.string()).readonly(),
      }),
    ),
  }),
  'POST /jobs/outlook': endpoint({
    ...read,
    operationId: 'previewJobOutlook',
    summary: 'Tell what the list of a job will hold over the next weeks, where members leave by age',
    body: outlookRequest,
    leftOut: true,
    response: ok(outlook),
  }),
  'GET /jobs/:id': endpoint({
    ...read,
    operationId: 'getJob',
    summary: 'Get a job',
    params: byId,
    response: ok(jobView),
  }),
  'GET /jobs/:id/parts': endpoint({
    ...read,
    operationId: 'listJobParts',
    summary: 'List the audiences of a job that fills one for each value of a column, by value',
    params: byId,
    query: pageQuery,
    leftOut: true,
    response: ok(jobPartPage),
  }),
  'GET /jobs/:id/move': endpoint({
    ...write,
    operationId: 'previewJobMove',
    summary:
      'Tell what a job becomes at the destination that takes over the audiences of its own; `POST /jobs` then creates it',
    params: byId,
    query: jobMoveQuery,
    response: ok(jobMove),
  }),
  'PATCH /jobs/:id': endpoint({
    ...write,
    operationId: 'changeJob',
    summary: 'Update a job; send the whole configuration. A new audience name renames the audience at its destination',
    params: byId,
    body: jobChange.extend({ revision, let_in: letIn }),
    response: ok(jobView),
  }),
  'DELETE /jobs/:id': endpoint({
    ...write,
    operationId: 'deleteJob',
    summary: 'Delete a job and keep its runs',
    params: byId,
    response: noContent,
  }),
  'POST /jobs/:id/actions/:action': endpoint({
    ...act,
    operationId: 'actOnJob',
    summary: 'Pause, resume, run, stop, continue, restart or terminate a job',
    params: byId.extend({ action: plainAction }),
    response: ok(jobView),
  }),
  'POST /jobs/:id/actions/run_anyway': endpoint({
    ...act,
    operationId: 'approveRun',
    summary: 'Approve what the last run was stopped with: send back what `approval` of the job shows',
    params: byId,
    body: seenJudgement,
    response: ok(jobView),
  }),
  'POST /jobs/actions/:action': endpoint({
    ...act,
    operationId: 'actOnJobs',
    summary: 'Pause, resume, run or continue several jobs; each job succeeds or fails on its own',
    params: z.object({ action: bulkAction }),
    body: z.strictObject({ ids: jobIds(MAX_BULK) }),
    response: ok(bulkResult),
  }),
  'POST /jobs/bulk/actions/:action': endpoint({
    ...act,
    operationId: 'actOnChosenJobs',
    summary: 'Pause, resume, run or continue many jobs; streams what became of each as server-sent events',
    params: z.object({ action: bulkAction }),
    body: z.strictObject({ jobs: chosenJobs }),
    response: events(bulkUpdate),
  }),
  'POST /jobs/bulk/changes': endpoint({
    ...write,
    operationId: 'changeChosenJobs',
    summary: 'Tag many jobs, or change their authorization; streams what became of each as server-sent events',
    body: z.strictObject({ jobs: chosenJobs, change: bulkChange }),
    response: events(bulkUpdate),
  }),
  'GET /alerts': endpoint({
    ...read,
    operationId: 'listAlerts',
    summary: 'List alerts of jobs, newest first',
    query: alertListQuery,
    leftOut: true,
    response: ok(alertPage),
  }),
  'GET /jobs/:id/history': endpoint({
    ...read,
    operationId: 'getJobHistory',
    summary: 'Get the successful runs of a job over time, at most 360, and what happened to it',
    params: byId,
    query: z.object({ days: z.enum(historyDays).default('30') }),
    response: ok(jobHistory),
  }),
  'GET /jobs/:id/log': endpoint({
    ...read,
    operationId: 'listJobLog',
    summary: 'List log entries of a job, newest first',
    params: byId,
    query: pageQuery,
    leftOut: true,
    response: ok(pageOf(jobTransition)),
  }),
};

/** What deserves attention. */
export const healthReportEndpoints = {
  'GET /overview': endpoint({
    ...read,
    operationId: 'getOverview',
    summary: 'Get sizes, reach, runs and what deserves attention of all jobs together',
    query: z.object({ days: z.enum(historyDays).default('30') }),
    leftOut: true,
    response: ok(overview),
  }),
  'GET /health-report': endpoint({
    ...read,
    operationId: 'getHealthReport',
    summary: 'List the audiences of all jobs with size and reach over time, sorted by what deserves attention',
    query: pageQuery.extend(healthFilter.shape),
    leftOut: true,
    response: ok(healthReport),
  }),
};

/** Configuration as code: what the service would refuse of a plan. */
export const configurationEndpoints = {
  'POST /configuration/validate': endpoint({
    operationId: 'validateConfiguration',
    tag: 'Configuration',
    summary: 'Validate the steps of a plan without doing anything; nothing of it is stored',
    access: 'jobs.write',
    body: plannedSteps,
    response: ok(stepChecks),
  }),
};
