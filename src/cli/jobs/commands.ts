/** `lineup jobs`: the scheduled exports of a running service. */
import { randomUUID } from 'node:crypto';
import { Command } from 'commander';
import {
  type BulkAction,
  type BulkResult,
  type JobView,
  jobCondition,
  MAX_BULK,
  type PlainAction,
} from '../../contracts/jobs.ts';
import type { SuppressionList } from '../../domain/audiences/suppression-lists.ts';
import { defaultDestination, destinationOfJob, destinations, jobTypeOf } from '../../domain/destinations/index.ts';
import type { DestinationTraits } from '../../domain/destinations/traits.ts';
import { LineupError } from '../../domain/errors/errors.ts';
import { deliveriesAfter, withAudiences } from '../../domain/jobs/audiences.ts';
import type { JobCondition } from '../../domain/jobs/conditions.ts';
import { jobConfiguration } from '../../domain/jobs/configuration.ts';
import { type LetIn, letInByJob } from '../../domain/jobs/let-in.ts';
import { scheduleOf } from '../../domain/schedule/schedule.ts';
import type { ApiClient, BodyOf } from '../api/client.ts';
import {
  type FoundJobs,
  findAuthorization,
  findJob,
  findJobs,
  findSuppressionList,
  type JobFilter,
  listJobs,
  listSuppressionLists,
} from '../api/find.ts';
import { withApi } from '../api/session.ts';
import { confirmLetIn, type LetInFlag, letInOption } from '../let-in.ts';
import { commandFor } from '../next-step.ts';
import { oneOf } from '../options.ts';
import { number, paint, print, printError, printJson, reportDeletion, safe } from '../output.ts';
import { withPhoneCountry } from '../phone-country.ts';
import { printNext } from '../report.ts';
import { nextOf, waitForRun } from '../runs/follow.ts';
import { assertWaits, type Waiting, waitOptions } from '../runs/wait-options.ts';
import { confirm } from '../terminal.ts';
import { configurationOf, type GivenConfiguration, type JobFlags, jobOptions } from './flags.ts';
import { moveJob } from './move.ts';
import { describeOutlook } from './outlook.ts';
import { assertWhole, showParts } from './parts.ts';
import { runAnyway } from './run-anyway.ts';
import { describeJob, jobsTable, NEXT_TIMES, noJobs, type SchedulePreview } from './show.ts';
import { copiedConfiguration } from './sibling-flags.ts';
import { triggerKeysOf } from './triggers/index.ts';
import { webhookSecret } from './webhook-secret.ts';

/** The service refuses a configuration that is not valid. */
function letInByEdit(job: JobView, wanted: unknown, another: boolean): LetIn | undefined {
  const { success, data: after } = jobConfiguration.safeParse(wanted);
  if (!success) return undefined;
  return letInByJob(job.left_out, job.configuration, after, deliveriesAfter(withAudiences(job), after, another));
}

interface Flags {
  json?: boolean;
}

const conditions = jobCondition.options.join(', ');

