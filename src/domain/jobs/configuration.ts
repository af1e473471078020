/**
 * The configuration of a job: what it exports, to which audience, and when. The keys are those of the Lytics LINE Ads
 * export, in the order of its form, plus `file_options`, `cron_expressions`, `trigger`, `default_country`,
 * `ifa_format`, `ifa_kind`, `member_days`, `max_shrink`, `hold_out`, `suppression_lists`, `alerts`, `hash_in_database`,
 * `siblings` and `split`.
 */
import { z } from 'zod';
import { alertRules } from '../alerts/alerts.ts';
import { holdOut } from '../audiences/hold-out-schema.ts';
import {
  ifaKinds,
  LINE_USER_IDS_AS_THEY_ARE,
  MAX_AUDIENCE_NAME,
  MAX_MEMBER_DAYS,
  MAX_SIBLINGS,
} from '../audiences/requests.ts';
import { fileOptions } from '../files/file-options.ts';
import { identifierType, ifaFormat } from '../runs/run.ts';
import { cronExpressions } from '../schedule/cron.ts';
import { dayOfWeek, runFrequency, timeOfDay, timeZone } from '../schedule/schedule.ts';
import { type Trigger, trigger } from '../schedule/triggers/index.ts';
import { issueText } from '../text/sentence.ts';
import {
  adAccountId,
  chosenLists,
  countryCode,
  customAudienceId,
  fieldName,
  maxShrink,
  plainLine,
  segmentId,
} from '../values/bounds.ts';
import { refusalChoices } from './split.ts';
import { brokenSplitRules } from './split-rules.ts';

/** The audience of a delivery. */
const audience = {
  /** An existing Custom Audience. Null: the first run creates one with the name `audience_name`. */
  audience_id: customAudienceId.nullable().default(null),
  audience_name: plainLine(issueText`Enter a name.`).max(MAX_AUDIENCE_NAME).nullable().default(null),
};

const ifaKind = z
  .enum(ifaKinds)
  .optional()
  .describe('What the advertising IDs are, where the destination must know it. Leave it out for others.');

/** A further identifier of the same members, for an audience of its own or for that of the first identifier. */
export const siblingConfiguration = z.strictObject({
  ...audience,
  /** It fills the audience of the first identifier. Missing: its own. */
  shares: z
    .boolean()
    .optional()
    .describe('True: it fills the audience of the first identifier, where the destination takes both types in one.'),
  identifier_type: identifierType,
  id_field: fieldName,
  default_country: countryCode.nullable().default(null),
  ifa_format: ifaFormat.default('sha256'),
  ifa_kind: ifaKind,
});

export const SIBLINGS = 'Further identifiers of the same members, each for a custom audience of its own.';

/** An audience for each value of a column. */
const splitConfiguration = z.strictObject({
  column: fieldName.describe('The field whose values name the audiences. A list puts a member into several.'),
  name_template: plainLine(issueText`Enter how the audiences are named.`)
    .max(MAX_AUDIENCE_NAME)
    .describe(
      'The name of each audience: {value} is the value of the column, {name} the name of the job. With several identifiers, the audience_name of each further one is a template too.',
    ),
  on_refusal: z
    .enum(refusalChoices)
    .default('one')
    .describe('Whether a refusal of a guard stops only the audience that it is about, or all audiences of the scan.'),
});

export const configurationFields = z.strictObject({
  /** The audience within its source: the id of a Lytics audience, a file, a table, a saved query. */
  segment_id: segmentId,
  /** How to read the file. Default: detect it from the file. */
  file_options: fileOptions.optional(),
  adaccount_id: adAccountId,
  ...audience,
  identifier_type: identifierType,
  id_field: fieldName.optional(),
  continuous_update: z.boolean().default(true),
  run_frequency: runFrequency.nullable().default(null),
  day_of_week: dayOfWeek.nullable().default(null),
  time_of_day: timeOfDay.nullable().default(null),
  timezone: timeZone.nullable().default(null),
  /** Of a custom schedule. */
  cron_expressions: cronExpressions.nullable().default(null),
  /** What it waits for when it runs when its data is ready. */
  trigger: trigger
    .optional()
    .describe('What the job waits for, with the run_frequency when_ready. Leave it out for others.'),
  default_country: countryCode.nullable().default(null),
  ifa_format: ifaFormat.default('sha256'),
  ifa_kind: ifaKind,
  member_days: z
    .int()
    .min(1)
    .max(MAX_MEMBER_DAYS)
    .optional()
    .describe(
      'How many days after a run has sent them members leave the audience, where they leave by age. Leave it out for others.',
    ),
  max_shrink: maxShrink.default(0.5),
  /** Members that stay out of the audience, to measure what a campaign does. */
  hold_out: holdOut.nullable().default(null),
  /** The suppression lists that it chooses. Lists for all jobs apply in any case. */
  suppression_lists: chosenLists.default([]),
  /** Alert rules. One that is missing is that of the workspace. */
  alerts: alertRules.optional(),
  /** The database of the source judges and hashes the identifiers, so that none leaves it. */
  hash_in_database: z.boolean().default(false),
  siblings: z
    .array(siblingConfiguration)
    .max(MAX_SIBLINGS, issueText`A job can have at most five identifiers. Remove some.`)
    .default([])
    .describe(SIBLINGS),
  split: splitConfiguration
    .nullish()
    .describe('An audience for each value of a column, instead of one for all members. Leave it out for others.'),
});

