/** The size of a list for each identifier type, at its last read, and how it has shrunk since. */
import { Text } from '@mantine/core';
import type { SuppressionList } from '../../../src/domain/audiences/suppression-lists.ts';
import { useTranslation } from '../../i18n/provider.tsx';

type Read = Pick<SuppressionList, 'reads'>;

/** Undefined until a run has read it. */
export const lastRead = ({ reads }: Read): string | undefined =>
  reads
    .map(({ read_at }) => read_at)
    .sort()
    .at(-1);

export function Sizes({ list: { reads } }: { list: Read }) {
  const { t, format } = useTranslation();
  if (reads.length === 0) return '–';
  return reads.map(({ identifier_type, size }) => (
    <div key={identifier_type}>
      {reads.length > 1 && `${t(`identifier.${identifier_type}`)}${t('list.colon')}`}
      {format.number(size)}
    </div>
  ));
}

type Refused = Pick<SuppressionList, 'refusals'>;

/** What nobody has accepted. */
export const openRefusals = ({ refusals }: Refused) => refusals.filter(({ accepted }) => !accepted);

/** How the list has shrunk, or keeps out fewer members of a job. */
export function Refusals({ list }: { list: Refused }) {
  const { t, format } = useTranslation();
  return openRefusals(list).map(({ identifier_type, job_id, job_name, before, after }) => (
    <div key={`${identifier_type} ${job_id}`}>
      <Text fz="sm" c="dimmed">
        {t(`identifier.${identifier_type}`)}
        {job_id !== null && `${t('list.colon')}${job_name ?? job_id}${t('list.comma')}${t('suppression.keptOut')}`}
      </Text>
      <Text fz="xl" fw={660} className="digits" mb="xs">
        {format.number(before)} → {format.number(after)}
        {before > 0 && (
          <Text span fz="md">
            {' '}
            ({format.change((after - before) / before)})
          </Text>
        )}
      </Text>
    </div>
  ));
}