export function jobsCommand(): Command {
  const jobs = new Command('jobs').description(
    'Manages the jobs of the service at LINEUP_URL. <job> is an id or a name.',
  );
  const add = (name: string, description: string): Command =>
    jobs.command(name).description(description).option('--json', 'print JSON');
  const addOf = (name: string, description: string): Command =>
    add(name, description).argument('<job>', 'its id or name');

  add('list', 'list jobs, newest first')
    .option('--condition <condition>', `only jobs that are ${conditions}`, oneOf('--condition', jobCondition.options))
    .option('--incomplete', 'only jobs whose audience is incomplete')
    .option('--search <text>', 'only jobs with this text in the name, source, audience, ad account or tags')
    .option('--tag <tag>', 'only jobs with this tag')
    .action(({ json, ...filter }: Flags & JobFilter) =>
      withApi(async ({ client }) => {
        const found = await listJobs(client, filter);
        if (json) return printJson(found);
        if (found.length > 0) print(jobsTable(found, new Date()));
        else print(Object.keys(filter).length > 0 ? 'No job matches.' : noJobs());
      }),
    );

  addOf('show', 'show a job').action((idOrName: string, { json }: Flags) =>
    withApi(async ({ client }) => show(client, await findJob(client, idOrName), json)),
  );

  addOf('parts', 'list the audiences of a job that fills one for each value of a column').action(
    (idOrName: string, { json }: Flags) =>
      withApi(async ({ client }) => showParts(client, await findJob(client, idOrName), json)),
  );

  waitOptions(jobOptions(add('create', 'create a job and start its first run')), 'wait for the first run').action(
    (flags: Flags & JobFlags & Waiting) =>
      withApi(async (session) => {
        assertWaits(flags);
        const { client } = session;
        const types = [flags.identifierType, ...(flags.sibling ?? []).map((sibling) => sibling.identifierType)];
        const { country } = await client.call('GET /me');
        const chosen = withPhoneCountry(flags, types, country ?? undefined);
        const about = await aboutOf(client, flags);
        const body = {
          ...about,
          configuration: {
            ...configurationOf(chosen, traitsOf(about)),
            ...(await accountOf(client, about, flags)),
            ...(await triggerKeysOf(client, flags)),
            ...(await choiceOf(client, flags)),
          },
        };
        const made = await create(client, body);
        if (flags.wait) return waitForRun(session, made, flags);
        await show(client, made, flags.json);
      }),
  );

  letInOption(
    jobOptions(addOf('edit', 'change the given settings; --audience-name renames the audience at its destination')),
    'do not ask, if the change lets so many members into the audience whom the hold-out or a list kept out',
  )
    .option('--another-audience', 'create another audience; the old one stays unchanged')
    .action((idOrName: string, flags: Flags & JobFlags & LetInFlag & { anotherAudience?: boolean }) =>
      withApi(async ({ client, signal }) => {
        const job = await findJob(client, idOrName);
        const changed = {
          ...configurationOf(flags, traitsOf(job), job.configuration),
          ...(await triggerKeysOf(client, flags, job)),
          ...(await choiceOf(client, flags)),
        };
        const configuration = { ...job.configuration, ...changed };
        // The type of a job stays.
        const { type: _, ...about } = await aboutOf(client, flags);
        const letIn = letInByEdit(job, configuration, flags.anotherAudience ?? false);
        const body = {
          revision: job.revision,
          ...about,
          ...(Object.keys(changed).length > 0 && { configuration }),
          ...(flags.anotherAudience && { another_audience: true }),
          let_in: await confirmLetIn(letIn, flags.letIn, signal),
        };
        const changedJob = await client.call('PATCH /jobs/:id', { params: { id: job.id }, body });
        await show(client, changedJob, flags.json);
      }),
    );

  addOf('outlook', 'show what the list of a job will hold over the next weeks, where members leave by age').action(
    (idOrName: string, { json }: Flags) =>
      withApi(async ({ client }) => {
        const job = await findJob(client, idOrName);
        if (job.configuration.split) assertWhole(job, 'have an outlook');
        const { id, name, configuration } = job;
        const { member_days } = configuration;
        if (member_days === undefined) {
          throw new LineupError(
            'invalid_argument',
            `Members of "${name}" do not leave by age, so there is no outlook.`,
          );
        }
        const body = { job_id: id, schedule: scheduleOf(configuration) ?? null, member_days };
        const outlook = await client.call('POST /jobs/outlook', { body });
        if (json) printJson(outlook);
        else print(describeOutlook(outlook, member_days));
      }),
  );

  const act = (name: string, description: string, action: PlainAction): Command =>
    addOf(name, description).action((idOrName: string, { json }: Flags) =>
      withApi(async ({ client }) => show(client, await actOn(client, await findJob(client, idOrName), action), json)),
    );
  const addOfMany = (name: string, description: string): Command =>
    add(name, description)
      .argument('[job...]', 'their ids or names')
      .option('--all <condition>', `all jobs that are ${conditions}`, oneOf('--all', jobCondition.options));
  const actMany = (name: string, description: string, action: BulkAction): Command =>
    addOfMany(name, description).action((idOrName: string[], { json, all }: Flags & { all?: JobCondition }) =>
      withApi(async ({ client }) => {
        const [only, another] = idOrName;
        if (all === undefined && only !== undefined && another === undefined)
          await show(client, await actOn(client, await findJob(client, only), action), json);
        else await actOnMany(client, await jobsMeant(client, idOrName, all), action, json);
      }),
    );
  actMany('pause', 'stop the run so that it can continue later, and pause the job', 'pause');
  actMany('resume', 'resume paused or failed jobs', 'resume');
  actMany('continue', 'continue a stopped run whose audience is incomplete', 'continue');
  act('stop', 'stop the current run', 'stop_run');
  act('restart', 'start over and reset all errors', 'restart');

  addOf('terminate', 'end a job permanently and keep its history')
    .option('--yes', 'do not ask for confirmation')
    .action((idOrName: string, { json, yes }: Flags & { yes?: boolean }) =>
      withApi(async ({ client, signal }) => {
        const job = await findJob(client, idOrName);
        const waiting = job.awaited_by ? ` ${number(job.awaited_by.count)} waiting for it would not run any more.` : '';
        const asked = `End the job "${job.name}" permanently? It cannot be started again.${waiting}`;
        if (!yes) await confirm(asked, 'end', signal);
        await show(client, await actOn(client, job, 'terminate'), json);
      }),
    );

  waitOptions(addOfMany('run', 'run jobs now'), 'wait for the run; for one job')
    .option('--attach', 'with --wait: when a run is in progress, wait for that one')
    .action((idOrName: string[], flags: Flags & Waiting & { all?: JobCondition; attach?: boolean }) =>
      withApi(async (session) => {
        const { client } = session;
        assertWaits(flags);
        const [only, another] = idOrName;
        if (flags.all !== undefined || only === undefined || another !== undefined) {
          if (flags.wait) throw new LineupError('invalid_argument', '--wait works for one job only. Name one job.');
          return actOnMany(client, await jobsMeant(client, idOrName, flags.all), 'run_now', flags.json);
        }
        const job = await findJob(client, only);
        const running = flags.attach ? await runOrAttach(client, job) : await actOn(client, job, 'run_now');
        if (flags.wait) await waitForRun(session, running, flags);
        else await show(client, running, flags.json);
      }),
    );

  runAnyway(addOf('run-anyway', 'show what the guard or an alert rule has stopped, and approve it'), (client, job) =>
    show(client, job, false),
  );

  jobOptions(
    addOf(
      'duplicate',
      'create a copy of a job with the given changes; the copy creates its own audiences and starts its first run',
    ),
  ).action((idOrName: string, flags: Flags & JobFlags) =>
    withApi(async ({ client }) => {
      if (flags.name === undefined)
        throw new LineupError('invalid_argument', '--name is missing. Give the new job a name.');
      const job = await findJob(client, idOrName);
      if (job.part_of) assertWhole(job, 'be copied');
      const about = { type: job.type, ...(await aboutOf(client, flags)) };
      const traits = traitsOf(about);
      const copied = copiedConfiguration(job.configuration, { ...flags, name: flags.name }, traits);
      const body = {
        description: job.description,
        authorization_id: job.authorization_id,
        source_authorization_id: job.source_authorization_id,
        ...about,
        configuration: {
          ...copied,
          ...configurationOf(flags, traits, copied),
          ...(await accountOf(client, about, flags)),
          ...(await triggerKeysOf(client, flags, job)),
          ...(await choiceOf(client, flags)),
        },
      };
      await show(client, await create(client, body), flags.json);
    }),
  );

  moveJob(
    addOf('move', 'create the job that goes on as this one of LINE Ads at LY Ads; the job itself stays as it is'),
    (client, job) => show(client, job, false),
  );

  webhookSecret(
    addOf(
      'webhook-secret',
      'make the secret that signs webhooks to a job; only the secret is written to standard output',
    ),
  );

  addOf('delete', 'delete a job; its runs and audience stay')
    .option('--yes', 'do not ask for confirmation')
    .action((idOrName: string, flags: Flags & { yes?: boolean }) =>
      withApi(async ({ client, signal }) => {
        const job = await findJob(client, idOrName);
        if (!flags.yes) await confirm(`Delete the job "${job.name}"?`, 'delete', signal);
        await client.call('DELETE /jobs/:id', { params: { id: job.id } });
        reportDeletion(job.id, job.name, flags.json);
      }),
    );
  return jobs;
}

