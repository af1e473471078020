/** Jobs: configured exports with their schedule. */
import { z } from 'zod';
import { knownId } from '../../contracts/bounds.ts';
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
} from '../../contracts/jobs.ts';
import { pageOf, pageQuery } from '../../contracts/page.ts';
import { schedule } from '../../contracts/schedule.ts';
import { words } from '../../contracts/sentence.ts';
import { fieldErrorSchema } from '../../contracts/told.ts';
import { created, createOptions, idempotencyHeaders } from '../idempotency.ts';
import { type App, byId, type Deps, nothing, revision, whileConnected } from './routes.ts';

const tags = ['Jobs'];
const read = { access: 'jobs.read' } as const;
const write = { access: 'jobs.write' } as const;

const bulkIds = z
  .array(knownId)
  .min(1, words`Choose at least one.`)
  .max(MAX_BULK)
  .refine((ids) => new Set(ids).size === ids.length, words`Name each job once.`);

export function jobRoutes(app: App, deps: Deps): void {
  const { jobs } = deps.service;

  app.get(
    '/jobs',
    {
      config: read,
      schema: {
        operationId: 'listJobs',
        tags,
        summary: 'List the jobs, newest first unless `sort` says otherwise',
        querystring: jobListQuery,
        response: { 200: jobPage },
      },
    },
    ({ query, principal }) => jobs.list(query, principal.role),
  );

  app.get(
    '/jobs/tags',
    {
      config: read,
      schema: {
        operationId: 'listJobTags',
        tags,
        summary: 'List the tags that jobs have, by name',
        response: { 200: z.object({ items: z.array(tagInUse).readonly() }) },
      },
    },
    async () => ({ items: await jobs.tags() }),
  );

  app.post(
    '/jobs',
    {
      config: write,
      schema: {
        operationId: 'createJob',
        tags,
        summary: 'Create a job; its first run is queued at once',
        headers: idempotencyHeaders,
        body: newJob,
        response: { 201: jobView },
      },
    },
    async ({ body, headers, principal }, reply) =>
      created(reply, await jobs.create(body, principal, createOptions(headers))),
  );

  app.post(
    '/jobs/validate',
    {
      config: write,
      schema: {
        operationId: 'validateJob',
        tags,
        summary: 'Tell everything that would keep a job from being created; nothing is changed',
        body: newJob,
        response: {
          200: z.object({
            errors: z.array(fieldErrorSchema).readonly(),
          }),
        },
      },
    },
    async (request, reply) => ({ errors: await jobs.validate(request.body, whileConnected(reply, deps)) }),
  );

  app.post(
    '/jobs/next-times',
    {
      config: read,
      schema: {
        operationId: 'previewJobSchedule',
        tags,
        summary: 'Tell when a schedule would run next',
        body: z.strictObject({ schedule, count: z.number().int().min(1).max(20).default(3) }),
        response: { 200: z.object({ times: z.array(z.string()) }) },
      },
    },
    ({ body }) => ({
      times: jobs.nextTimes(body.schedule, body.count).map((time) => time.toISOString()),
    }),
  );

  app.get(
    '/jobs/:id',
    {
      config: read,
      schema: {
        operationId: 'getJob',
        tags,
        summary: 'Show a job',
        params: byId,
        response: { 200: jobView },
      },
    },
    ({ params }) => jobs.get(params.id),
  );

  app.patch(
    '/jobs/:id',
    {
      config: write,
      schema: {
        operationId: 'changeJob',
        tags,
        summary:
          'Edit a job; a configuration is given whole, and a new audience name renames its audience at LINE',
        params: byId,
        body: jobChange.extend({ revision }),
        response: { 200: jobView },
      },
    },
    ({ params, body: { revision: seen, ...change }, principal }) =>
      jobs.change(params.id, seen, change, principal),
  );

  app.delete(
    '/jobs/:id',
    {
      config: write,
      schema: {
        operationId: 'deleteJob',
        tags,
        summary: 'Delete a job; its runs stay',
        params: byId,
        response: { 204: nothing },
      },
    },
    async ({ params, principal }, reply) => {
      await jobs.delete(params.id, principal);
      return reply.code(204).send(null);
    },
  );

  app.post(
    '/jobs/:id/actions/:action',
    {
      config: { access: 'jobs.act' },
      schema: {
        operationId: 'actOnJob',
        tags,
        summary: 'Pause, resume, run, stop, continue, restart or terminate a job, or overrule a guard once',
        params: byId.extend({ action: jobAction }),
        response: { 200: jobView },
      },
    },
    ({ params, principal }) => jobs.act(params.id, params.action, principal),
  );

  app.post(
    '/jobs/actions/:action',
    {
      config: { access: 'jobs.act' },
      schema: {
        operationId: 'actOnJobs',
        tags,
        summary: 'Pause, resume, run or continue many jobs; one that is refused hinders none',
        params: z.object({ action: bulkAction }),
        body: z.strictObject({ ids: bulkIds }),
        response: { 200: bulkResult },
      },
    },
    async ({ params, body, principal }) => ({
      results: await jobs.actOnMany(body.ids, params.action, principal),
    }),
  );

  app.get(
    '/jobs/:id/log',
    {
      config: read,
      schema: {
        operationId: 'listJobLog',
        tags,
        summary: 'List what happened to a job, newest first',
        params: byId,
        querystring: pageQuery,
        response: { 200: pageOf(jobTransition) },
      },
    },
    ({ params, query }) => jobs.transitions(params.id, query),
  );
}
