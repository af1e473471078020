/** The flags of triggers. Each kind has a file here; how often it lets a job run, and its deadline, are for all. */
import type { Command } from 'commander';
import { z } from 'zod';
import type { JobView } from '../../../contracts/jobs.ts';
import { LineupError } from '../../../domain/errors/errors.ts';
import { timeOfDay } from '../../../domain/schedule/schedule.ts';
import { triggerBounds, triggerMinutes } from '../../../domain/schedule/triggers/bounds.ts';
import type { Trigger, TriggerKind } from '../../../domain/schedule/triggers/index.ts';
import type { ApiClient, BodyOf } from '../../api/client.ts';
import { notTogether } from '../../options.ts';
import { moment } from '../../output.ts';
import { bySchema } from '../../schema-options.ts';
import { type AfterJobFlags, afterJobFlags } from './after-job.ts';
import type { TriggerFlagsOf } from './kind.ts';
import { type ObjectFlags, objectFlags } from './object.ts';
import { type TableFlags, tableFlags } from './table.ts';
import { type WebhookFlags, webhookFlags } from './webhook.ts';

export interface TriggerFlags extends AfterJobFlags, ObjectFlags, TableFlags, WebhookFlags {
  atMostEvery?: number;
  /** Or `none`. */
  deadline?: string;
}

const kinds: Readonly<Record<TriggerKind, TriggerFlagsOf<TriggerFlags>>> = {
  after_job: afterJobFlags,
  object: objectFlags,
  table: tableFlags,
  webhook: webhookFlags,
};

const choosing = Object.values(kinds)
  .map(({ flag }) => flag)
  .join(' or ');

export function triggerOptions(command: Command): Command {
  for (const { options } of Object.values(kinds)) options(command);
  return command
    .option(
      '--at-most-every <minutes>',
      `with ${choosing}: least minutes between two runs, ${triggerMinutes.least} to ${triggerMinutes.most}`,
      minutesBetween,
    )
    .option(
      '--deadline <hh:mm>',
      `with ${choosing}: an alert begins when nothing has come on a day by this time; none: no deadline`,
      deadline,
    );
}

const minutesBetween = bySchema(
  '--at-most-every',
  z.string().transform(Number).pipe(triggerBounds.at_most_every_minutes.unwrap()),
);

const deadlineFlag = bySchema('--deadline', timeOfDay);
/** Not null for none: an option without a value becomes an empty text. */
const deadline = (value: string): string => (value === 'none' ? value : deadlineFlag(value));

/** The flags of other schedules. */
interface ScheduleFlags {
  readonly once?: boolean;
  readonly cron?: readonly string[];
  readonly frequency?: string | null;
  readonly day?: string | null;
  readonly time?: string | null;
}

/** The configuration keys of what a job waits for, as far as flags give it. @throws {LineupError} */
export async function triggerKeysOf(
  client: ApiClient,
  flags: TriggerFlags & ScheduleFlags,
  edited?: JobView,
): Promise<Partial<BodyOf<'POST /jobs'>['configuration']>> {
  const { atMostEvery, deadline: by, once, cron, frequency, day, time } = flags;
  const before = edited?.configuration.trigger;
  const chosen = Object.values(kinds).filter(({ isGiven }) => isGiven(flags));
  const isGiven = chosen.length > 0 || atMostEvery !== undefined || by !== undefined;
  const isOther = once || cron || day || time || (frequency && frequency !== 'when_ready');
  // The edited job may have a trigger, and the new frequency does not.
  if (!isGiven) return isOther && before ? { trigger: undefined } : {};
  const [kind = before && kinds[before.kind], another] = chosen;
  if (isOther) throw notTogether(`${choosing}, --at-most-every or --deadline and a schedule`);
  if (kind && another) throw notTogether(`${kind.flag} and ${another.flag}`);
  if (!kind) throw new LineupError('invalid_argument', `Say what the job waits for with ${choosing}.`);
  const own = await kind.keysOf(client, flags, before);
  return {
    continuous_update: true,
    run_frequency: 'when_ready',
    day_of_week: null,
    time_of_day: null,
    cron_expressions: null,
    trigger: {
      ...(before && { at_most_every_minutes: before.at_most_every_minutes, deadline: before.deadline }),
      ...own,
      ...(atMostEvery !== undefined && { at_most_every_minutes: atMostEvery }),
      ...(by !== undefined && { deadline: by === 'none' ? null : by }),
    },
  };
}

/** What a job waits for, how often it runs at most, and its deadline, in words. */
export function describeTrigger(job: JobView): string | undefined {
  const { trigger, timezone } = job.configuration;
  if (!trigger) return undefined;
  const { at_most_every_minutes: minutes, deadline } = trigger;
  const by = deadline === null ? [] : [`alert if it has not by ${deadline}, ${timezone}`];
  return [`when ${describeThing(trigger, job)}`, `at most every ${minutes} min`, ...by].join(', ');
}

/** The looks at the source of a job: what the last one has found, and when the next one comes. */
export function lookLines({ trigger }: JobView): [string, string][] {
  if (trigger?.looked_at === undefined) return [];
  const { looked_at: lookedAt, found, fired_at: firedAt, next_look_at: nextAt } = trigger;
  const last =
    lookedAt === null ? 'not yet' : [moment(lookedAt), found && `found ${FOUND[found]}`].filter(Boolean).join(', ');
  const came = firedAt === null ? [] : [`something new came ${moment(firedAt)}`];
  return [['Looked', [last, ...came, ...(nextAt ? [`again ${moment(nextAt)}`] : [])].join('; ')]];
}

const FOUND = { new: 'something new', same: 'nothing new', nothing: 'nothing at all' } as const;

/** After "when". */
function describeThing(trigger: Trigger, { configuration, trigger: view }: JobView): string {
  switch (trigger.kind) {
    case 'after_job':
      return `"${view?.job?.name ?? trigger.job_id}" has succeeded`;
    case 'object':
      return `a new object matches ${trigger.address ?? configuration.segment_id}`;
    case 'table':
      if (trigger.query !== null) return `the query has another value: ${trigger.query}`;
      return trigger.column === null
        ? `${configuration.segment_id} was changed`
        : `${trigger.column} of ${configuration.segment_id} has another maximum`;
    case 'webhook':
      return `a signed webhook comes${view?.webhook?.secret_made_at ? '' : ' (jobs webhook-secret makes its secret)'}`;
  }
}
