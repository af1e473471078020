/** How a file is read: what it told, and, unfolded, what a person chooses in its place. */
import { Text } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from '../i18n/provider.tsx';
import { later, useLater } from '../lib/later.ts';
import type { FileFormatProps } from './file-format-choices.tsx';
import { useReadingText } from './file-text.ts';

const laterChoices = later(() => import('./file-format-choices.tsx'));

export function FileFormat(props: FileFormatProps) {
  const { t } = useTranslation();
  const inWords = useReadingText();
  const { reading, option } = props;
  const [isUnfolded, setUnfolded] = useState(false);
  const isWrong = (['encoding', 'delimiter', 'header'] as const).some((name) => option(name).error !== undefined);
  const isOpen = isUnfolded || isWrong;
  const choices = useLater(laterChoices);
  // Other formats leave nothing to choose.
  const hasChoice = !reading || ['csv', 'tsv', 'lines', 'ndjson', 'xlsx'].includes(reading.format);
  if (!hasChoice) return null;
  return (
    <details className="fold" open={isOpen} onToggle={(event) => setUnfolded(event.currentTarget.open)}>
      <summary>
        {t('form.file_format')}
        {reading && (
          <Text span fz="sm" fw={400} c="dimmed">
            {' · '}
            {inWords(reading)}
          </Text>
        )}
      </summary>
      {choices && <choices.FileFormatChoices {...props} isOpen={isOpen} />}
    </details>
  );
}
