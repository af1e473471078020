/** What each run sent and skipped, and LINE's estimate after it. The same numbers are in the table below it. */
import { Group, Text } from '@mantine/core';
import type { RunSummary } from '../../../src/contracts/runs.ts';
import { useSpeech } from '../../i18n/provider.tsx';
import { sentBy, skippedOf } from './counts.ts';

/** A few runs do not fill the whole width. */
const FEWEST_COLUMNS = 8;
const MOST_DATES = 10;

const estimateOf = ({ matching_size }: RunSummary): number | null =>
  /^\d+$/.test(matching_size ?? '') ? Number(matching_size) : null;

/** @param runs newest first, as the API gives them */
export function RunChart({ runs }: { runs: readonly RunSummary[] }) {
  const { t, format, language } = useSpeech();
  const shown = runs.filter((run) => run.unique !== null).toReversed();
  if (shown.length === 0) return null;
  const columns = Math.max(shown.length, FEWEST_COLUMNS);
  const most = Math.max(1, ...shown.flatMap((run) => [sentBy(run) + skippedOf(run), estimateOf(run) ?? 0]));
  const percent = (value: number) => (value / most) * 100;
  const points = shown.flatMap((run, index) => {
    const estimate = estimateOf(run);
    return estimate === null ? [] : [{ x: ((index + 0.5) / columns) * 100, y: 100 - percent(estimate) }];
  });
  const day = new Intl.DateTimeFormat(language, { month: 'numeric', day: 'numeric' });
  const every = Math.ceil(shown.length / MOST_DATES);
  return (
    <div className="card" style={{ padding: 20 }}>
      <Group gap="4px 20px" mb="md">
        <Legend colour="var(--lineup-bar-1)">{t('chart.sent')}</Legend>
        <Legend colour="var(--lineup-bar-2)">{t('chart.skipped')}</Legend>
        {points.length > 0 && <Legend colour="var(--lineup-line)">{t('chart.estimate')}</Legend>}
      </Group>
      <div
        className="chart"
        role="img"
        aria-label={t('chart.label')}
        style={{ gridTemplateColumns: `repeat(${columns}, 1fr)` }}
      >
        {shown.map((run) => (
          <div
            key={run.id}
            className="bar"
            title={`${format.dateTime(run.started_at ?? run.queued_at)}: ${t('chart.sent')} ${format.number(sentBy(run))}, ${t('chart.skipped')} ${format.number(skippedOf(run))}`}
          >
            <span style={{ height: `${percent(skippedOf(run))}%`, background: 'var(--lineup-bar-2)' }} />
            <span style={{ height: `${percent(sentBy(run))}%`, background: 'var(--lineup-bar-1)' }} />
          </div>
        ))}
        <svg className="chart-line" viewBox="0 0 100 100" preserveAspectRatio="none" aria-hidden="true">
          <polyline
            points={points.map(({ x, y }) => `${x},${y}`).join(' ')}
            fill="none"
            stroke="var(--lineup-line)"
            strokeWidth={2}
            vectorEffect="non-scaling-stroke"
          />
        </svg>
        {points.map(({ x, y }) => (
          <i key={x} className="chart-point" style={{ left: `${x}%`, top: `${y}%` }} />
        ))}
      </div>
      <div
        className="chart-dates"
        aria-hidden="true"
        style={{ gridTemplateColumns: `repeat(${columns}, 1fr)` }}
      >
        {shown.map((run, index) => (
          <span key={run.id}>
            {index % every === 0 && day.format(new Date(run.started_at ?? run.queued_at))}
          </span>
        ))}
      </div>
    </div>
  );
}

function Legend({ colour, children }: { colour: string; children: string }) {
  return (
    <Group gap={6}>
      <span style={{ width: 10, height: 10, borderRadius: 3, background: colour }} />
      <Text fz="xs" c="dimmed">
        {children}
      </Text>
    </Group>
  );
}
