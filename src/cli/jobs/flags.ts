/** The flags of a job's configuration, in the order of the export's form. */
import type { Command } from 'commander';
import { z } from 'zod';
import { experimentName, holdOutShare } from '../../domain/audiences/hold-out-schema.ts';
import { ifaFormats, ifaKinds, MAX_MEMBER_DAYS } from '../../domain/audiences/requests.ts';
import { takenTypes } from '../../domain/destinations/index.ts';
import type { DestinationTraits } from '../../domain/destinations/traits.ts';
import { cronExpression } from '../../domain/schedule/cron.ts';
import { dayOfWeek, runFrequency, timeOfDay, timeZone } from '../../domain/schedule/schedule.ts';
import { maxShrink } from '../../domain/values/bounds.ts';
import { ALERT_FLAG, ALERT_HELP, type GivenAlerts, oneMoreAlert, withGiven } from '../alert-flags.ts';
import type { BodyOf } from '../api/client.ts';
import { type FileFlags, fileOptionsOf, fileReadingOptions } from '../file-flags.ts';
import { country, DEFAULT_COUNTRY, either, id, notTogether, oneOf } from '../options.ts';
import { adAccount, audienceName, bySchema, fraction } from '../schema-options.ts';
import type { GivenSibling } from '../sibling-flag.ts';
import { oneMoreSibling, siblingKeysOf } from './sibling-flags.ts';
import { type SplitFlags, splitOf, splitOptions } from './split-flags.ts';
import { type TriggerFlags, triggerOptions } from './triggers/index.ts';

type Configuration = BodyOf<'POST /jobs'>['configuration'];
/** The keys of a configuration that flags give. */
export type GivenConfiguration = Partial<Configuration>;

export interface JobFlags extends FileFlags, SplitFlags, TriggerFlags {
  name?: string;
  description?: string;
  tags?: string[];
  authorization?: string;
  sourceAuthorization?: string;
  adAccount?: string;
  audienceId?: string;
  audienceName?: string;
  identifierType?: Configuration['identifier_type'];
  field?: string;
  sibling?: readonly GivenSibling[];
  once?: boolean;
  frequency?: Configuration['run_frequency'];
  day?: Configuration['day_of_week'];
  time?: string;
  timezone?: string;
  cron?: string[];
  /** Null: all numbers are complete. */
  defaultCountry?: string | null;
  ifaFormat?: Configuration['ifa_format'];
  ifaKind?: Configuration['ifa_kind'];
  memberDays?: number;
  maxShrink?: number;
  hashInDatabase?: 'yes' | 'no';
  holdOut?: number | 'none';
  experiment?: string;
  /** Ids or names; an empty text for none. */
  suppressionList?: string[];
  alert?: GivenAlerts;
}

/** Adds all flags as optional, because the service checks which of them are needed. */
export const jobOptions = (command: Command): Command =>
  safetyOptions(triggerOptions(splitOptions(exportOptions(command))));

const exportOptions = (command: Command): Command =>
  fileReadingOptions(
    command
      .option('--name <label>', 'name of the job')
      .option('--description <text>', 'description of the job')
      .option('--tags <tags>', 'tags, separated by commas; "" for none', commaSeparated)
      .option('--authorization <id or label>', 'the authorization of the destination')
      .option('--source-authorization <id or label>', 'the authorization of the source; none for files')
      .option('--audience <id>', 'the source audience: a file, a Lytics audience, a table'),
  )
    .option('--ad-account <id>', 'the ad account, e.g. A1', adAccount)
    .option('--audience-id <id>', 'the audience to fill', id('--audience-id'))
    .option('--audience-name <name>', 'create an audience with this name', audienceName('--audience-name'))
    .option('--identifier-type <type>', either(takenTypes), oneOf('--identifier-type', takenTypes))
    .option('--field <name>', 'the field that holds the identifier (default: email or phone)')
    .option(
      '--sibling <type:field[:name]>',
      'a further identifier of the same members, for a custom audience of its own, e.g. phone:mobile, "phone:mobile:VIP mobile" or phone:mobile:id=123; phone:mobile:audience=first fills that of the first identifier, at LY Ads; may be given several times; none: remove all further identifiers',
      oneMoreSibling,
    )
    .option('--once', 'run once, without a schedule')
    .option(
      '--frequency <frequency>',
      'daily, weekly, monthly, custom or when_ready',
      oneOf('--frequency', runFrequency.options),
    )
    .option('--day <day>', 'day of the week, e.g. monday', oneOf('--day', dayOfWeek.options))
    .option('--time <hh:mm>', 'time of day', bySchema('--time', timeOfDay))
    .option('--timezone <name>', 'time zone, e.g. Asia/Tokyo', bySchema('--timezone', timeZone))
    .option(
      '--cron <expression>',
      'cron expression of five fields, e.g. "0 9 * * 1-5"; makes the frequency custom; may be given several times',
      oneMore,
    );