/** The configuration. `id_field` defaults to the name of the identifier type (`email`, `phone`). */
export const jobConfiguration = configurationFields
  .superRefine(
    (value, context) => {
      if (typeof value !== 'object' || value === null) return;
      for (const { path, message } of [
        ...brokenJobRules(value),
        ...broken(apiRules(), value, []),
        ...brokenSplitRules(value),
      ]) {
        context.addIssue({ code: 'custom', path: [...path], message });
      }
    },
    // Also when a single field is wrong, to report all problems at once.
    { when: () => true },
  )
  .transform((value) => ({ ...value, id_field: value.id_field ?? value.identifier_type }));
export type JobConfiguration = z.infer<typeof jobConfiguration>;

/** What a configuration says of one identifier and its audience. */
interface RuledDelivery {
  readonly audience_id?: string | null;
  readonly audience_name?: string | null;
  readonly identifier_type?: string;
  readonly id_field?: string;
  readonly default_country?: string | null;
  readonly ifa_format?: string;
  readonly ifa_kind?: string | undefined;
  /** Only of a further identifier. */
  readonly shares?: boolean | undefined;
  /** Only of the first one. */
  readonly split?: object | null | undefined;
}

/** The fields that the rules look at. */
interface Ruled extends RuledDelivery {
  readonly continuous_update?: boolean;
  readonly run_frequency?: string | null;
  readonly day_of_week?: string | null;
  readonly time_of_day?: string | null;
  readonly timezone?: string | null;
  readonly cron_expressions?: readonly string[] | null;
  readonly trigger?: Partial<Trigger> | null | undefined;
  readonly hash_in_database?: boolean;
  readonly siblings?: readonly RuledDelivery[];
}

interface Rule<Of> {
  readonly key: keyof Of & string;
  readonly message: string;
  readonly isBroken: (given: Of) => boolean;
}

const isScheduled = ({ continuous_update }: Ruled): boolean => continuous_update !== false;
const isCustom = ({ run_frequency }: Ruled): boolean => run_frequency === 'custom';
const isWhenReady = ({ run_frequency }: Ruled): boolean => run_frequency === 'when_ready';

const RAW_AND_HASHED = issueText`Raw advertising IDs are not hashed. Send them as SHA-256, or turn this off.`;

/** Why a database cannot hash the identifiers: one of them is sent as it is. */
export function hashingProblem(deliveries: readonly RuledDelivery[]): string | undefined {
  const types = deliveries.map((delivery) => delivery?.identifier_type);
  if (types.includes('line_user_id')) return LINE_USER_IDS_AS_THEY_ARE;
  return deliveries.some((delivery, n) => types[n] === 'ifa' && delivery.ifa_format === 'raw')
    ? RAW_AND_HASHED
    : undefined;
}

/** The further identifiers. What is not a list is reported elsewhere. */
const siblingsOf = ({ siblings }: Ruled): readonly RuledDelivery[] => (Array.isArray(siblings) ? siblings : []);

/** Of the first identifier, and of each further one. */
const deliveryRules: readonly Rule<RuledDelivery>[] = [
  {
    key: 'audience_name',
    message: issueText`Enter the name of the audience to create, or choose an existing one.`,
    isBroken: (value) => !value.shares && !value.split && !value.audience_id && !value.audience_name,
  },
  ...(['audience_id', 'audience_name'] as const).map((key) => ({
    key,
    message: issueText`This identifier fills the audience of the first one. Leave this empty.`,
    isBroken: (value: RuledDelivery) => Boolean(value.shares && value[key]),
  })),
  {
    key: 'audience_name',
    message: issueText`An existing audience keeps its name. Leave this empty.`,
    isBroken: (value) => Boolean(value.audience_id && value.audience_name),
  },
  {
    key: 'id_field',
    message: issueText`Choose the field that holds the advertising ID.`,
    isBroken: (value) => value.identifier_type === 'ifa' && !value.id_field,
  },
  {
    key: 'default_country',
    message: issueText`A default country is for phone numbers only.`,
    isBroken: (value) => Boolean(value.default_country) && value.identifier_type !== 'phone',
  },
  {
    key: 'ifa_format',
    message: issueText`The IFA format is for advertising IDs only.`,
    isBroken: (value) => value.ifa_format === 'raw' && value.identifier_type !== 'ifa',
  },
  {
    key: 'ifa_kind',
    message: issueText`The kind of advertising ID is for advertising IDs only.`,
    isBroken: (value) => Boolean(value.ifa_kind) && value.identifier_type !== 'ifa',
  },
];

