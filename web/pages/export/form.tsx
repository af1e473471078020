/**
 * The form of an export. The labels, their order and when they are shown are those of the LINE Ads export that the product
 * speaks (lytics-api.md, section 5): a person who knows one finds everything in the other.
 */
import { Radio, Select, Stack, Text, Textarea, TextInput } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { type ReactNode, useEffect, useState } from 'react';
import { MAX_AUDIENCE_NAME } from '../../../src/contracts/line-limits.ts';
import { identifierTypes } from '../../../src/contracts/requests.ts';
import type { FileOptions } from '../../../src/contracts/sources.ts';
import { authorizationsQuery } from '../../api/authorizations.ts';
import { ApiError } from '../../api/client.ts';
import { previewQuery, sourceFieldsQuery, sourcesQuery } from '../../api/sources.ts';
import { useClearable } from '../../components/clearable.ts';
import { Confirm } from '../../components/confirm.tsx';
import { NumberField } from '../../components/number-field.tsx';
import { WarningNote } from '../../components/states.tsx';
import { attributesOf } from '../../forms/rule.ts';
import { newJobRules } from '../../forms/rules/exports.build.ts';
import { useTranslation } from '../../i18n/provider.tsx';
import { later, useLater } from '../../lib/later.ts';
import { AdAccountInput } from './ad-account.tsx';
import { CompleteButton } from './complete.tsx';
import { countryOptions } from './countries.ts';
import { FileAudience } from './file-audience.tsx';
import { FileFormat } from './file-format.tsx';
import {
  charactersOf,
  choiceOf,
  type ExportDraft,
  type OwnAudience,
  ofSource,
  previewOf,
  problemsOf,
  sampleOf,
} from './form-values.ts';
import { IdentifierFieldSelect, suggestedField } from './identifier-field.tsx';
import { LineAudienceSelect } from './line-audience.tsx';
import type { OwnAudienceFields, useOwnAudience } from './own-audience.tsx';
import { ScheduleFields } from './schedule-fields.tsx';
import { SheetSelect } from './sheet-select.tsx';
import { AudienceHolds, SizeChange } from './size-change.tsx';
import { SourceAudienceSelect } from './source-audience.tsx';

// Nothing is there to preview before something is chosen.
const panel = later(() => import('./preview.tsx'));

interface ExportFormProps {
  readonly authorizationId: string;
  readonly draft: ExportDraft;
  readonly change: (part: Partial<ExportDraft>) => void;
  /** Of a saved job: the audience that it has at LINE. */
  readonly audience?: ReturnType<typeof useOwnAudience> & { readonly Fields: typeof OwnAudienceFields };
  /** The way to a further source. */
  readonly addSource?: ReactNode;
  /** What the API says of fields, by path. */
  readonly refused: Readonly<Record<string, string>>;
  readonly failure: ReactNode;
  readonly isSaving: boolean;
  readonly submitLabel: string;
  /** What the button does, under it. */
  readonly submitHint?: string;
  /** The draft has the form that the API wants. */
  readonly onSubmit: () => void;
  readonly mayPreview: boolean;
}

