/** The export form as it is typed, what is wrong with it by the rules of the API, and what of it is sent. */
import type { JobConfiguration } from '../../../src/contracts/job-configuration.ts';
import { brokenJobRules } from '../../../src/contracts/job-rules.ts';
import type { JobChange, JobView, NewJob } from '../../../src/contracts/jobs.ts';
import type { Schedule } from '../../../src/contracts/schedule.ts';
import { asSentence, type Sentence } from '../../../src/contracts/sentence.ts';
import type { FileOptions, PreviewRequest, SampleRequest } from '../../../src/contracts/sources.ts';
import { findProblems } from '../../forms/rule.ts';
import { newJobRules } from '../../forms/rules/exports.build.ts';
import type { Key } from '../../i18n/messages.ts';

/** What becomes of the audience that a job has at LINE; empty while nobody said. */
export type AudienceChoice = 'keep' | 'another' | 'existing' | '';

/** The audience that a saved job has at LINE. */
export interface OwnAudience {
  readonly id: string;
  /** As the job has it; null for one that was chosen by its id. */
  readonly name: string | null;
  readonly adaccount_id: string;
  readonly identifier_type: JobConfiguration['identifier_type'];
  /** It was deleted at LINE. */
  readonly isGone: boolean;
}

export interface ExportDraft {
  /** The LINE Ads authorization, where the form itself may change it; else empty. */
  readonly authorization: string;
  readonly name: string;
  readonly description: string;
  /** The source's authorization; empty for files. */
  readonly source: string;
  readonly segment_id: string;
  readonly segment_name: string;
  /** How the file is to be read; what is left out, it tells itself. */
  readonly file_options: FileOptions;
  readonly adaccount_id: string;
  /** Empty: a new audience is made, named `audience_name`. */
  readonly audience_id: string;
  readonly audience_label: string;
  readonly audience_name: string;
  /** Of a job that has an audience: what shall become of it. */
  readonly audience_choice: AudienceChoice;
  /** The new name of the audience that is kept; null while its own stands. */
  readonly renamed: string | null;
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
  authorization: '',
  name: '',
  description: '',
  source: '',
  segment_id: '',
  segment_name: '',
  file_options: {},
  adaccount_id: '',
  audience_id: '',
  audience_label: '',
  audience_name: '',
  audience_choice: 'keep',
  renamed: null,
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
  file_options: {},
  id_field: '',
});