const jobRules: readonly Rule<Ruled>[] = [
  {
    key: 'run_frequency',
    message: issueText`Choose how often it runs.`,
    isBroken: (value) => isScheduled(value) && !value.run_frequency,
  },
  {
    key: 'day_of_week',
    message: issueText`Choose the day of the week.`,
    isBroken: (value) =>
      isScheduled(value) &&
      (value.run_frequency === 'weekly' || value.run_frequency === 'monthly') &&
      !value.day_of_week,
  },
  {
    key: 'time_of_day',
    message: issueText`Choose the time of day.`,
    isBroken: (value) => isScheduled(value) && !isCustom(value) && !isWhenReady(value) && !value.time_of_day,
  },
  {
    key: 'timezone',
    message: issueText`Choose the time zone.`,
    isBroken: (value) =>
      isScheduled(value) && !value.timezone && (!isWhenReady(value) || Boolean(value.trigger?.deadline)),
  },
  {
    key: 'trigger',
    message: issueText`Choose what the job waits for.`,
    isBroken: (value) => isScheduled(value) && isWhenReady(value) && !value.trigger,
  },
  {
    key: 'cron_expressions',
    message: issueText`Enter a cron expression.`,
    isBroken: (value) => isScheduled(value) && isCustom(value) && !value.cron_expressions,
  },
  {
    key: 'cron_expressions',
    message: issueText`Cron expressions are for a custom frequency only.`,
    isBroken: (value) => Boolean(value.cron_expressions) && !isCustom(value),
  },
  {
    key: 'day_of_week',
    message: issueText`The cron expressions have the day. Leave this empty.`,
    isBroken: (value) => isCustom(value) && Boolean(value.day_of_week),
  },
  {
    key: 'time_of_day',
    message: issueText`The cron expressions have the time. Leave this empty.`,
    isBroken: (value) => isCustom(value) && Boolean(value.time_of_day),
  },
  ...[RAW_AND_HASHED, LINE_USER_IDS_AS_THEY_ARE].map((message) => ({
    key: 'hash_in_database' as const,
    message,
    isBroken: (value: Ruled) =>
      value.hash_in_database === true && hashingProblem([value, ...siblingsOf(value)]) === message,
  })),
];

/** Rules that the form cannot break, so the browser does not get them. */
const apiRules = (): readonly Rule<Ruled>[] => [
  {
    key: 'trigger',
    message: issueText`A trigger is only for a job that runs when its data is ready. Remove it, or choose this frequency.`,
    isBroken: (value) => Boolean(value.trigger) && !(isScheduled(value) && isWhenReady(value)),
  },
  ...(['day_of_week', 'time_of_day'] as const).map((key) => ({
    key,
    message: issueText`A job that runs when its data is ready has no times. Leave this empty.`,
    isBroken: (value: Ruled) => isWhenReady(value) && Boolean(value[key]),
  })),
];

/** A rule that a configuration breaks, and where. */
export interface BrokenRule {
  readonly path: readonly (string | number)[];
  readonly message: string;
}

/** The rules that a configuration breaks, all at once. It may lack fields, or hold wrong ones. */
export const brokenJobRules = (configuration: Ruled): readonly BrokenRule[] => {
  const siblings = siblingsOf(configuration);
  return [
    ...broken(deliveryRules, configuration, []),
    ...broken(jobRules, configuration, []),
    ...siblings.flatMap((sibling, n) =>
      typeof sibling === 'object' && sibling !== null
        ? [
            ...broken(deliveryRules, sibling, ['siblings', n]),
            ...repeated(sibling, [configuration, ...siblings.slice(0, n)], ['siblings', n]),
          ]
        : [],
    ),
  ];
};

const broken = <Of>(rules: readonly Rule<Of>[], given: Of, at: readonly (string | number)[]): BrokenRule[] =>
  rules.filter(({ isBroken }) => isBroken(given)).map(({ key, message }) => ({ path: [...at, key], message }));

/** What a further identifier has in common with one before it. */
function repeated(
  sibling: RuledDelivery,
  others: readonly RuledDelivery[],
  at: readonly (string | number)[],
): BrokenRule[] {
  const found: BrokenRule[] = [];
  const same = (key: 'id_field' | 'audience_id' | 'audience_name') => {
    const value = sibling[key];
    return Boolean(value) && others.some((other) => fieldOf(other, key) === value);
  };
  const add = (key: string, message: string) => found.push({ path: [...at, key], message });
  if (same('id_field')) add('id_field', issueText`This field is used twice. Choose another field.`);
  const audience = issueText`Two identifiers have the same audience. Each one needs an audience of its own.`;
  if (same('audience_id')) add('audience_id', audience);
  if (same('audience_name')) add('audience_name', audience);
  return found;
}

/** Without a field, the identifier type is its name. */
const fieldOf = (delivery: RuledDelivery, key: 'id_field' | 'audience_id' | 'audience_name') =>
  key === 'id_field' ? (delivery.id_field ?? delivery.identifier_type) : delivery[key];