export function ExportForm(props: ExportFormProps) {
  const { draft, change, refused, authorizationId } = props;
  const { t, translate, language } = useTranslation();
  const [touched, setTouched] = useState<ReadonlySet<string>>(new Set());
  const clearable = useClearable();
  const [attempted, setAttempted] = useState(false);
  const [asking, setAsking] = useState(false);
  const sources = useQuery(sourcesQuery);
  const fields = useQuery(
    sourceFieldsQuery(
      draft.source || undefined,
      draft.segment_id,
      draft.source === '' ? draft.file_options : {},
    ),
  );
  const known = fields.data?.items ?? [];
  const failure = isOfSource(fields.error) ? fields.error : undefined;
  const wrongChoice =
    draft.source === '' && failure ? choiceOfFailure(failure, draft.file_options) : undefined;
  const unreadable = failure && !wrongChoice ? translate(failure) : undefined;
  // There from the start, while the file is read: what comes later moves the fields below from under somebody's hand.
  const hasFormat =
    fields.isPending ||
    fields.data !== undefined ||
    wrongChoice !== undefined ||
    Object.keys(draft.file_options).length > 0;
  const suggestion = suggestedField(known, draft.identifier_type);
  // biome-ignore lint/correctness/useExhaustiveDependencies: `change` is another function every time
  useEffect(() => {
    if (draft.id_field === '' && suggestion !== '') change({ id_field: suggestion });
  }, [draft.id_field, suggestion]);

  const touch = (path: string) => setTouched((before) => new Set(before).add(path));
  const own = props.audience?.own ?? null;
  const problems = problemsOf(draft, own);
  const errors: Record<string, string> = { ...refused };
  for (const [path, problem] of Object.entries(problems)) {
    if (!attempted && !touched.has(path)) continue;
    errors[path] = typeof problem === 'string' ? t(problem) : translate({ message: '', sentence: problem });
  }
  const set = (part: Partial<ExportDraft>, path: string) => {
    change(part);
    touch(path);
  };
  const audienceId = filledAudience(draft, own);
  const configured = (field: string) => `configuration.${field}`;
  // What the panel beside the form has found.
  const preview = useQuery({ ...previewQuery(previewOf(draft)), enabled: false });
  const beside = useLater(panel, props.mayPreview);
  const isEmpty = props.mayPreview && preview.data?.complete === true && preview.data.counts.unique === 0;
  const lineAudience = (
    <LineAudienceSelect
      authorizationId={authorizationId}
      draft={draft}
      isRequired={own !== null}
      error={errors[configured('audience_id')]}
      onChange={(audience_id, audience_label) =>
        set({ audience_id, audience_label }, configured('audience_id'))
      }
      onBlur={() => touch(configured('audience_id'))}
    />
  );

  return (
    <div className="split">
      <form
        noValidate
        onSubmit={(event) => {
          event.preventDefault();
          setAttempted(true);
          if (Object.keys(problems).length === 0) {
            if (isEmpty) setAsking(true);
            else props.onSubmit();
          }
          // After the errors are there to be found.
          else setTimeout(() => document.querySelector<HTMLElement>('form [aria-invalid="true"]')?.focus());
        }}
      >
        <Stack className="card" p={{ base: 'md', sm: 'xl' }} gap="md">
          <TextInput
            label={t('form.name')}
            {...attributesOf(newJobRules, 'name')}
            value={draft.name}
            error={errors.name}
            onChange={(event) => set({ name: event.currentTarget.value }, 'name')}
            onBlur={() => touch('name')}
          />
          <Textarea
            label={t('form.description')}
            description={t('form.optional')}
            autosize
            minRows={2}
            {...attributesOf(newJobRules, 'description')}
            value={draft.description}
            error={errors.description}
            onChange={(event) => change({ description: event.currentTarget.value })}
          />
          {sources.data && sources.data.length > 1 && (
            <Select
              label={t('form.source')}
              allowDeselect={false}
              data={sources.data.map((one) => ({
                value: one.authorization_id ?? 'files',
                label: one.authorization_id === null ? t('form.source.files') : one.label,
              }))}
              value={draft.source || 'files'}
              error={errors.source_authorization_id}
              onChange={(value) => change(ofSource(value === 'files' ? '' : (value ?? '')))}
            />
          )}
          {props.addSource}
          {draft.source === '' ? (
            <FileAudience
              value={draft.segment_id}
              isScheduled={draft.continuous_update}
              error={errors[configured('segment_id')] ?? unreadable}
              onChange={(segment_id, segment_name) =>
                change({ segment_id, segment_name, id_field: '', file_options: {} })
              }
              onPolicy={() => change({})}
              onBlur={() => touch(configured('segment_id'))}
            />
          ) : (
            <SourceAudienceSelect
              key={draft.source}
              source={draft.source}
              value={draft.segment_id}
              name={draft.segment_name}
              error={errors[configured('segment_id')] ?? unreadable}
              onChange={(segment_id, segment_name) =>
                set({ segment_id, segment_name, id_field: '' }, configured('segment_id'))
              }
              onBlur={() => touch(configured('segment_id'))}
            />
          )}
          {draft.source === '' && draft.segment_id !== '' && (
            <SheetSelect
              value={draft.segment_id}
              sheets={fields.data?.file?.sheets ?? []}
              onChange={(segment_id) => change({ segment_id, id_field: '' })}
            />
          )}
          {draft.source === '' && draft.segment_id !== '' && hasFormat && (
            <FileFormat
              options={draft.file_options}
              reading={fields.data?.file ?? undefined}
              fields={known}
              wrong={{
                encoding: errors[configured('file_options.encoding')],
                delimiter: errors[configured('file_options.delimiter')],
                header: errors[configured('file_options.header')],
                ...(wrongChoice && failure && { [wrongChoice]: translate(failure) }),
              }}
              sample={
                props.mayPreview && known.some(({ name }) => name === draft.id_field) ? sampleOf(draft) : null
              }
              onChange={(file_options) => change({ file_options, id_field: '' })}
            />
          )}
          {draft.authorization !== '' && (
            <AuthorizationSelect
              value={draft.authorization}
              error={errors.authorization_id}
              onChange={(authorization) => change({ authorization })}
            />
          )}
          <AdAccountInput
            authorizationId={authorizationId}
            value={draft.adaccount_id}
            error={errors[configured('adaccount_id')]}
            onChange={(adaccount_id) => set({ adaccount_id }, configured('adaccount_id'))}
            onBlur={() => touch(configured('adaccount_id'))}
          />
          {own && props.audience ? (
            <props.audience.Fields
              own={own}
              live={props.audience.live}
              draft={draft}
              errors={errors}
              change={set}
              onBlur={touch}
              existing={lineAudience}
            />
          ) : (
            lineAudience
          )}
          <AudienceHolds {...{ authorizationId, draft, audienceId }} />
          {!own && draft.audience_id === '' && (
            <TextInput
              label={t('form.audience_name')}
              description={t('form.audience_name.hint')}
              required
              value={draft.audience_name}
              error={errors[configured('audience_name')]}
              rightSectionWidth={76}
              rightSection={
                <Text fz="xs" c="dimmed" className="numbers">
                  {charactersOf(draft.audience_name)} / {MAX_AUDIENCE_NAME}
                </Text>
              }
              onChange={(event) =>
                set({ audience_name: event.currentTarget.value }, configured('audience_name'))
              }
              onBlur={() => touch(configured('audience_name'))}
            />
          )}
          <Select
            label={t('form.identifier_type')}
            required
            allowDeselect={false}
            data={identifierTypes.map((value) => ({ value, label: t(`identifier.${value}`) }))}
            value={draft.identifier_type}
            error={errors[configured('identifier_type')]}
            onChange={(identifier_type) =>
              identifier_type && set({ identifier_type, id_field: '' }, configured('identifier_type'))
            }
          />
          <IdentifierFieldSelect
            fields={known}
            failure={failure ? null : fields.error}
            value={draft.id_field}
            disabled={draft.segment_id === ''}
            error={errors[configured('id_field')]}
            onChange={(id_field) => set({ id_field }, configured('id_field'))}
            onBlur={() => touch(configured('id_field'))}
          />
          {fields.data?.notice && <WarningNote text={fields.data.notice} />}
          {draft.identifier_type === 'phone' && (
            <Select
              label={t('form.default_country')}
              description={t('form.default_country.hint')}
              searchable
              {...clearable}
              data={countryOptions(language)}
              value={draft.default_country || null}
              error={errors[configured('default_country')]}
              onChange={(value) => change({ default_country: value ?? '' })}
            />
          )}
          {draft.identifier_type === 'ifa' && (
            <Radio.Group
              label={t('form.ifa_format')}
              description={t('form.ifa_format.hint')}
              value={draft.ifa_format}
              onChange={(value) => change({ ifa_format: value === 'raw' ? 'raw' : 'sha256' })}
            >
              <Stack gap={6} mt={8}>
                <Radio value="sha256" label={t('form.ifa_format.sha256')} />
                <Radio value="raw" label={t('form.ifa_format.raw')} />
              </Stack>
            </Radio.Group>
          )}
          <ScheduleFields
            draft={draft}
            errors={errors}
            change={(part, field) => set(part, configured(field))}
          />
          <NumberField
            label={t('form.max_shrink')}
            description={t('form.max_shrink.hint')}
            unit="%"
            min={0}
            max={100}
            styles={{ wrapper: { maxWidth: 120 } }}
            value={draft.max_shrink}
            error={errors[configured('max_shrink')]}
            onChange={(value) => set({ max_shrink: value === '' ? -1 : value }, configured('max_shrink'))}
          />
          <SizeChange {...{ authorizationId, draft, audienceId }} />
          {draft.authorization === '' && errors.authorization_id && (
            <Text fz="sm" c="var(--mantine-color-error)" role="alert">
              {errors.authorization_id}
            </Text>
          )}
          {props.failure}
          <CompleteButton
            label={props.submitLabel}
            hint={props.submitHint}
            isSaving={props.isSaving}
            isEmpty={isEmpty}
          />
        </Stack>
      </form>
      <Confirm
        opened={asking}
        onClose={() => setAsking(false)}
        title={t('preview.none')}
        action={props.submitLabel}
        onConfirm={async () => props.onSubmit()}
      >
        {t('export.empty.detail')}
      </Confirm>
      {beside && <beside.PreviewPanel request={previewOf(draft)} />}
    </div>
  );
}

