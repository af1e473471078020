/**
 * The export form as it is typed, what is wrong with it, and what of it is sent. The rules are those of `jobConfiguration`
 * (src/contracts/jobs.ts), told in the reader's language; a test holds both against each other.
 */
import type { JobConfiguration, JobView, NewJob } from '../../../src/contracts/jobs.ts';
import { MAX_AUDIENCE_NAME } from '../../../src/contracts/requests.ts';
import type { Schedule } from '../../../src/contracts/schedule.ts';
import type { PreviewRequest } from '../../../src/contracts/sources.ts';
import type { Key } from '../../i18n/messages.ts';

export interface ExportDraft {
  readonly name: string;
  readonly description: string;
  /** The source's authorization; empty for files. */
  readonly source: string;
  readonly segment_id: string;
  readonly segment_name: string;
  readonly adaccount_id: string;
  /** Empty: a new audience is made, named `audience_name`. */
  readonly audience_id: string;
  readonly audience_label: string;
  readonly audience_name: string;
  readonly identifier_type: JobConfiguration['identifier_type'];
  /** Empty: the field that suits the type. */
  readonly id_field: string;
  readonly continuous_update: boolean;
  readonly run_frequency: Schedule['run_frequency'];
  readonly day_of_week: NonNullable<JobConfiguration['day_of_week']>;
  readonly time_of_day: string;
  readonly timezone: string;
  readonly default_country: string;
  readonly ifa_format: JobConfiguration['ifa_format'];
  /** Percent. */
  readonly max_shrink: number;
}

export const blankDraft = (timezone: string): ExportDraft => ({
  name: '',
  description: '',
  source: '',
  segment_id: '',
  segment_name: '',
  adaccount_id: '',
  audience_id: '',
  audience_label: '',
  audience_name: '',
  identifier_type: 'email',
  id_field: '',
  continuous_update: true,
  run_frequency: 'daily',
  day_of_week: 'monday',
  time_of_day: '09:00',
  timezone,
  default_country: '',
  ifa_format: 'sha256',
  max_shrink: 50,
});

/** Another source: nothing of the one before applies. @param source its authorization; empty for files */
export const ofSource = (source: string): Partial<ExportDraft> => ({
  source,
  segment_id: '',
  segment_name: '',
  id_field: '',
});

/** A saved job in the form. */
export function draftOf({ name, description, source_authorization_id, configuration }: JobView): ExportDraft {
  const blank = blankDraft(configuration.timezone ?? 'UTC');
  return {
    ...blank,
    name,
    description,
    source: source_authorization_id ?? '',
    segment_id: configuration.segment_id,
    segment_name: configuration.segment_id,
    adaccount_id: configuration.adaccount_id,
    audience_id: configuration.audience_id ?? '',
    audience_label: configuration.audience_id ?? '',
    audience_name: configuration.audience_name ?? '',
    identifier_type: configuration.identifier_type,
    id_field: configuration.id_field,
    continuous_update: configuration.continuous_update,
    run_frequency: configuration.run_frequency ?? blank.run_frequency,
    day_of_week: configuration.day_of_week ?? blank.day_of_week,
    time_of_day: configuration.time_of_day ?? blank.time_of_day,
    default_country: configuration.default_country ?? '',
    ifa_format: configuration.ifa_format,
    max_shrink: Math.round(configuration.max_shrink * 100),
  };
}

const isScheduled = (draft: ExportDraft): boolean => draft.continuous_update;
export const hasDay = (draft: ExportDraft): boolean => isScheduled(draft) && draft.run_frequency !== 'daily';

/** When it would run; null while that is not complete, and for a single run. */
export function scheduleOf({
  continuous_update,
  run_frequency,
  day_of_week,
  time_of_day,
  timezone,
}: ExportDraft): Schedule | null {
  if (!continuous_update || !time_of_day || !timezone) return null;
  return run_frequency === 'daily'
    ? { run_frequency, time_of_day, timezone }
    : { run_frequency, day_of_week, time_of_day, timezone };
}

/** The whole configuration, as the API takes it; only what applies is sent. */
function configurationOf(draft: ExportDraft): JobConfiguration {
  const scheduled = isScheduled(draft);
  return {
    segment_id: draft.segment_id.trim(),
    adaccount_id: draft.adaccount_id.trim(),
    audience_id: draft.audience_id || null,
    audience_name: draft.audience_id ? null : draft.audience_name.trim() || null,
    identifier_type: draft.identifier_type,
    id_field: draft.id_field,
    continuous_update: scheduled,
    run_frequency: scheduled ? draft.run_frequency : null,
    day_of_week: hasDay(draft) ? draft.day_of_week : null,
    time_of_day: scheduled ? draft.time_of_day || null : null,
    timezone: scheduled ? draft.timezone || null : null,
    default_country: draft.identifier_type === 'phone' ? draft.default_country || null : null,
    ifa_format: draft.identifier_type === 'ifa' ? draft.ifa_format : 'sha256',
    max_shrink: draft.max_shrink / 100,
  };
}

export const inputOf = (draft: ExportDraft, authorizationId: string): NewJob => ({
  type: 'line_ads_audience_export',
  name: draft.name.trim(),
  description: draft.description.trim(),
  authorization_id: authorizationId,
  source_authorization_id: draft.source || null,
  configuration: configurationOf(draft),
});

/** What the preview needs; null while it is not known. */
export function previewOf(draft: ExportDraft): PreviewRequest | null {
  const { segment_id, id_field, identifier_type, ifa_format, default_country } = configurationOf(draft);
  if (!segment_id || !id_field) return null;
  return {
    source_authorization_id: draft.source || null,
    segment_id,
    id_field,
    identifier_type,
    ifa_format,
    default_country,
  };
}

/** What is wrong, by the API's paths. Empty: the API would take its form. */
export function problemsOf(draft: ExportDraft): Readonly<Partial<Record<string, Key>>> {
  const { configuration } = inputOf(draft, '');
  const found: [path: string, key: Key, wrong: boolean][] = [
    ['name', 'form.name.missing', draft.name.trim() === ''],
    ['configuration.segment_id', 'form.segment_id.missing', configuration.segment_id === ''],
    [
      'configuration.adaccount_id',
      'form.adaccount_id.wrong',
      !/^[A-Za-z0-9]+$/.test(configuration.adaccount_id),
    ],
    [
      'configuration.audience_name',
      'form.audience_name.missing',
      !configuration.audience_id && !configuration.audience_name,
    ],
    [
      'configuration.audience_name',
      'form.audience_name.long',
      charactersOf(configuration.audience_name ?? '') > MAX_AUDIENCE_NAME,
    ],
    ['configuration.id_field', 'form.id_field.missing', configuration.id_field === ''],
    [
      'configuration.time_of_day',
      'form.time_of_day.missing',
      configuration.continuous_update && !configuration.time_of_day,
    ],
    [
      'configuration.timezone',
      'form.timezone.missing',
      configuration.continuous_update && !configuration.timezone,
    ],
    [
      'configuration.max_shrink',
      'form.max_shrink.wrong',
      !(configuration.max_shrink >= 0 && configuration.max_shrink <= 1),
    ],
  ];
  return Object.fromEntries(found.filter(([, , wrong]) => wrong).map(([path, key]) => [path, key]));
}

/** As LINE counts a name. */
export const charactersOf = (text: string): number => [...text].length;
