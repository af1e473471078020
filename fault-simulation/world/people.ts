/** People who act on jobs while everything goes on, through the same functions as the API. */
import { isDeepStrictEqual } from 'node:util';
import type { StoredJob } from '../../src/contracts/job-store.ts';
import { type NewJob, newJob } from '../../src/contracts/jobs.ts';
import type { DestinationTraits } from '../../src/domain/destinations/traits.ts';
import { LineupError } from '../../src/domain/errors/errors.ts';
import { seenOf } from '../../src/domain/jobs/approvals.ts';
import { deliveriesAfter } from '../../src/domain/jobs/audiences.ts';
import type { JobConfiguration } from '../../src/domain/jobs/configuration.ts';
import type { Actor } from '../../src/domain/people/people.ts';
import { triggerOf, trigger as triggerShape } from '../../src/domain/schedule/triggers/index.ts';
import { act, create } from '../../src/jobs/act.ts';
import { approvableOf } from '../../src/jobs/approvable.ts';
import { approve } from '../../src/jobs/approve.ts';
import { within } from '../../src/jobs/context.ts';
import { edit } from '../../src/jobs/edit.ts';
import { changeParts, terminateParts } from '../../src/jobs/parts/change.ts';
import { watchedBy } from '../../src/use-cases/jobs/triggers/source.ts';
import { holdOutOf } from './expected-lines.ts';
import type { LookedAt } from './looked-at.ts';
import type { JobPlan, LooksPlan, PersonAct } from './plan.ts';
import type { Service } from './service.ts';
import { COLUMN, identifierField } from './split-plan.ts';
import { withNewKey } from './versions.ts';

const aiko: Actor = { id: 'person-1', name: 'Aiko' };

/**
 * The job as a person fills in the form.
 * @param after the job whose success it waits for
 */
export function formOf(
  destination: Pick<DestinationTraits, 'jobType'>,
  job: JobPlan,
  index: number,
  audienceIds: readonly (string | null)[],
  after?: string,
): NewJob {
  const [audienceId = null, ...others] = audienceIds;
  return newJob.parse({
    type: destination.jobType,
    name: `Job ${index}`,
    authorization_id: `key-${job.key}`,
    source_authorization_id: 'source',
    configuration: {
      segment_id: `segment-${index}`,
      adaccount_id: job.account,
      audience_id: audienceId,
      audience_name: audienceId === null && !job.split ? job.audienceName : null,
      ...(job.split && {
        split: { column: COLUMN, name_template: 'Part {value}', on_refusal: job.split.onRefusal },
      }),
      identifier_type: job.identifier,
      id_field: identifierField(0, job.split),
      ...ofIfa(job),
      ...(job.memberDays !== undefined && { member_days: job.memberDays }),
      siblings: job.siblings?.map((sibling, n) => ({
        identifier_type: sibling.identifier,
        id_field: identifierField(n + 1, job.split),
        ...ofIfa(sibling),
        ...(sibling.shares
          ? { shares: true }
          : { audience_id: others[n] ?? null, audience_name: others[n] ? null : sibling.audienceName }),
      })),
      hold_out: holdOutOf(job.leftOut),
      alerts: job.alerts,
      continuous_update: Boolean(job.schedule ?? after ?? job.webhooks ?? job.looks),
      ...(after && { run_frequency: 'when_ready', trigger: { kind: 'after_job', job_id: after } }),
      ...(job.webhooks && { run_frequency: 'when_ready', trigger: { kind: 'webhook' } }),
      ...(job.looks && { run_frequency: 'when_ready', trigger: triggerThatLooks(job.looks) }),
      ...(job.schedule && {
        run_frequency: job.schedule.frequency,
        time_of_day: job.schedule.time,
        timezone: job.schedule.zone,
        ...(job.schedule.frequency !== 'daily' && { day_of_week: 'monday' }),
      }),
    },
  });
}

const triggerThatLooks = ({ kind, atMostEveryMinutes }: Pick<LooksPlan, 'kind' | 'atMostEveryMinutes'>) => ({
  at_most_every_minutes: atMostEveryMinutes,
  ...(kind === 'object' ? { kind } : { kind: 'table' as const, ...ofTable(kind) }),
});