const safetyOptions = (command: Command): Command =>
  command
    .option('--default-country <code>', DEFAULT_COUNTRY, country)
    .option('--ifa-format <format>', 'sha256 or raw', oneOf('--ifa-format', ifaFormats))
    .option(
      '--ifa-kind <kind>',
      'for LY Ads, what the advertising IDs are: idfa or aaid',
      oneOf('--ifa-kind', ifaKinds),
    )
    .option(
      '--member-days <days>',
      `for LY Ads: how many days after a run members leave the audience, 1 to ${MAX_MEMBER_DAYS}`,
      memberDays,
    )
    .option(
      '--max-shrink <fraction>',
      'largest share of members that a run may remove',
      fraction('--max-shrink', maxShrink),
    )
    .option(
      '--hash-in-database <yes or no>',
      'let the database of the source hash the identifiers, so that none leaves it',
      oneOf('--hash-in-database', ['yes', 'no']),
    )
    .option(
      '--hold-out <percent>',
      'share of members to keep out of the audience, 1 to 50; none: send all',
      heldOutShare,
    )
    .option(
      '--experiment <name>',
      'name that selects who is kept out, e.g. spring',
      bySchema('--experiment', experimentName),
    )
    .option(
      '--suppression-list <id or name>',
      'a suppression list that keeps its members out; may be given several times; "" for none',
      (value: string, before: string[] = []) => [...before, value],
    )
    .option(ALERT_FLAG, ALERT_HELP, oneMoreAlert);

/** The parts of an edited job that a flag changes only in part. */
type Edited = Pick<
  GivenConfiguration,
  'file_options' | 'hold_out' | 'alerts' | 'audience_name' | 'identifier_type' | 'siblings' | 'split'
>;

/**
 * The configuration keys that flags give, without the suppression lists.
 * @param traits of the destination of the job
 * @param edited the configuration of the job that is edited
 */
export function configurationOf(flags: JobFlags, traits: DestinationTraits, edited: Edited = {}): GivenConfiguration {
  const given: GivenConfiguration = {
    segment_id: flags.audience,
    adaccount_id: flags.adAccount,
    ...(flags.audienceId && { audience_id: flags.audienceId, audience_name: null }),
    ...(flags.audienceName && { audience_name: flags.audienceName, audience_id: null }),
    identifier_type: flags.identifierType,
    id_field: flags.field,
    ...scheduleOf(flags),
    ...siblingKeysOf(flags, edited, traits),
    member_days: flags.memberDays,
    max_shrink: flags.maxShrink,
    hold_out: holdOutOf(flags, edited),
    split: splitOf(flags, edited.split),
    hash_in_database: flags.hashInDatabase && flags.hashInDatabase === 'yes',
  };
  const changed = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
  return {
    ...changed,
    // Undefined removes it.
    ...(flags.identifierType && flags.identifierType !== 'ifa' && { ifa_kind: undefined }),
    ...fileOptionsOf(flags, edited.file_options),
    // Undefined removes the last rule of the job.
    ...(flags.alert && { alerts: withGiven(edited.alerts, flags.alert) }),
  };
}

/** The service reports the part that neither the flags nor the edited job have. */
function holdOutOf({ holdOut, experiment }: JobFlags, { hold_out: before }: Edited): GivenConfiguration['hold_out'] {
  if (holdOut === 'none') {
    if (experiment !== undefined) throw notTogether('--hold-out none and --experiment');
    return null;
  }
  if (holdOut === undefined && experiment === undefined) return undefined;
  const given = Object.entries({ share: holdOut, experiment }).filter(([, value]) => value !== undefined);
  return { ...before, ...Object.fromEntries(given) } as GivenConfiguration['hold_out'];
}

export const memberDays = bySchema(
  '--member-days',
  z.string().transform(Number).pipe(z.int().min(1).max(MAX_MEMBER_DAYS)),
);

const shareFlag = bySchema('--hold-out', z.string().transform(Number).pipe(holdOutShare));
const heldOutShare = (value: string) => (value === 'none' ? value : shareFlag(value));

function scheduleOf({ once, cron, frequency, day, time, timezone }: JobFlags): GivenConfiguration {
  if (once) {
    if (cron || frequency || day || time) throw notTogether('--once and a schedule');
    return { continuous_update: false };
  }
  const isPlain = frequency !== undefined && frequency !== 'custom';
  if (cron && (isPlain || day || time)) throw notTogether('--cron and a plain schedule');
  return {
    ...((cron || frequency) && { continuous_update: true }),
    run_frequency: cron ? 'custom' : frequency,
    day_of_week: day,
    time_of_day: time,
    timezone,
    cron_expressions: cron,
    // The edited job may have what the new frequency does not have.
    ...(isPlain && { cron_expressions: null }),
    ...((cron || frequency === 'custom') && { day_of_week: null, time_of_day: null }),
  };
}

const oneMore = (value: string, before: string[] = []): string[] => [
  ...before,
  bySchema('--cron', cronExpression)(value),
];

const commaSeparated = (text: string): string[] =>
  text
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '');
