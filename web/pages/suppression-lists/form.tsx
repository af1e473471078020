/** The fields of a suppression list: its source, the field of each identifier type, and the jobs that it applies to. */
import { Box, Button, Group, Input, Radio, Stack, Text, Textarea, TextInput } from '@mantine/core';
import { useEffect } from 'react';
import type { IdentifierType } from '../../../src/domain/audiences/requests.ts';
import { useTakenTypes } from '../../api/providers.ts';
import { PercentField } from '../../components/number-field.tsx';
import { Failure } from '../../components/states.tsx';
import { WarningNote } from '../../components/warning-line.tsx';
import { useTranslation } from '../../i18n/provider.tsx';
import { IdentifierFieldSelect } from '../../sources/identifier-field.tsx';
import { type ReadSource, useReadSource } from '../../sources/read-source.ts';
import { SourceChoice } from '../../sources/source-choice.tsx';
import { suggestedField, suggestingOnly } from '../../sources/suggested-field.ts';
import type { ListForm } from './use-list-form.ts';
import { fieldsOf, noFields } from './values.ts';

const appliesTo = ['all_jobs', 'chosen_jobs'] as const;

interface ListFormProps {
  readonly form: ListForm;
  readonly submitLabel: string;
  /** The values have the form that the API wants. */
  readonly onSubmit: () => void;
}

export function ListFormFields({ form, submitLabel, onSubmit }: ListFormProps) {
  const { t } = useTranslation();
  const { values, change } = form;
  const source = useReadSource(values);
  const takenTypes = useTakenTypes();
  useSuggestions(form, source, takenTypes);
  const sampled = Object.values(fieldsOf(values.fields))[0];
  const another = { fields: noFields };
  return (
    <form noValidate onSubmit={form.onSubmit(onSubmit)}>
      <Stack className="card" p={{ base: 'md', sm: 'xl' }} gap="md" maw={640}>
        <TextInput label={t('list.name')} {...form.field('name')} />
        <Textarea
          label={t('form.description')}
          description={t('form.optional')}
          autosize
          minRows={2}
          {...form.field('description')}
        />
        <SourceChoice
          chosen={values}
          name={values.segment_name}
          source={source}
          inputs={{
            source: form.getInputProps('source_authorization_id'),
            audience: form.getInputProps('segment_id'),
            option: (name) => form.getInputProps(`file_options.${name}`),
          }}
          isScheduled
          sample={
            source.fields.some(({ name }) => name === sampled)
              ? {
                  source_authorization_id: values.source_authorization_id || null,
                  segment_id: values.segment_id,
                  file_options: values.file_options,
                  id_field: sampled ?? '',
                }
              : null
          }
          onSource={(source_authorization_id) =>
            change({
              source_authorization_id,
              segment_id: '',
              segment_name: '',
              file_options: {},
              ...another,
            })
          }
          onAudience={(segment_id, segment_name) => {
            change({ segment_id, segment_name, file_options: {}, ...another });
            form.visit('segment_id');
          }}
          onSheet={(segment_id) => change({ segment_id, ...another })}
          onOptions={(file_options) => change({ file_options, ...another })}
          onPolicy={() => change({})}
        />
        <Box component="fieldset" m={0} p={0} bd={0} miw={0} data-path="fields">
          <Box component="legend" p={0}>
            <Input.Label labelElement="div" required>
              {t('suppression.fields')}
            </Input.Label>
          </Box>
          <Text fz="xs" c="dimmed" lh="sm">
            {t('suppression.fields.hint')}
          </Text>
          <Stack gap="xs" mt="xs">
            {takenTypes.map((type) => (
              <IdentifierFieldSelect
                key={type}
                label={t(`identifier.${type}`)}
                isOptional
                fields={suggestingOnly(source.fields, takenTypes)}
                failure={source.failure}
                disabled={values.segment_id === ''}
                {...form.getInputProps(`fields.${type}`)}
                value={values.fields[type]}
                onChange={(name) => {
                  change({ fields: { ...values.fields, [type]: name } });
                  form.visit('fields');
                }}
              />
            ))}
          </Stack>
          {form.errors.fields && (
            <Text fz="sm" c="var(--mantine-color-error)" role="alert" mt={6}>
              {form.errors.fields}
            </Text>
          )}
        </Box>
        {source.notice && <WarningNote text={source.notice} />}
        <Radio.Group label={t('suppression.applies_to')} {...form.getInputProps('applies_to')}>
          <Stack gap={8} mt={6}>
            {appliesTo.map((value) => (
              <Radio
                key={value}
                value={value}
                label={t(`suppression.applies_to.${value}`)}
                description={t(`suppression.applies_to.${value}.hint`)}
              />
            ))}
          </Stack>
        </Radio.Group>
        <PercentField
          label={t('suppression.max_shrink')}
          description={t('suppression.max_shrink.hint')}
          min={0}
          max={100}
          {...form.getInputProps('max_shrink')}
          value={values.max_shrink}
        />
        {form.failure && <Failure error={form.failure} />}
        <Group>
          <Button type="submit" loading={form.isSaving}>
            {submitLabel}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}

/** Fills in the fields that suit, once a source without chosen fields was read. */
function useSuggestions({ values, change }: ListForm, { fields }: ReadSource, types: readonly IdentifierType[]): void {
  const suggested = Object.fromEntries(types.map((type) => [type, suggestedField(fields, type)]));
  const read = fields.map(({ name }) => name).join('\n');
  // biome-ignore lint/correctness/useExhaustiveDependencies: only after another source was read
  useEffect(() => {
    if (read === '' || Object.keys(fieldsOf(values.fields)).length > 0) return;
    change({ fields: { ...noFields, ...suggested } });
  }, [read, values.segment_id, types.length]);
}
