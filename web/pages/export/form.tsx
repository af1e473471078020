/**
 * The form of an export. The labels, their order and when they are shown are those of the LINE Ads export of Lytics: a
 * person who knows one finds everything in the other.
 */
import { Stack, Text, Textarea, TextInput } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { type ReactNode, useMemo, useState } from 'react';
import type { PreviewRequest } from '../../../src/contracts/sources.ts';
import { previewQuery } from '../../api/sources.ts';
import { Confirm } from '../../components/confirm.tsx';
import { PercentField } from '../../components/number-field.tsx';
import { Failure } from '../../components/states.tsx';
import { useTranslation } from '../../i18n/provider.tsx';
import { later, useLater } from '../../lib/later.ts';
import { useMe } from '../../lib/me.ts';
import { CompleteButton } from './complete.tsx';
import { IdentifierFields } from './identifier-fields.tsx';
import { LineFields } from './line-fields.tsx';
import { filledAudience, type OwnAudience } from './own-audience.ts';
import type { OwnAudienceFields } from './own-audience-fields.tsx';
import { isEmptyPreview, previewOf } from './request.ts';
import { ScheduleFields } from './schedule-fields.tsx';
import { SourceFields } from './source-fields.tsx';
import type { ExportForm } from './use-export-form.ts';
import { useSourceFields } from './use-source-fields.ts';

// Nothing is there to preview before something is chosen.
const panel = later(() => import('./preview.tsx'));
/** Only an audience that exists has a size. */
const laterSizes = later(() => import('./size-change.tsx'));
const laterOptions = later(() => import('./more-options.tsx'));

interface ExportFormProps {
  readonly form: ExportForm;
  readonly authorizationId: string;
  /** Of a saved job: the audience that it has at LINE. */
  readonly audience?: { readonly own: OwnAudience | null; readonly Fields: typeof OwnAudienceFields };
  /** The way to a further source. */
  readonly addSource?: ReactNode;
  readonly submitLabel: string;
  /** What the button does, under it. */
  readonly submitHint?: string;
  /** The values have the form that the API wants. */
  readonly onSubmit: () => void;
}

export function ExportFormFields(props: ExportFormProps) {
  const { form, authorizationId, audience, submitLabel } = props;
  const { values } = form;
  const { t } = useTranslation();
  const mayPreview = useMe().may('sources.preview');
  const [asking, setAsking] = useState(false);
  const source = useSourceFields(form);
  // The same object until it asks for something else, so that other fields leave the panel beside the form alone.
  const asked = JSON.stringify(previewOf(values));
  const request = useMemo((): PreviewRequest | null => JSON.parse(asked), [asked]);
  // What the panel has found.
  const preview = useQuery({ ...previewQuery(request), enabled: false });
  const beside = useLater(panel, mayPreview);
  const sizes = useLater(laterSizes);
  const options = useLater(laterOptions);
  const isEmpty = mayPreview && preview.data !== undefined && isEmptyPreview(preview.data);
  const hasSeveral = (preview.data?.siblings ?? []).length > 0;
  const none = t(hasSeveral ? 'preview.none.several' : 'preview.none');
  const audienceId = filledAudience(values, audience?.own ?? null);
  const size = { authorizationId, values, audienceId };

  return (
    <div className="split" data-several={values.configuration.siblings.length > 0 || undefined}>
      <form noValidate onSubmit={form.onSubmit(() => (isEmpty ? setAsking(true) : props.onSubmit()))}>
        <Stack className="card" p={{ base: 'md', sm: 'xl' }} gap="md">
          <TextInput label={t('form.name')} {...form.field('name')} />
          <Textarea
            label={t('form.description')}
            description={t('form.optional')}
            autosize
            minRows={2}
            {...form.field('description')}
          />
          <SourceFields form={form} source={source} addSource={props.addSource} />
          <LineFields form={form} audience={audience} size={size} sizes={sizes} />
          <IdentifierFields form={form} source={source} />
          <ScheduleFields form={form} />
          <PercentField
            label={t('form.max_shrink')}
            description={t('form.max_shrink.hint')}
            min={0}
            max={100}
            {...form.getInputProps('configuration.max_shrink')}
            value={values.configuration.max_shrink}
          />
          {sizes && <sizes.SizeChange {...size} />}
          {options && (
            <options.MoreOptions
              form={form}
              authorizationId={authorizationId}
              source={source}
              own={audience?.own ?? null}
            />
          )}
          {values.authorization_id === '' && (
            <Text
              fz="sm"
              c="var(--mantine-color-error)"
              role="alert"
              data-path="authorization_id"
              hidden={!form.errors.authorization_id}
            >
              {form.errors.authorization_id}
            </Text>
          )}
          {form.failure && <Failure error={form.failure} />}
          <CompleteButton
            label={submitLabel}
            hint={props.submitHint}
            isSaving={form.isSaving}
            warning={isEmpty ? none : undefined}
          />
        </Stack>
      </form>
      <Confirm
        opened={asking}
        onClose={() => setAsking(false)}
        title={none}
        action={submitLabel}
        onConfirm={async () => props.onSubmit()}
      >
        {t(hasSeveral ? 'export.empty.several' : 'export.empty.detail')}
      </Confirm>
      {beside && <beside.PreviewPanel request={request} isQuery={source.isQuery} />}
    </div>
  );
}
