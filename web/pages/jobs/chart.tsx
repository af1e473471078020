/** What each run sent and skipped, and LINE's estimate after it. The same numbers are in the table below it. */
import { Group, Text } from '@mantine/core';
import { useElementSize } from '@mantine/hooks';
import type { RunSummary } from '../../../src/contracts/runs.ts';
import { useSpeech } from '../../i18n/provider.tsx';
import { sentBy, skippedOf } from './counts.ts';

const HEIGHT = 180;
const LEFT = 8;
const BOTTOM = 22;

/** @param runs newest first, as the API gives them */
export function RunChart({ runs }: { runs: readonly RunSummary[] }) {
  const { t, format, language } = useSpeech();
  const { ref, width } = useElementSize();
  const shown = runs.filter((run) => run.unique !== null).toReversed();
  if (shown.length === 0) return null;
  const sizes = shown.map((run) =>
    /^\d+$/.test(run.matching_size ?? '') ? Number(run.matching_size) : null,
  );
  const most = Math.max(
    1,
    ...shown.map((run) => sentBy(run) + skippedOf(run)),
    ...sizes.map((size) => size ?? 0),
  );
  const step = (width - LEFT * 2) / Math.max(shown.length, 6);
  const bar = Math.min(34, step * 0.62);
  const height = (value: number) => (value / most) * (HEIGHT - BOTTOM - 12);
  const base = HEIGHT - BOTTOM;
  const middle = (index: number) => LEFT + step * (index + 0.5);
  const line = sizes.flatMap((size, index) =>
    size === null ? [] : [`${middle(index)},${base - height(size)}`],
  );
  return (
    <div className="card" style={{ padding: 20 }}>
      <div ref={ref} />
      <Group gap="lg" mb="xs">
        <Legend colour="var(--lineup-bar-1)">{t('chart.sent')}</Legend>
        <Legend colour="var(--lineup-bar-2)">{t('chart.skipped')}</Legend>
        {line.length > 0 && <Legend colour="var(--lineup-line)">{t('chart.estimate')}</Legend>}
      </Group>
      <svg width="100%" height={HEIGHT} role="img" aria-label={t('chart.label')}>
        <line x1={0} x2={width} y1={base} y2={base} stroke="var(--lineup-border)" />
        {shown.map((run, index) => {
          const sent = height(sentBy(run));
          const skipped = height(skippedOf(run));
          const x = middle(index) - bar / 2;
          const begun = run.started_at ?? run.queued_at;
          return (
            <g key={run.id}>
              <title>
                {`${format.dateTime(begun)}: ${t('chart.sent')} ${format.number(sentBy(run))}, ${t('chart.skipped')} ${format.number(skippedOf(run))}`}
              </title>
              <rect x={x} y={base - sent} width={bar} height={sent} rx={3} fill="var(--lineup-bar-1)" />
              <rect
                x={x}
                y={base - sent - skipped}
                width={bar}
                height={Math.max(0, skipped - 1)}
                rx={3}
                fill="var(--lineup-bar-2)"
              />
              {(shown.length <= 10 || index % Math.ceil(shown.length / 10) === 0) && (
                <text
                  x={middle(index)}
                  y={HEIGHT - 6}
                  textAnchor="middle"
                  fontSize={11}
                  fill="var(--mantine-color-dimmed)"
                >
                  {new Intl.DateTimeFormat(language, { month: 'numeric', day: 'numeric' }).format(
                    new Date(begun),
                  )}
                </text>
              )}
            </g>
          );
        })}
        {line.length > 1 && (
          <polyline points={line.join(' ')} fill="none" stroke="var(--lineup-line)" strokeWidth={2} />
        )}
        {line.map((point) => {
          const [x, y] = point.split(',');
          return (
            <circle
              key={point}
              cx={x}
              cy={y}
              r={4}
              fill="var(--lineup-line)"
              stroke="var(--lineup-surface)"
              strokeWidth={1.5}
            />
          );
        })}
      </svg>
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
