/** Which new objects a job waits for: those of its source, or of another address. */
import { TextInput } from '@mantine/core';
import { useTranslation } from '../../../i18n/provider.tsx';
import type { KindFieldsProps } from './kind.ts';

export function Fields({ form, change }: KindFieldsProps) {
  const { t } = useTranslation();
  const { trigger, segment_id } = form.values.configuration;
  const { error, ...props } = form.getInputProps('configuration.trigger.address');
  return (
    <TextInput
      label={t('form.trigger.address')}
      description={t('form.trigger.address.hint')}
      inputWrapperOrder={['label', 'input', 'description', 'error']}
      placeholder={segment_id}
      {...props}
      data-path="configuration.trigger"
      error={form.errors['configuration.trigger'] ?? error}
      value={trigger.address}
      onChange={(event) => change({ address: event.currentTarget.value })}
    />
  );
}
