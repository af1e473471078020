/**
 * The form of an export, in four sections. The labels, their order and when they are shown are those of the LINE Ads
 * export of Lytics: a person who knows one finds everything in the other.
 */
import { Button, Group, Text, Textarea, TextInput } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { type ReactNode, useId, useMemo, useRef, useState } from 'react';
import type { JobView, NewJob } from '../../../src/contracts/jobs.ts';
import type { PreviewRequest } from '../../../src/contracts/sources.ts';
import { MAX_MEMBER_DAYS } from '../../../src/domain/audiences/requests.ts';
import { useDestinationOf, useDestinationOfJob } from '../../api/providers.ts';
import { previewQuery } from '../../api/sources.ts';
import { suppressionListsQuery } from '../../api/suppression-lists.ts';
import { Confirm } from '../../components/confirm.tsx';
import { Failure } from '../../components/states.tsx';
import { useTranslation } from '../../i18n/provider.tsx';
import { later, useLater } from '../../lib/later.ts';
import { useMe } from '../../lib/me.ts';
import { FormBar } from './bar.tsx';
import { IdentifierFields } from './identifier-fields.tsx';
import { LineFields } from './line-fields.tsx';
import { OptionSection } from './option-section.tsx';
import { filledAudience, type OwnAudience } from './own-audience.ts';
import type { OwnAudienceFields } from './own-audience-fields.tsx';
import { isEmptyPreview, previewOf } from './request.ts';
import type { SafetyFieldsProps } from './safety-fields.tsx';
import { FormSection } from './section.tsx';
import { hasOwnSafety } from './sections.ts';
import type { SiblingFieldsProps } from './siblings/props.ts';
import { SourceFields } from './source-fields.tsx';
import type { SplitFieldsProps } from './split/fields.tsx';
import type { ExportForm } from './use-export-form.ts';
import { useSourceFields } from './use-source-fields.ts';
import { useTestRun } from './use-test-run.ts';

// Nothing is there to preview before something is chosen.
const panel = later(() => import('./preview.tsx'));
/** Only an audience that exists has a size. */
const laterSizes = later(() => import('./size-change.tsx'));
const laterSiblings = later(() => import('./siblings/fields.tsx'));
const laterSplit = later(() => import('./split/fields.tsx'));
/** What is behind folded sections, and what those hold. */
const laterFolded = later(() => import('./folded.ts'));
const laterDays = later(() => import('./member-days.tsx'));
const laterSafety = later(() => import('./safety-fields.tsx'));

interface ExportFormProps {
  readonly form: ExportForm;
  /** Of the job. */
  readonly type: NewJob['type'];
  /** Of a saved job. */
  readonly jobId?: string;
  readonly authorizationId: string;
  /** Of a saved job: the audience that it has at LINE. */
  readonly audience?: { readonly own: OwnAudience | null; readonly Fields: typeof OwnAudienceFields };
  /** Of one audience of many: the job that has its source, its identifiers and its schedule. */
  readonly part?: JobView['part_of'];
  /** The way to a further source. */
  readonly addSource?: ReactNode;
  readonly submitLabel: string;
  /** What the button does, beside it. */
  readonly submitHint?: string;
  /** The form begins anew, without the draft of before. */
  readonly onStartAgain: () => void;
  /** Of a job that is not saved yet, for its test run. */
  readonly input?: NewJob;
  /** The values have the form that the API wants. */
  readonly onSubmit: () => void;
}

