/** The size of a list for each identifier type, at its last read. */
import type { SuppressionList } from '../../../src/contracts/suppression-lists.ts';
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
