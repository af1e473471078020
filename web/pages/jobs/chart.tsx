/**
 * A chart of what each run sent and skipped, with LINE's estimate after it. The values can be read one by one, or as a
 * table.
 */
import { exactEstimate, matchRateOf } from '../../../src/domain/audiences/size.ts';
import '../../styles/chart.css';
import { Button, Group, Text } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import { type KeyboardEvent, useState } from 'react';
import type { RunSummary } from '../../../src/contracts/runs.ts';
import { sentBy, skippedOf } from '../../api/runs.ts';
import { DataTable } from '../../components/data-table.tsx';
import { useTranslation } from '../../i18n/provider.tsx';
import { formatLineSize } from '../../lib/audience-size.ts';

/** With few runs the bars keep their width, and the rest stays empty. */
const FEWEST_COLUMNS = 8;
const MAX_DATES = 6;

const estimateOf = ({ matching_size }: RunSummary): number | null => exactEstimate(matching_size);

const timeOf = (run: RunSummary): string => run.started_at ?? run.queued_at;

/** Three to six even steps from zero to above the most: 0, 50K, 100K, … */
function ticksFor(most: number): number[] {
  const rough = most / 4;
  const magnitude = 10 ** Math.floor(Math.log10(Math.max(rough, 1)));
  const step = magnitude * ([1, 2, 5].find((factor) => factor * magnitude >= rough) ?? 10);
  return Array.from({ length: Math.ceil(most / step) + 1 }, (_, n) => n * step);
}

/** @param runs newest first, as the API gives them */
export function RunChart({ runs }: { runs: readonly RunSummary[] }) {
  const { t } = useTranslation();
  const [asTable, setAsTable] = useState(false);
  const shown = runs.filter((run) => run.unique !== null).toReversed();
  if (shown.length === 0) return null;
  return (
    <div className="card" style={{ padding: 20 }}>
      <Group gap="4px 20px" mb="md" align="center">
        <Legend colour="var(--lineup-bar-1)">{t('chart.sent')}</Legend>
        <Legend colour="var(--lineup-bar-2)">{t('chart.skipped')}</Legend>
        {shown.some((run) => estimateOf(run) !== null) && (
          <Legend colour="var(--lineup-line)">{t('chart.estimate')}</Legend>
        )}
        <Button size="compact-xs" variant="default" ml="auto" onClick={() => setAsTable(!asTable)}>
          {t(asTable ? 'chart.asChart' : 'chart.asTable')}
        </Button>
      </Group>
      {asTable ? <ValueTable runs={shown} /> : <Bars runs={shown} />}
    </div>
  );
}

