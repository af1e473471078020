/** The alert rules in the export form, folded. */
import { Text } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from '../../i18n/provider.tsx';
import { AlertFields } from './alert-fields.tsx';
import type { ExportForm } from './use-export-form.ts';

const PREFIX = 'configuration.alerts.';

export function AlertSection({ form }: { form: ExportForm }) {
  const { t } = useTranslation();
  const [isUnfolded, setUnfolded] = useState(false);
  const isWrong = Object.keys(form.errors).some((path) => path.startsWith(PREFIX));
  const isOpen = isUnfolded || isWrong;
  return (
    <details className="fold" open={isOpen} onToggle={(event) => setUnfolded(event.currentTarget.open)}>
      <summary>{t('alerts.rules')}</summary>
      <Text fz="sm" c="dimmed" mt={4}>
        {t('alerts.rules.hint')}
      </Text>
      {isOpen && (
        <AlertFields
          value={form.values.configuration.alerts}
          onChange={(alerts) => form.change({ configuration: { alerts } })}
          prefix={PREFIX}
          errors={form.errors}
          onVisit={form.visit}
          hasDefaults
        />
      )}
    </details>
  );
}