/** A saved job in the form. */
export function draftOf(job: JobView): ExportDraft {
  const { name, description, source_authorization_id, configuration } = job;
  const blank = blankDraft(configuration.timezone ?? 'UTC');
  // The audience that a job has is told apart from the one that is typed or chosen in its place.
  const isToBeMade = job.audience_id === null;
  return {
    ...blank,
    authorization: job.authorization_id,
    name,
    description,
    source: source_authorization_id ?? '',
    segment_id: configuration.segment_id,
    segment_name: configuration.segment_id,
    file_options: configuration.file_options ?? {},
    adaccount_id: configuration.adaccount_id,
    audience_name: isToBeMade ? (configuration.audience_name ?? '') : '',
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

/** A copy of a job: it makes an audience of its own, for two jobs on one would undo each other's work. */
export const copyOf = (job: JobView, name: string): ExportDraft => ({
  ...draftOf(job),
  name,
  audience_name: '',
});

export const ownAudienceOf = (job: JobView, isGone: boolean): OwnAudience | null =>
  job.audience_id === null
    ? null
    : {
        id: job.audience_id,
        name: job.configuration.audience_name,
        adaccount_id: job.configuration.adaccount_id,
        identifier_type: job.configuration.identifier_type,
        isGone,
      };

/** Why a job cannot keep its audience; undefined when it can. */
export function whyNotKept(draft: ExportDraft, own: OwnAudience): 'gone' | 'account' | 'type' | undefined {
  if (draft.adaccount_id.trim() !== own.adaccount_id) return 'account';
  if (draft.identifier_type !== own.identifier_type) return 'type';
  return own.isGone ? 'gone' : undefined;
}

/** What was chosen, as far as it is possible. */
export const choiceOf = (draft: ExportDraft, own: OwnAudience): AudienceChoice =>
  draft.audience_choice === 'keep' && whyNotKept(draft, own) ? '' : draft.audience_choice;

/** The keys that say which audience it is. */
function audienceOf(
  draft: ExportDraft,
  own: OwnAudience | null,
): Pick<JobConfiguration, 'audience_id' | 'audience_name'> {
  const typed = draft.audience_name.trim() || null;
  const choice = own && choiceOf(draft, own);
  if (own && choice === 'keep') {
    if (draft.renamed !== null) return { audience_id: null, audience_name: draft.renamed.trim() || null };
    return own.name === null
      ? { audience_id: own.id, audience_name: null }
      : { audience_id: null, audience_name: own.name };
  }
  const chosen = choice === 'another' ? null : draft.audience_id || null;
  if (choice === 'existing') return { audience_id: chosen, audience_name: null };
  return { audience_id: chosen, audience_name: chosen ? null : typed };
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

/** Of a file of which something was chosen. */
const optionsOf = ({ source, file_options }: ExportDraft): { file_options?: FileOptions } =>
  source === '' && Object.keys(file_options).length > 0 ? { file_options } : {};

/** The whole configuration, as the API takes it; only what applies is sent. */
function configurationOf(draft: ExportDraft, own: OwnAudience | null): JobConfiguration {
  const scheduled = isScheduled(draft);
  return {
    segment_id: draft.segment_id.trim(),
    ...optionsOf(draft),
    adaccount_id: draft.adaccount_id.trim(),
    ...audienceOf(draft, own),
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

export const inputOf = (
  draft: ExportDraft,
  authorizationId: string,
  own: OwnAudience | null = null,
): NewJob => ({
  type: 'line_ads_audience_export',
  name: draft.name.trim(),
  description: draft.description.trim(),
  authorization_id: authorizationId,
  source_authorization_id: draft.source || null,
  configuration: configurationOf(draft, own),
});

/** A saved job's edit, as the API takes it. */
export function changeOf(draft: ExportDraft, own: OwnAudience | null): JobChange {
  const { type: _, ...change } = inputOf(draft, draft.authorization, own);
  return { ...change, another_audience: own !== null && choiceOf(draft, own) === 'another' };
}

/** What shows the first values of the chosen field. */
export const sampleOf = (draft: ExportDraft): SampleRequest => ({
  source_authorization_id: draft.source || null,
  segment_id: draft.segment_id.trim(),
  ...optionsOf(draft),
  id_field: draft.id_field,
});

/** What the preview needs; null while it is not known. */
export function previewOf(draft: ExportDraft): PreviewRequest | null {
  const { segment_id, id_field, identifier_type, ifa_format, default_country } = configurationOf(draft, null);
  if (!segment_id || !id_field) return null;
  return {
    source_authorization_id: draft.source || null,
    segment_id,
    ...optionsOf(draft),
    id_field,
    identifier_type,
    ifa_format,
    default_country,
  };
}

/** What the form says itself: a percentage is another number in the request, for example. */
const ownTexts: Readonly<Partial<Record<string, Key>>> = {
  'configuration.adaccount_id': 'form.adaccount_id.wrong',
  'configuration.audience_name': 'form.audience_name.long',
  'configuration.max_shrink': 'form.max_shrink.wrong',
};

/** What is wrong, by the API's paths. Empty: the API would take its form. */
export function problemsOf(
  draft: ExportDraft,
  own: OwnAudience | null = null,
): Readonly<Record<string, Key | Sentence>> {
  // The page knows the authorization.
  const { authorization_id: _, ...input } = inputOf(draft, '', own);
  const { configuration } = input;
  const found: Record<string, Key | Sentence> = {};
  for (const { key, message } of brokenJobRules(configuration)) {
    found[`configuration.${key}`] = asSentence(message);
  }
  for (const [path, problem] of Object.entries(findProblems(newJobRules, input))) {
    found[path] = ownTexts[path] ?? problem;
  }
  // The API would take the name of the identifier type.
  if (configuration.id_field === '') found['configuration.id_field'] = 'form.id_field.missing';

  const choice = own && choiceOf(draft, own);
  if (choice === '') found.another_audience = 'form.audience.undecided';
  if (choice === 'keep' && !configuration.audience_id && !configuration.audience_name)
    found['configuration.audience_name'] = 'form.required';
  if (choice === 'existing' && !configuration.audience_id)
    found['configuration.audience_id'] = 'form.segment_id.missing';
  // Their fields are not there.
  if (choice === '' || choice === 'existing') delete found['configuration.audience_name'];
  return found;
}

/** As LINE counts a name. */
export const charactersOf = (text: string): number => [...text].length;
