/**
 * A chart of values over time, with what happened at the same time. It keeps its height from the first paint on. The
 * library that draws it is loaded when it comes into view. All its values can be reached by keyboard, and are also a
 * table.
 */
import '../../styles/chart.css';
import { Button, Title } from '@mantine/core';
import { useEffect, useRef, useState } from 'react';
import { useTranslation } from '../../i18n/provider.tsx';
import { later } from '../../lib/later.ts';
import { LineSwatch, MarkShape, Swatch } from './legend.tsx';
import { type ChartProps, hasPoints, markKinds, markStyles, type Stop, stopsOf } from './model.ts';
import { ChartTable } from './table.tsx';

const drawn = later(() => import('./drawn.tsx'));

export function Chart(props: ChartProps) {
  const { title, times, series, marks = [], line, range, empty, size = 'large' } = props;
  const { t } = useTranslation();
  const [asTable, setAsTable] = useState(false);
  const stops = stopsOf(times, marks, range[1] - range[0]);
  const isEmpty = !hasPoints(series);
  const kinds = markKinds.filter((kind) => marks.some((mark) => mark.kind === kind));
  return (
    <section className="card chart-card" aria-label={title}>
      <div className="chart-head">
        <Title order={3}>{title}</Title>
        {stops.length > 0 && (
          <Button
            size="compact-xs"
            variant="default"
            aria-label={[t(asTable ? 'chart.asChart' : 'chart.asTable'), title].join(t('list.colon'))}
            onClick={() => setAsTable(!asTable)}
          >
            {t(asTable ? 'chart.asChart' : 'chart.asTable')}
          </Button>
        )}
      </div>
      <ul className="chart-legend">
        {series.map(({ key, label, tone, as }) => (
          <li key={key}>
            <Swatch tone={tone} as={as} />
            {label}
          </li>
        ))}
        {line && (
          <li>
            <LineSwatch />
            {line.label}
          </li>
        )}
        {kinds.map((kind) => (
          <li key={kind}>
            <MarkShape kind={kind} />
            {t(markStyles[kind].label)}
          </li>
        ))}
      </ul>
      {asTable ? (
        <ChartTable {...props} stops={stops} />
      ) : (
        <div className="chart-box" data-size={size}>
          {isEmpty ? <p>{empty}</p> : <LaterDrawn {...props} stops={stops} onFailure={() => setAsTable(true)} />}
        </div>
      )}
    </section>
  );
}

/** Loads the library as soon as the chart is in view. Without it, there is the table. */
function LaterDrawn({ onFailure, ...props }: ChartProps & { stops: readonly Stop[]; onFailure: () => void }) {
  const [part, setPart] = useState(drawn.part);
  const place = useRef<HTMLDivElement>(null);
  // biome-ignore lint/correctness/useExhaustiveDependencies: it is loaded once
  useEffect(() => {
    if (part) return;
    const seen = new IntersectionObserver(([entry]) => {
      if (!entry?.isIntersecting) return;
      seen.disconnect();
      drawn.fetch().then(setPart, onFailure);
    });
    seen.observe(place.current!);
    return () => seen.disconnect();
  }, []);
  return part ? <part.Drawn {...props} /> : <div ref={place} className="chart-plot" />;
}