/** The parts of a new job that flags give. */
type GivenJob = Partial<Omit<BodyOf<'POST /jobs'>, 'configuration'>> & {
  readonly configuration: GivenConfiguration;
};

/** The service reports required values that the flags leave out, each with its key. */
const create = (client: ApiClient, given: GivenJob): Promise<JobView> =>
  client.call('POST /jobs', { body: given as BodyOf<'POST /jobs'>, idempotencyKey: randomUUID() });

const actOn = (client: ApiClient, job: JobView, action: PlainAction): Promise<JobView> =>
  client.call('POST /jobs/:id/actions/:action', { params: { id: job.id, action } }).catch(async (error: unknown) => {
    throw await withWayOut(client, job, error);
  });

/** A refused action, with what the job can do in place of it. */
async function withWayOut(client: ApiClient, { id }: JobView, error: unknown): Promise<unknown> {
  if (!(error instanceof LineupError) || error.code !== 'action_not_allowed') return error;
  const now = await client.call('GET /jobs/:id', { params: { id } }).catch(() => undefined);
  const command = now && commandFor(now);
  return command
    ? new LineupError(error.code, `${error.message} Possible now: "${command}".`, { cause: error })
    : error;
}

/** Starts a run, or finds the one that is in progress, whoever started it. */
async function runOrAttach(client: ApiClient, { id }: JobView): Promise<JobView> {
  const params = { id };
  try {
    return await client.call('POST /jobs/:id/actions/:action', { params: { id, action: 'run_now' } });
  } catch (error) {
    if (!(error instanceof LineupError) || error.code !== 'action_not_allowed') throw error;
    const job = await client.call('GET /jobs/:id', { params });
    if (job.status === 'runnable') return job;
    throw await withWayOut(client, job, error);
  }
}