const ofTable = (kind: Exclude<LooksPlan['kind'], 'object'>) => ({
  column: kind === 'column' ? 'updated_at' : null,
  query: kind === 'query' ? 'select the value' : null,
});

/** What else is said of advertising ids. */
const ofIfa = ({ ifaFormat, ifaKind }: Pick<JobPlan, 'ifaFormat' | 'ifaKind'>) => ({
  ...(ifaFormat && { ifa_format: ifaFormat }),
  ...(ifaKind && { ifa_kind: ifaKind }),
});

/**
 * Lets the audience shrink as it likes, and if it is not made yet, gives it another name. Of a split job: gives another
 * name to those that are made from now on, and holds members out of all, or no more.
 */
function nameAnew({ audienceId, configuration }: StoredJob): JobConfiguration {
  const { split, hold_out, audience_name } = configuration;
  if (split) {
    return {
      ...configuration,
      max_shrink: 0.4,
      hold_out: hold_out ? null : { experiment: 'spring', share: 30 },
      split: { ...split, name_template: `${split.name_template}+` },
    };
  }
  return {
    ...configuration,
    max_shrink: 0.4,
    ...(audienceId === null && { audience_name: `${audience_name}+` }),
  };
}

function scheduleAnew({ configuration, part }: StoredJob): JobConfiguration {
  if (part) throw new LineupError('invalid_argument', 'The split job decides when a part runs.');
  return configuration.continuous_update
    ? { ...configuration, continuous_update: false, run_frequency: null, trigger: undefined }
    : {
        ...configuration,
        continuous_update: true,
        run_frequency: 'daily',
        time_of_day: '02:30',
        timezone: 'Asia/Bangkok',
      };
}

/** Looks at something else in its source, or looks there again. */
function triggerAnew({ configuration }: StoredJob, kind: LooksPlan['kind']): JobConfiguration {
  const before = triggerOf(configuration);
  const usual = triggerThatLooks({ kind, atMostEveryMinutes: 15 });
  const other =
    kind === 'object'
      ? { ...usual, address: `${configuration.segment_id}/elsewhere` }
      : { ...usual, ...ofTable(kind === 'query' ? 'column' : 'query') };
  return {
    ...configuration,
    continuous_update: true,
    run_frequency: 'when_ready',
    time_of_day: null,
    day_of_week: null,
    trigger: triggerShape.parse(before && isDeepStrictEqual(before, triggerShape.parse(usual)) ? other : usual),
  };
}

/** An audience that was there before. */
export interface ExistingAudience {
  readonly id: string;
  readonly account: string;
  readonly type: string;
}

/** What a person does with what only the newer version knows. */
type NewKeyAct = 'use_new_key' | 'leave_new_key';

export class People {
  readonly #api: Service;
  readonly #audiences: readonly ExistingAudience[];
  readonly #audienceNamed: (account: string, name: string) => string | undefined;
  readonly #lookedAtBy: (segment: string) => LookedAt | undefined;

  /**
   * @param api the process that answers their requests
   * @param audiences what they can choose
   * @param audienceNamed looks for an audience at LINE
   * @param lookedAtBy what the trigger of a job with this segment looks at
   */
  constructor(
    api: Service,
    audiences: readonly ExistingAudience[],
    audienceNamed: (account: string, name: string) => string | undefined,
    lookedAtBy: (segment: string) => LookedAt | undefined,
  ) {
    this.#api = api;
    this.#audiences = audiences;
    this.#audienceNamed = audienceNamed;
    this.#lookedAtBy = lookedAtBy;
  }

  async create(input: NewJob): Promise<string> {
    const { context } = this.#api;
    const { configuration, source_authorization_id: sourceAuthorizationId } = input;
    const inSource = await this.#look({ configuration, sourceAuthorizationId });
    const job = await context.store.transaction((tx) => create(within(context, tx, aiko), input, inSource));
    return job.id;
  }

