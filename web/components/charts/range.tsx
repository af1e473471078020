/** How many days the charts of a page show. */
import { Button } from '@mantine/core';
import { type HistoryDays, historyDays } from '../../../src/domain/jobs/history.ts';
import { useTranslation } from '../../i18n/provider.tsx';

/** The range in the address, as in the list of runs: "7d". @default 30 days */
export const daysIn = (time: string | undefined): HistoryDays =>
  historyDays.find((days) => inAddress(days) === time) ?? '30';

export const inAddress = (days: HistoryDays): string => `${days}d`;

export function ChartRange({ days, onChange }: { days: HistoryDays; onChange: (days: HistoryDays) => void }) {
  const { t } = useTranslation();
  return (
    <Button.Group aria-label={t('chart.range')}>
      {historyDays.map((choice) => (
        <Button
          key={choice}
          size="compact-sm"
          variant={choice === days ? 'light' : 'default'}
          aria-pressed={choice === days}
          onClick={() => onChange(choice)}
        >
          {t('chart.days', { days: Number(choice) })}
        </Button>
      ))}
    </Button.Group>
  );
}