async function show(client: ApiClient, job: JobView, json: boolean | undefined): Promise<void> {
  if (json) return printJson(job);
  print(describeJob(job, new Date(), await previewOf(client, job), await listsOf(client, job)));
  if (job.error && job.last_run) printNext(await nextOf(client, job.last_run, job));
}

/** The suppression lists of a job. None also when the service cannot tell: what the command had to do is done. */
async function listsOf(client: ApiClient, { configuration }: JobView): Promise<SuppressionList[]> {
  const all = await listSuppressionLists(client).catch(() => []);
  return all.filter(({ id, applies_to }) => applies_to === 'all_jobs' || configuration.suppression_lists.includes(id));
}

/** The suppression lists that flags choose: all of them, not only new ones. */
async function choiceOf(client: ApiClient, { suppressionList: given }: JobFlags): Promise<GivenConfiguration> {
  if (!given) return {};
  const found = [];
  for (const idOrName of given.filter((name) => name !== '')) found.push(await findSuppressionList(client, idOrName));
  return { suppression_lists: found.map(({ id }) => id) };
}

/** Null also when the service cannot explain it: what the command had to do is done. */
async function previewOf(client: ApiClient, { configuration }: JobView): Promise<SchedulePreview> {
  const schedule = scheduleOf(configuration);
  if (schedule?.run_frequency !== 'custom') return null;
  return client.call('POST /jobs/next-times', { body: { schedule, count: NEXT_TIMES } }).catch(() => null);
}

const traitsOf = ({ type = defaultDestination.jobType }: { readonly type?: string | undefined }): DestinationTraits =>
  destinationOfJob(type);