interface AuthorizationProps {
  readonly value: string;
  readonly error?: string;
  readonly onChange: (id: string) => void;
}

/** Of LINE Ads; there is no choice with one alone. */
function AuthorizationSelect({ value, error, onChange }: AuthorizationProps) {
  const { t } = useTranslation();
  const { data = [] } = useQuery(authorizationsQuery);
  const options = data.filter(({ provider }) => provider === 'line_ads');
  if (options.length < 2 && !error) return null;
  return (
    <Select
      label={t('form.authorization')}
      required
      allowDeselect={false}
      data={options.map(({ id, label }) => ({ value: id, label }))}
      value={value}
      error={error}
      onChange={(id) => id && onChange(id)}
    />
  );
}

/** The audience at LINE whose members the export replaces; empty for one that is to be made. */
function filledAudience(draft: ExportDraft, own: OwnAudience | null): string {
  const choice = own && choiceOf(draft, own);
  if (own && choice === 'keep') return own.id;
  return own === null || choice === 'existing' ? draft.audience_id : '';
}

/** What is wrong with the audience itself is told there, and not at its fields. */
const isOfSource = (error: Error | null): error is ApiError =>
  error instanceof ApiError && error.code.startsWith('source_');

/** The choice that a file does not fit: a wrong one, or one that a person has to make. */
function choiceOfFailure(
  { code }: ApiError,
  { encoding, header }: FileOptions,
): keyof FileOptions | undefined {
  if (code === 'source_encoding') return 'encoding';
  if (code === 'source_unreadable' && header === 'yes') return 'header';
  const isOfText = ['source_unreadable', 'source_format', 'source_not_text'].includes(code);
  return isOfText && encoding !== undefined ? 'encoding' : undefined;
}

/** The paths whose problems the form shows at their fields. */
export const shownPaths: readonly string[] = [
  'name',
  'description',
  'authorization_id',
  'source_authorization_id',
  'another_audience',
  ...[
    'segment_id',
    'file_options.encoding',
    'file_options.delimiter',
    'file_options.header',
    'adaccount_id',
    'audience_id',
    'audience_name',
    'identifier_type',
    'id_field',
    'time_of_day',
    'timezone',
    'default_country',
    'max_shrink',
  ].map((field) => `configuration.${field}`),
];