/** The Tab key stops here once. The arrow keys go from run to run. */
function Bars({ runs }: { runs: readonly RunSummary[] }) {
  const { t, format, language } = useTranslation();
  const [at, setAt] = useState(runs.length - 1);
  const [described, setDescribed] = useState<number | null>(null);
  const columns = Math.max(runs.length, FEWEST_COLUMNS);
  const most = Math.max(1, ...runs.flatMap((run) => [sentBy(run) + skippedOf(run), estimateOf(run) ?? 0]));
  const ticks = ticksFor(most);
  const top = ticks.at(-1) ?? most;
  const percent = (value: number) => (value / top) * 100;
  const middle = (index: number) => ((index + 0.5) / columns) * 100;
  const points = runs.flatMap((run, index) => {
    const estimate = estimateOf(run);
    return estimate === null ? [] : [{ x: middle(index), y: 100 - percent(estimate) }];
  });
  const day = new Intl.DateTimeFormat(language, { month: 'numeric', day: 'numeric' });
  const every = Math.ceil(columns / MAX_DATES);
  const valuesOf = (run: RunSummary): [string, string][] => [
    [t('chart.sent'), format.number(sentBy(run))],
    [t('chart.skipped'), format.number(skippedOf(run))],
    ...(estimateOf(run) === null
      ? []
      : [[t('chart.estimate'), format.number(estimateOf(run) ?? 0)] as [string, string]]),
  ];
  const labelOf = (run: RunSummary) =>
    [format.dateTime(timeOf(run)), ...valuesOf(run).map((pair) => pair.join(t('list.colon')))].join(t('list.comma'));
  const move = (event: KeyboardEvent<HTMLDivElement>) => {
    const steps: Record<string, number> = {
      ArrowLeft: at - 1,
      ArrowRight: at + 1,
      Home: 0,
      End: runs.length - 1,
    };
    const to = steps[event.key];
    if (to === undefined || !runs[to]) return;
    event.preventDefault();
    event.currentTarget.querySelectorAll('a')[to]?.focus();
  };
  const describedRun = described === null ? undefined : runs[described];
  return (
    <div className="chart-frame">
      <div className="chart-scale" aria-hidden="true">
        {ticks.map((tick) => (
          <span key={tick} style={{ bottom: `${percent(tick)}%` }}>
            {format.compact(tick)}
          </span>
        ))}
      </div>
      {/* biome-ignore lint/a11y/useSemanticElements: a group of links, of no form */}
      <div
        className="chart"
        role="group"
        aria-label={t('chart.label')}
        style={{ gridTemplateColumns: `repeat(${columns}, 1fr)` }}
        onKeyDown={move}
      >
        {ticks.map((tick) => (
          <i key={tick} className="chart-rule" style={{ bottom: `${percent(tick)}%` }} />
        ))}
        {runs.map((run, index) => (
          <Link
            key={run.id}
            to="/runs/$id"
            params={{ id: run.id }}
            className="bar"
            tabIndex={index === Math.min(at, runs.length - 1) ? 0 : -1}
            aria-label={labelOf(run)}
            onFocus={() => {
              setAt(index);
              setDescribed(index);
            }}
            onBlur={() => setDescribed(null)}
            onMouseEnter={() => setDescribed(index)}
            onMouseLeave={() => setDescribed(null)}
          >
            <span style={{ height: `${percent(skippedOf(run))}%`, background: 'var(--lineup-bar-2)' }} />
            <span style={{ height: `${percent(sentBy(run))}%`, background: 'var(--lineup-bar-1)' }} />
          </Link>
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
        {describedRun && described !== null && (
          <div
            className="chart-values"
            aria-hidden="true"
            style={
              middle(described) < 50 ? { left: `${middle(described)}%` } : { right: `${100 - middle(described)}%` }
            }
          >
            <b>{format.dateTime(timeOf(describedRun))}</b>
            {valuesOf(describedRun).map(([name, value]) => (
              <span key={name}>
                {name} <b>{value}</b>
              </span>
            ))}
          </div>
        )}
      </div>
      <div className="chart-dates" aria-hidden="true" style={{ gridTemplateColumns: `repeat(${columns}, 1fr)` }}>
        {runs.map((run, index) => (
          <span key={run.id}>{index % every === 0 && day.format(new Date(timeOf(run)))}</span>
        ))}
      </div>
    </div>
  );
}

/** All values of the chart, in the same order. */
function ValueTable({ runs }: { runs: readonly RunSummary[] }) {
  const { t, format } = useTranslation();
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what can be scrolled can be reached by keyboard
    <section className="scrolls" tabIndex={0} aria-label={t('chart.table')}>
      <DataTable
        verticalSpacing={6}
        horizontalSpacing="sm"
        rows={runs}
        rowKey={({ id }) => id}
        columns={[
          { label: 'run.started', className: 'one-line', cell: (run) => format.dateTime(timeOf(run)) },
          { label: 'chart.sent', isNumeric: true, cell: (run) => format.number(sentBy(run)) },
          { label: 'chart.skipped', isNumeric: true, cell: (run) => format.number(skippedOf(run)) },
          {
            label: 'chart.estimate',
            isNumeric: true,
            cell: ({ matching_size: size }) => (size ? formatLineSize(size, { t, format }) : '–'),
          },
          {
            label: 'run.matchRate',
            isNumeric: true,
            cell: (run) => format.percent(matchRateOf(run.matching_size, run.unique)),
          },
        ]}
      />
    </section>
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