/** The parts of a job outside its configuration, as far as flags give them. Its type is that of its authorization. */
async function aboutOf(client: ApiClient, flags: JobFlags): Promise<Omit<GivenJob, 'configuration'>> {
  const { name, description, tags, authorization, sourceAuthorization } = flags;
  const idOf = async (idOrName: string) => (await findAuthorization(client, idOrName)).id;
  return {
    ...(name !== undefined && { name }),
    ...(description !== undefined && { description }),
    ...(tags && { tags }),
    ...(authorization && (await ofDestination(client, authorization))),
    ...(sourceAuthorization && { source_authorization_id: await idOf(sourceAuthorization) }),
  };
}

/** An authorization of a channel has one account, which nobody has to name. */
async function accountOf(
  client: ApiClient,
  about: Pick<GivenJob, 'type' | 'authorization_id'>,
  { adAccount }: JobFlags,
): Promise<GivenConfiguration> {
  const { authorization_id } = about;
  if (adAccount !== undefined || authorization_id === undefined || traitsOf(about).account !== 'channel') return {};
  const { items } = await client.call('GET /ad-accounts', { query: { authorization_id } });
  const [only, another] = items;
  return only && !another ? { adaccount_id: only.id } : {};
}

/** @throws {LineupError} `not_found`; `invalid_argument` for the authorization of a source */
async function ofDestination(
  client: ApiClient,
  idOrName: string,
): Promise<Pick<GivenJob, 'type' | 'authorization_id'>> {
  const { id, label, provider } = await findAuthorization(client, idOrName);
  const type = jobTypeOf(provider);
  if (type) return { type, authorization_id: id };
  throw new LineupError(
    'invalid_argument',
    `The authorization "${label}" is one of a source. --authorization takes one of a destination: ${destinations.map((known) => known.label).join(' or ')}.`,
  );
}

const verbs: Record<BulkAction, string> = {
  pause: 'Paused',
  resume: 'Resumed',
  run_now: 'Started',
  continue: 'Continued',
};

/**
 * The jobs of an action on many jobs, given by names or by a condition.
 * @throws {LineupError} `invalid_argument` unless there are either names or a condition
 */
export async function jobsMeant(
  client: ApiClient,
  idOrName: readonly string[],
  all: JobCondition | undefined,
): Promise<FoundJobs> {
  if ((idOrName.length === 0) === (all === undefined)) {
    throw new LineupError('invalid_argument', 'Name the jobs, or select them with --all. Use one of the two.');
  }
  if (all === undefined) return findJobs(client, idOrName);
  return { jobs: await listJobs(client, { condition: all }), unknown: new Map() };
}

/** Acts on each job and reports the result. The exit status is 1 when at least one was refused or is unknown. */
export async function actOnMany(
  client: ApiClient,
  { jobs, unknown }: FoundJobs,
  action: BulkAction,
  json: boolean | undefined,
): Promise<void> {
  const results: BulkResult['results'][number][] = [];
  for (let first = 0; first < jobs.length; first += MAX_BULK) {
    const ids = jobs.slice(first, first + MAX_BULK).map(({ id }) => id);
    const done = await client.call('POST /jobs/actions/:action', { params: { action }, body: { ids } });
    results.push(...done.results);
  }
  for (const [id, { code, message }] of unknown) results.push({ id, done: false, error: { code, message } });
  if (json) printJson({ results });
  else report(jobs, results, action);
  if (results.some(({ done }) => !done)) process.exitCode = 1;
}

function report(jobs: readonly JobView[], results: BulkResult['results'], action: BulkAction): void {
  const names = new Map(jobs.map(({ id, name }) => [id, name]));
  if (results.length === 0) print('No job matches.');
  for (const { id, done, error } of results) {
    const name = `"${names.get(id) ?? id}"`;
    if (done) print(`${paint('green', verbs[action])} ${safe(name)}`);
    else printError(`${name}: ${error?.message ?? ''}`);
  }
}
