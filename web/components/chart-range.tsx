/** How many days the charts of a page show. The address has them. */
import { Button } from '@mantine/core';
import { useNavigate } from '@tanstack/react-router';
import { type HistoryDays, historyDays } from '../../src/domain/jobs/history.ts';
import { useTranslation } from '../i18n/provider.tsx';
import { inAddress } from '../lib/chart-days.ts';

interface ChartRangeProps {
  readonly days: HistoryDays;
  readonly from: '/' | '/jobs/$id';
}

export function ChartRange({ days, from }: ChartRangeProps) {
  const { t } = useTranslation();
  const navigate = useNavigate({ from });
  return (
    <Button.Group aria-label={t('chart.range')}>
      {historyDays.map((choice) => (
        <Button
          key={choice}
          size="compact-sm"
          variant={choice === days ? 'light' : 'default'}
          aria-pressed={choice === days}
          onClick={() =>
            navigate({ search: (now) => ({ ...now, time: inAddress(choice) }), replace: true, resetScroll: false })
          }
        >
          {t('chart.days', { days: Number(choice) })}
        </Button>
      ))}
    </Button.Group>
  );
}
