/** All values of a chart as a table, in the same order. */
import { Table } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import { useTranslation } from '../../i18n/provider.tsx';
import type { ChartProps, Stop } from './model.ts';
import { useChartText } from './text.ts';

export function ChartTable(props: ChartProps & { readonly stops: readonly Stop[] }) {
  const { title, series, marks = [], links, stops } = props;
  const { t } = useTranslation();
  const text = useChartText(props);
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what can be scrolled can be reached by keyboard
    <section className="chart-table" tabIndex={0} aria-label={t('chart.table', { title })}>
      <Table verticalSpacing={6} horizontalSpacing="sm" stickyHeader>
        <Table.Thead>
          <Table.Tr>
            <Table.Th>{t('log.when')}</Table.Th>
            {series.map(({ key, label }) => (
              <Table.Th key={key} className="numbers">
                {label}
              </Table.Th>
            ))}
            {marks.length > 0 && <Table.Th>{t('log.what')}</Table.Th>}
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {stops.map((stop) => {
            const link = stop.point === null ? undefined : links?.[stop.point];
            const values = text.valuesOf(stop);
            return (
              <Table.Tr key={`${stop.at} ${stop.point}`}>
                <Table.Td className="one-line">
                  {link ? (
                    <Link to={link} className="row-link">
                      {text.moment(stop.at)}
                    </Link>
                  ) : (
                    text.moment(stop.at)
                  )}
                </Table.Td>
                {series.map(({ key }, index) => (
                  <Table.Td key={key} className="numbers">
                    {values[index]?.value}
                  </Table.Td>
                ))}
                {marks.length > 0 && <Table.Td>{text.marksOf(stop).join(t('list.comma'))}</Table.Td>}
              </Table.Tr>
            );
          })}
        </Table.Tbody>
      </Table>
    </section>
  );
}
