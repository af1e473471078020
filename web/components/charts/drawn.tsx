/** The drawn part of a chart: its canvas, and the values at the pointer or at the key. */
import { useNavigate } from '@tanstack/react-router';
import { type KeyboardEvent, type PointerEvent, useEffect, useMemo, useRef, useState } from 'react';
import type uPlot from 'uplot';
import { useTranslation } from '../../i18n/provider.tsx';
import { moved, nearest } from '../../lib/stops.ts';
import { Swatch } from './legend.tsx';
import type { ChartProps, Stop } from './model.ts';
import { plot } from './plot.ts';
import { useChartText } from './text.ts';

type DrawnProps = Pick<ChartProps, 'title' | 'series' | 'unit' | 'isDaily' | 'range' | 'line' | 'links'> & {
  readonly stops: readonly Stop[];
};

export function Drawn(props: DrawnProps) {
  const { title, stops, links } = props;
  const { t } = useTranslation();
  const text = useChartText(props);
  const navigate = useNavigate();
  const { box, chart } = usePlot(props);
  const [at, setAt] = useState<number | null>(null);
  // There may be fewer than before.
  const stop = at === null ? undefined : stops[at];

  useEffect(() => {
    chart?.setCursor({ left: stop ? chart.valToPos(stop.at, 'x') : -10, top: 0 });
  }, [chart, stop]);

  const follow = (event: PointerEvent) => {
    if (!chart) return;
    const { left } = chart.over.getBoundingClientRect();
    setAt(nearest(stops, chart.posToVal(event.clientX - left, 'x')));
  };
  const open = (): void => {
    const link = stop && stop.point !== null ? links?.[stop.point] : undefined;
    if (link) void navigate({ to: link });
  };
  const press = (event: KeyboardEvent) => {
    const to = moved(event.key, at ?? stops.length - 1, stops.length);
    if (event.key === 'Escape') setAt(null);
    else if (event.key === 'Enter') open();
    if (to === undefined) return;
    event.preventDefault();
    setAt(to);
  };
  return (
    <div
      ref={box}
      className="chart-plot"
      // The role with these keys: screen readers give them to it, and read its text after each.
      role="slider"
      aria-roledescription={t('chart.role')}
      aria-label={title}
      aria-readonly
      aria-valuemin={1}
      aria-valuemax={stops.length}
      aria-valuenow={(at ?? stops.length - 1) + 1}
      aria-valuetext={text.ofStop(stop ?? stops.at(-1)!)}
      tabIndex={0}
      data-opens={(stop && stop.point !== null && links?.[stop.point] !== undefined) || undefined}
      onFocus={() => setAt((before) => before ?? stops.length - 1)}
      onBlur={() => setAt(null)}
      onKeyDown={press}
      onPointerDown={follow}
      onPointerMove={follow}
      onPointerLeave={({ pointerType }) => pointerType === 'mouse' && setAt(null)}
      // A touch shows the values. Whoever wants the run finds it in the table.
      onClick={({ nativeEvent }) => (nativeEvent as globalThis.PointerEvent).pointerType === 'mouse' && open()}
    >
      {chart && stop && <Values chart={chart} stop={stop} {...props} />}
    </div>
  );
}

/** Beside the stop, on the side with more room. */
function Values({ chart, stop, ...props }: DrawnProps & { chart: uPlot; stop: Stop }) {
  const text = useChartText(props);
  const panel = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const { left } = chart.bbox;
    const ratio = devicePixelRatio;
    const x = left / ratio + chart.valToPos(stop.at, 'x');
    const isLeft = x < chart.width / 2;
    const { style } = panel.current!;
    style.left = isLeft ? `${x}px` : '';
    style.right = isLeft ? '' : `${chart.width - x}px`;
  }, [chart, stop]);
  return (
    <div ref={panel} className="chart-values" aria-hidden="true">
      <b>{text.moment(stop.at)}</b>
      {text.valuesOf(stop).map(({ series, value }) => (
        <span key={series.key}>
          <Swatch tone={series.tone} as={series.as} />
          {series.label}
          <b>{value}</b>
        </span>
      ))}
      {text.marksOf(stop).map((mark) => (
        <span key={mark}>{mark}</span>
      ))}
    </div>
  );
}

/** Draws again when the data, the size, the language or the colours change. */
function usePlot({ stops, series, unit, range, line }: DrawnProps) {
  const { format, language } = useTranslation();
  const box = useRef<HTMLDivElement>(null);
  const [chart, setChart] = useState<uPlot | null>(null);
  const data = useSame({ stops, series, unit, range, line: line?.value });
  // biome-ignore lint/correctness/useExhaustiveDependencies: the formats are those of the language and the zone
  useEffect(() => {
    const frame = box.current!;
    const made = plot(frame, {
      ...data,
      timeZone: format.timeZone,
      written: {
        value: { count: format.compact, share: format.percent, duration: format.duration }[data.unit],
        day: format.shortDate,
        clock: format.clock,
      },
    });
    setChart(made);
    const sizes = new ResizeObserver(() => {
      const { clientWidth: width, clientHeight: height } = frame;
      if (width > 0 && (width !== made.width || height !== made.height)) made.setSize({ width, height });
    });
    sizes.observe(frame);
    const colours = new MutationObserver(() => made.redraw(false));
    colours.observe(document.documentElement, { attributeFilter: ['data-mantine-color-scheme'] });
    return () => {
      sizes.disconnect();
      colours.disconnect();
      made.destroy();
      setChart(null);
    };
  }, [data, language, format.timeZone]);
  return { box, chart };
}

/** The same object as long as its content is the same: pages ask again every few seconds. */
function useSame<T>(value: T): T {
  const content = JSON.stringify(value);
  // biome-ignore lint/correctness/useExhaustiveDependencies: its content says all
  return useMemo(() => value, [content]);
}
