/** One section of the export form: it folds, and says what it holds while it is folded. */
import { Stack, Text } from '@mantine/core';
import { type ReactNode, useState } from 'react';
import { useTranslation } from '../../i18n/provider.tsx';
import { hasError, type SectionName } from './sections.ts';
import type { ExportForm } from './use-export-form.ts';

interface FormSectionProps {
  readonly name: SectionName;
  readonly form: ExportForm;
  readonly isOpenAtFirst?: boolean;
  /** What it holds, in a few words. */
  readonly holds: ReactNode;
  /** Where an error belongs whose field is not in the page yet. */
  readonly path?: string;
  readonly children: ReactNode;
}

export function FormSection({ name, form, isOpenAtFirst = false, holds, path, children }: FormSectionProps) {
  const { t } = useTranslation();
  const [isUnfolded, setUnfolded] = useState(isOpenAtFirst);
  const isWrong = hasError(name, form.errors);
  const isOpen = isUnfolded || isWrong;
  // Fields that nobody has opened are not in the page: all would render again with each key. Once shown, they stay,
  // because an error of the server opens the section again.
  const [isShown, setShown] = useState(isOpen);
  if (isOpen && !isShown) setShown(true);
  return (
    <details
      className="form-section"
      data-path={path}
      open={isOpen}
      onToggle={(event) => setUnfolded(event.currentTarget.open)}
    >
      {/* biome-ignore lint/a11y/noStaticElementInteractions: a summary is a button. What is wrong stays in sight. */}
      <summary onClick={(event) => isWrong && event.preventDefault()}>
        <Text component="h2" fz={16} fw={650} m={0}>
          {t(`form.section.${name}`)}
        </Text>
        {!isOpen && (
          <Text span fz="sm" c="dimmed">
            {holds}
          </Text>
        )}
      </summary>
      {isShown && <Stack gap="md">{children}</Stack>}
    </details>
  );
}
