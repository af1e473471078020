/** A signed webhook, which a job waits for: nothing to choose. Its secret is made when the job is there. */
import { Text } from '@mantine/core';
import { useTranslation } from '../../../i18n/provider.tsx';

export function Fields() {
  const { t } = useTranslation();
  return (
    <Text fz="sm" c="dimmed">
      {t('form.trigger.webhook.hint')}
    </Text>
  );
}