export function ExportFormFields(props: ExportFormProps) {
  const { form, authorizationId, audience, submitLabel } = props;
  const { values } = form;
  const { t } = useTranslation();
  const { may } = useMe();
  const { part } = props;
  const mayPreview = may('sources.preview') && !part;
  const id = useId();
  const element = useRef<HTMLFormElement>(null);
  /** What is sent next is a test run. */
  const wantsTest = useRef(false);
  const [asking, setAsking] = useState(false);
  const source = useSourceFields(form);
  // The same object until it asks for something else, so that other fields leave the panel beside the form alone.
  const asked = JSON.stringify(previewOf(values, props.type, props.jobId));
  const request = useMemo((): PreviewRequest | null => JSON.parse(asked), [asked]);
  // What the panel has found.
  const preview = useQuery({ ...previewQuery(request), enabled: false });
  const test = useTestRun(request, props.input);
  const lists = useQuery({ ...suppressionListsQuery, enabled: may('suppression_lists.read') });
  const beside = useLater(panel, mayPreview);
  const sizes = useLater(laterSizes);
  const folded = useLater(laterFolded);
  const split = useLater(laterSplit);
  const isEmpty = mayPreview && preview.data !== undefined && isEmptyPreview(preview.data);
  const hasSeveral = (preview.data?.siblings ?? []).length > 0;
  const none = t(hasSeveral ? 'preview.none.several' : 'preview.none');
  const own = audience?.own ?? null;
  const audienceId = filledAudience(values, own);
  const size = { authorizationId, values, audienceId, type: props.type, jobId: props.jobId };
  const destination = useDestinationOfJob(props.type);
  const byAge = destination?.leaving.by === 'age';
  const replaces = destination?.modes.includes('replace') ?? true;
  const days = useLater(laterDays, byAge);
  const safety = { lists, byAge, shrinks: byAge || replaces };

  return (
    <div>
      <div className="split" data-several={values.configuration.siblings.length > 0 || undefined}>
        <form
          id={id}
          ref={element}
          noValidate
          onSubmit={(event) => {
            const isTest = wantsTest.current;
            wantsTest.current = false;
            form.onSubmit(() => (isTest ? test.run() : isEmpty ? setAsking(true) : props.onSubmit()))(event);
          }}
        >
          {form.isDraft && (
            <Group gap="xs" mb="sm" role="status">
              <Text fz="sm">{t('draft.back')}</Text>
              <Button
                size="compact-sm"
                variant="default"
                onClick={() => {
                  form.forgetDraft();
                  props.onStartAgain();
                }}
              >
                {t('draft.again')}
              </Button>
            </Group>
          )}
          <div className="card form-sections">
            <FormSection
              name="audience"
              form={form}
              isOpenAtFirst
              holds={folded && <folded.AudienceHolds values={values} />}
            >
              <div className="form-row">
                <TextInput label={t('form.name')} {...form.field('name')} />
                <Textarea
                  label={t('form.description')}
                  placeholder={t('form.optional')}
                  autosize
                  minRows={1}
                  {...form.field('description')}
                />
              </div>
              {part ? (
                split && <split.WholeJob part={part} />
              ) : (
                <SourceFields form={form} source={source} addSource={props.addSource} />
              )}
            </FormSection>
            <FormSection
              name="line"
              form={form}
              isOpenAtFirst
              holds={folded && <folded.LineHolds values={values} own={own} />}
            >
              <LineFields form={form} audience={audience} size={size} sizes={sizes} />
              {!part && <IdentifierFields form={form} authorizationId={authorizationId} source={source} />}
              {sizes && replaces && <sizes.SizeChange {...size} />}
              {days && (
                <days.MemberDays
                  form={form}
                  most={destination?.leaving.days?.[1] ?? MAX_MEMBER_DAYS}
                  jobId={props.jobId}
                  found={preview.data}
                />
              )}
              {!part && <Siblings form={form} authorizationId={authorizationId} source={source} own={own} />}
              {(!props.jobId || values.configuration.split.isOn) && (
                <Split form={form} source={source} isSaved={props.jobId !== undefined} found={preview.data} />
              )}
            </FormSection>
            {!part && (
              <FormSection name="schedule" form={form} holds={folded && <folded.ScheduleHolds values={values} />}>
                {folded && <folded.ScheduleFields form={form} jobId={props.jobId} />}
              </FormSection>
            )}
            <FormSection
              name="safety"
              form={form}
              isOpenAtFirst={hasOwnSafety(values)}
              holds={folded && <folded.SafetyHolds {...safety} values={values} lists={lists.data ?? []} />}
              // The server may refuse lists for all jobs, too, while their field is not in the page.
              path="configuration.suppression_lists"
            >
              <Safety {...safety} form={form} source={source} />
            </FormSection>
          </div>
          {values.authorization_id === '' && (
            <Text
              fz="sm"
              mt="md"
              c="var(--mantine-color-error)"
              role="alert"
              data-path="authorization_id"
              hidden={!form.errors.authorization_id}
            >
              {form.errors.authorization_id}
            </Text>
          )}
          {form.failure && <Failure error={form.failure} />}
        </form>
        {beside && (
          <beside.PreviewPanel
            request={request}
            isQuery={source.isQuery}
            isTesting={test.isPending}
            tested={test.result}
            testError={test.error}
            minMembers={destination?.min_members ?? 1}
          />
        )}
      </div>
      <FormBar
        form={id}
        label={submitLabel}
        hint={props.submitHint}
        isSaving={form.isSaving}
        warning={isEmpty ? none : undefined}
        summary={!values.configuration.split.isOn && sizes && <sizes.ResultLine {...size} />}
        isTesting={test.isPending}
        onTest={
          mayPreview
            ? () => {
                wantsTest.current = true;
                element.current?.requestSubmit();
              }
            : undefined
        }
      />
      <Confirm
        opened={asking}
        onClose={() => setAsking(false)}
        title={none}
        action={submitLabel}
        onConfirm={async () => props.onSubmit()}
      >
        {t(hasSeveral ? 'export.empty.several' : 'export.empty.detail')}
      </Confirm>
    </div>
  );
}

function Siblings(props: SiblingFieldsProps) {
  const { t } = useTranslation();
  const fields = useLater(laterSiblings);
  const shares = (useDestinationOf(props.authorizationId)?.sharing ?? []).length > 0;
  return (
    <OptionSection
      title={t('form.siblings')}
      hint={t(shares ? 'form.siblings.hint.shares' : 'form.siblings.hint')}
      path="configuration.siblings"
      error={props.form.errors['configuration.siblings']}
    >
      {fields && <fields.SiblingFields {...props} />}
    </OptionSection>
  );
}

function Split(props: SplitFieldsProps) {
  const { t } = useTranslation();
  const fields = useLater(laterSplit);
  return (
    <OptionSection
      title={t('form.split')}
      hint={t('form.split.hint')}
      path="configuration.split"
      error={props.form.errors['configuration.split']}
    >
      {fields && <fields.SplitFields {...props} />}
    </OptionSection>
  );
}

function Safety(props: SafetyFieldsProps) {
  const fields = useLater(laterSafety);
  return fields && <fields.SafetyFields {...props} />;
}
