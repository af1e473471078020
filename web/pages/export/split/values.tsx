/** In the preview: the values of the column that names the audiences, and how many rows each has. */
import { Stack, Text } from '@mantine/core';
import type { Preview } from '../../../../src/contracts/sources.ts';
import { WarningNote } from '../../../components/warning-line.tsx';
import { useTranslation } from '../../../i18n/provider.tsx';

/** Further values are only counted. */
const SHOWN = 12;

export function SplitValues({ split }: { split: NonNullable<Preview['split']> }) {
  const { t, format } = useTranslation();
  const { values, total, rows, rows_without: without, problems } = split;
  const others = total - Math.min(SHOWN, values.length);
  return (
    <Stack component="section" gap="sm" aria-label={t('split.values')}>
      <div role="status">
        <Text component="h3" fz="sm" fw={650} m={0}>
          {t('split.values.count', { count: total, rows })}
        </Text>
      </div>
      {problems.map((problem) => (
        <WarningNote key={problem.message} text={problem} />
      ))}
      <dl className="tally">
        {values.slice(0, SHOWN).map(({ value, rows: own }) => (
          <div key={value}>
            <dt style={{ overflowWrap: 'anywhere' }}>{value}</dt>
            <dd className="numbers">{format.number(own)}</dd>
          </div>
        ))}
        {others > 0 && (
          <div>
            <dt>{t('split.values.more', { count: others })}</dt>
          </div>
        )}
        {without > 0 && (
          <div>
            <dt>{t('split.values.none')}</dt>
            <dd className="numbers">{format.number(without)}</dd>
          </div>
        )}
      </dl>
    </Stack>
  );
}
