/** Which change a job waits for: of a column, of the value of a query, or of the table. */
import { Textarea } from '@mantine/core';
import { Select } from '../../../components/select.tsx';
import { useTranslation } from '../../../i18n/provider.tsx';
import { useReadSource, useTraitsOf } from '../../../sources/read-source.ts';
import type { KindFieldsProps } from './kind.ts';

export function Fields({ form, change }: KindFieldsProps) {
  const { t } = useTranslation();
  const { trigger, segment_id, file_options } = form.values.configuration;
  const { source_authorization_id } = form.values;
  const source = useReadSource({ source_authorization_id, segment_id, file_options });
  const watches = useTraitsOf()(source_authorization_id)?.watches;
  const ways = (['column', 'query', 'metadata'] as const).filter(
    (way) => way === trigger.change || !watches || watches.includes(way),
  );
  const names = source.fields.filter(({ list }) => !list).map(({ name }) => name);
  const missing = form.errors['configuration.trigger'];
  const column = form.getInputProps('configuration.trigger.column');
  const query = form.getInputProps('configuration.trigger.query');
  return (
    <>
      <Select
        label={t('form.trigger.change')}
        required
        allowDeselect={false}
        data={ways.map((value) => ({ value, label: t(`form.trigger.change.${value}`) }))}
        value={trigger.change}
        onChange={(chosen) => change({ change: chosen ?? trigger.change })}
        {...(trigger.change === 'metadata' && { 'data-path': 'configuration.trigger', error: missing })}
      />
      {trigger.change === 'column' && (
        <Select
          label={t('form.trigger.column')}
          description={t('form.trigger.column.hint')}
          inputWrapperOrder={['label', 'input', 'description', 'error']}
          required
          searchable
          allowDeselect={false}
          data={trigger.column === '' || names.includes(trigger.column) ? names : [trigger.column, ...names]}
          {...column}
          data-path="configuration.trigger"
          error={missing ?? column.error}
          value={trigger.column || null}
          onChange={(chosen) => change({ column: chosen ?? '' })}
        />
      )}
      {trigger.change === 'query' && (
        <Textarea
          label={t('form.trigger.query')}
          description={t('form.trigger.query.hint')}
          inputWrapperOrder={['label', 'input', 'description', 'error']}
          required
          autosize
          minRows={2}
          maxRows={10}
          spellCheck={false}
          autoComplete="off"
          styles={{ input: { fontFamily: 'var(--mantine-font-family-monospace)', fontSize: 13 } }}
          {...query}
          data-path="configuration.trigger"
          error={missing ?? query.error}
          value={trigger.query}
          onChange={(event) => change({ query: event.currentTarget.value })}
        />
      )}
    </>
  );
}
