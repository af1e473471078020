/** The bar that stays in view below the form: what the export would do now, and its buttons. */
import { Button, Text } from '@mantine/core';
import type { ReactNode } from 'react';
import { useTranslation } from '../../i18n/provider.tsx';

interface BarProps {
  /** The id of the form that the button sends. */
  readonly form: string;
  readonly label: string;
  /** What happens then. */
  readonly hint: string | undefined;
  readonly isSaving: boolean;
  /** The preview has read everything, and nothing would be sent. */
  readonly warning: string | undefined;
  /** What is known of the result. */
  readonly summary: ReactNode;
  /** Undefined for people who may not look at members. */
  readonly onTest: (() => void) | undefined;
  readonly isTesting: boolean;
}

export function FormBar({ form, label, hint, isSaving, warning, summary, onTest, isTesting }: BarProps) {
  const { t } = useTranslation();
  return (
    <section className="form-bar card" aria-label={t('form.bar')}>
      <div className="form-bar-text">
        {warning ? (
          <Text fz="sm" fw={600} role="alert">
            {warning}
          </Text>
        ) : (
          summary
        )}
        <Text id="complete-hint" fz="xs" c="dimmed">
          {hint}
        </Text>
      </div>
      <div className="form-bar-buttons">
        {onTest && (
          <Button variant="default" size="md" loading={isTesting} onClick={onTest}>
            {t('export.test')}
          </Button>
        )}
        <Button type="submit" form={form} size="md" loading={isSaving} aria-describedby={hint && 'complete-hint'}>
          {label}
        </Button>
      </div>
    </section>
  );
}
