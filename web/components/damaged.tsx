/**
 * Marks what this version of Lineup cannot read whole, because a newer version has stored it or because it is damaged.
 */
import { Text } from '@mantine/core';
import { useTranslation } from '../i18n/provider.tsx';
import { Note } from './note.tsx';
import { Status } from './status.tsx';

const partsOf = (row: unknown): readonly string[] => (row as { damaged?: readonly string[] }).damaged ?? [];

/** For a row of a list. */
export function DamagedMark({ row }: { row: unknown }) {
  const { t } = useTranslation();
  const parts = partsOf(row);
  if (parts.length === 0) return null;
  return (
    <div title={t('damaged.parts', { parts: parts.join(t('list.comma')) })}>
      <Status tone="bad">{t('damaged')}</Status>
    </div>
  );
}

/** For the page of one thing. */
export function DamagedNote({ row }: { row: unknown }) {
  const { t } = useTranslation();
  const parts = partsOf(row);
  if (parts.length === 0) return null;
  return (
    <Note tone="bad" title={t('damaged')}>
      <Text fz="sm">{t('damaged.parts', { parts: parts.join(t('list.comma')) })}</Text>
      <Text fz="sm" c="dimmed" mt={4}>
        {t('damaged.todo')}
      </Text>
    </Note>
  );
}
