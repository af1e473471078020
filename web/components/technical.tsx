/** What an engineer needs to know of a failure, folded. */
import { Code } from '@mantine/core';
import { useTranslation } from '../i18n/provider.tsx';

export function Technical({ text }: { text: string | undefined }) {
  const { t } = useTranslation();
  return (
    text && (
      <details className="fold">
        <summary>{t('error.technical')}</summary>
        <Code block>{text}</Code>
      </details>
    )
  );
}
