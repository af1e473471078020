/** The counts of a run: every value has an outcome. */
import { SimpleGrid, Text } from '@mantine/core';
import type { RunDocument } from '../../../src/domain/runs/run.ts';
import { RunTurnover } from '../../components/run-turnover.tsx';
import { useTranslation } from '../../i18n/provider.tsx';

type Counts = NonNullable<RunDocument['counts']>;

interface Report extends Pick<RunDocument, 'invalidRows' | 'suppression' | 'turnover'> {
  readonly counts: Counts;
}

export function Outcome({ report }: { report: Report }) {
  const { t, tIfKnown, format } = useTranslation();
  const { counts, invalidRows } = report;
  const invalid = Object.values(counts.invalid).reduce((sum, count) => sum + count, 0);
  const leftOut = (counts.suppressed ?? 0) + (counts.held_out ?? 0);
  const lists = (report.suppression ?? []).filter(({ suppressed }) => suppressed > 0);
  const lines: readonly { name: string; label: string; count: number; rows?: readonly number[] }[] = [
    { name: 'missing', label: t('count.missing'), count: counts.missing },
    ...Object.entries(counts.invalid).map(([reason, count]) => ({
      name: reason,
      label: tIfKnown(`reason.${reason}`, reason),
      count,
      rows: invalidRows[reason],
    })),
    { name: 'suppressed', label: t('count.suppressed'), count: counts.suppressed ?? 0 },
    { name: 'held_out', label: t('count.held_out'), count: counts.held_out ?? 0 },
    { name: 'duplicates', label: t('count.duplicates'), count: counts.duplicates },
    { name: 'prehashed', label: t('count.prehashed'), count: counts.prehashed },
    { name: 'raw', label: t('count.raw'), count: counts.raw },
  ].filter(({ count }) => count > 0);
  return (
    <div className="card" style={{ padding: 24 }}>
      <SimpleGrid cols={{ base: 2, sm: 4 }} spacing="lg">
        <Figure label={t('count.rows')} value={format.number(counts.rows)} />
        <Figure label={t('count.unique')} value={format.number(counts.unique)} />
        <Figure
          label={t('chart.skipped')}
          value={format.number(counts.missing + invalid + leftOut + counts.duplicates)}
        />
        <Figure label={t('count.uploaded')} value={format.number(counts.uploaded)} />
      </SimpleGrid>
      {report.turnover && <RunTurnover turnover={report.turnover} total={counts.unique} />}
      {lines.length > 0 && (
        <dl className="tally" style={{ marginTop: 20, paddingTop: 16, borderTop: '1px solid var(--lineup-border)' }}>
          {lines.map(({ name, label, count, rows }) => (
            <div key={name}>
              <dt>{label}</dt>
              <dd className="numbers">{format.number(count)}</dd>
              {name === 'suppressed' &&
                lists.map((list) => (
                  <dd key={list.id} className="note">
                    {t('count.suppressedBy', { list: list.name, count: list.suppressed })}
                  </dd>
                ))}
              {rows && rows.length > 0 && (
                <dd className="note">
                  {t('count.rowNumbers', { rows: rows.map(format.number).join(t('list.comma')) })}
                </dd>
              )}
            </div>
          ))}
        </dl>
      )}
    </div>
  );
}

function Figure({ label, value }: { label: string; value: string }) {
  return (
    <div>
      <Text fz="xs" c="dimmed">
        {label}
      </Text>
      <Text fz={24} fw={660} style={{ fontVariantNumeric: 'tabular-nums' }}>
        {value}
      </Text>
    </div>
  );
}