  /** @throws {LineupError} when the job does not allow it now */
  async act(jobId: string, action: PersonAct['action'] | NewKeyAct): Promise<void> {
    if (action === 'use_new_key' || action === 'leave_new_key')
      return this.#edit(jobId, ({ configuration }) => withNewKey(configuration, action === 'use_new_key'));
    if (action === 'edit') return this.#edit(jobId, (before) => this.#useTaken(before) ?? nameAnew(before));
    if (action === 'edit_trigger') return this.#editTrigger(jobId);
    if (action === 'edit_schedule') return this.#edit(jobId, scheduleAnew);
    if (action === 'take_audience') return this.#takeAudience(jobId);
    if (action === 'delete') return this.#delete(jobId);
    if (action === 'run_anyway') return this.#approve(jobId);
    const { context } = this.#api;
    await context.store.transaction(async (tx) => {
      const own = within(context, tx, aiko);
      const job = await act(own, jobId, { type: action });
      if (action === 'terminate' && job.configuration.split) await terminateParts(own, jobId);
    });
  }

  /** Approves what the page of the job shows. Meanwhile, something else may have become true. */
  async #approve(jobId: string): Promise<void> {
    const { context } = this.#api;
    const { store, now } = context;
    const { revision, sourceAuthorizationId } = await store.getJob(jobId);
    const last = await store.lastRun(jobId);
    const open = last && approvableOf(last, await store.sourceRevision(sourceAuthorizationId), now());
    if (!open) return;
    await store.transaction((tx) => approve(within(context, tx, aiko), jobId, seenOf(open, revision), 'administrator'));
  }

  /**
   * When the name of a new audience was taken, a person takes the audience that has it: it may be of a run whose answer
   * was lost.
   */
  #useTaken({ state, configuration }: StoredJob): JobConfiguration | undefined {
    if (state.error?.code !== 'audience_name_taken') return undefined;
    const { adaccount_id, audience_name } = configuration;
    const id = this.#audienceNamed(adaccount_id, audience_name ?? '');
    return id === undefined ? undefined : { ...configuration, audience_id: id, audience_name: null };
  }

  /** Fills the audience of another job from now on, which must have left it. */
  async #takeAudience(jobId: string): Promise<void> {
    const { configuration } = await this.#api.context.store.getJob(jobId);
    const wanted = this.#audiences.find(
      ({ id, account, type }) =>
        id !== configuration.audience_id &&
        account === configuration.adaccount_id &&
        type === configuration.identifier_type,
    );
    if (wanted) await this.#edit(jobId, () => ({ ...configuration, audience_id: wanted.id, audience_name: null }));
  }

  /** What the trigger of a job that is saved sees in its source. */
  async #look(job: Pick<StoredJob, 'configuration' | 'sourceAuthorizationId'>): Promise<string | null> {
    const watched = watchedBy(job)?.watched;
    const lookedAt = this.#lookedAtBy(job.configuration.segment_id);
    if (!watched || !lookedAt) return null;
    return this.#api.process.operation('a person saves a trigger', () => lookedAt.textOf(watched));
  }

  async #editTrigger(jobId: string): Promise<void> {
    const before = await this.#api.context.store.getJob(jobId);
    const lookedAt = this.#lookedAtBy(before.configuration.segment_id);
    if (!lookedAt) return;
    const configuration = triggerAnew(before, lookedAt.kind);
    const inSource = await this.#look({ ...before, configuration });
    await this.#save(before, configuration, inSource);
  }

  async #edit(jobId: string, change: (before: StoredJob) => JobConfiguration): Promise<void> {
    const before = await this.#api.context.store.getJob(jobId);
    await this.#save(before, change(before));
  }

  async #save(before: StoredJob, configuration: JobConfiguration, inSource: string | null = null): Promise<void> {
    const { context } = this.#api;
    const deliveries = deliveriesAfter(before, configuration, false);
    await context.store.transaction(async (tx) => {
      const own = within(context, tx, aiko);
      const after = await edit(own, { before, change: { configuration }, deliveries, inSource });
      if (after.configuration.split) await changeParts(own, before, after);
    });
  }

  async #delete(jobId: string): Promise<void> {
    const { store } = this.#api.context;
    await store.transaction(async (tx) => {
      await tx.lockJob(jobId);
      // Its parts are deleted with it.
      for (const id of [jobId, ...(await tx.lockParts(jobId)).map((part) => part.id)]) {
        const last = await tx.lastRun(id);
        if (last?.status === 'queued' || last?.status === 'running') return;
      }
      await tx.deleteJob(jobId);
    });
  }
}
