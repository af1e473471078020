/** A chart in words: for the values at the pointer, for screen readers and for the table. */
import { useTranslation } from '../../i18n/provider.tsx';
import { type ChartProps, type Stop, valueAt } from './model.ts';

export function useChartText({ series, unit, isDaily }: Pick<ChartProps, 'series' | 'unit' | 'isDaily'>) {
  const { t, format } = useTranslation();
  const written = { count: format.number, share: format.percent, duration: durationOr(format.duration) }[unit];
  const moment = (at: number) => (isDaily ? format.date : format.dateTime)(new Date(at).toISOString());
  const valuesOf = (stop: Stop) =>
    stop.point === null ? [] : series.map((shown) => ({ series: shown, value: written(valueAt(shown, stop)) }));
  // The moment of a mark, where it is not that of the stop.
  const marksOf = ({ at, marks }: Stop) =>
    marks.map((mark) => (moment(mark.at) === moment(at) ? mark.text : `${mark.text} (${moment(mark.at)})`));
  return {
    moment,
    valuesOf,
    marksOf,
    ofStop: (stop: Stop) =>
      [
        moment(stop.at),
        ...valuesOf(stop).map(({ series: { label }, value }) => `${label}${t('list.colon')}${value}`),
        ...marksOf(stop),
      ].join(t('list.comma')),
  };
}

const durationOr = (written: (ms: number) => string) => (ms: number | null | undefined) =>
  ms == null ? '–' : written(ms);
