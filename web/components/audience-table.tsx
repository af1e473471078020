/** The audiences of a job or a run with further identifiers: what each was sent, and LINE's matching of it. */

import { Text } from '@mantine/core';
import type { ReactNode } from 'react';
import type { RunSummary } from '../../src/contracts/runs.ts';
import type { IdentifierType } from '../../src/domain/audiences/requests.ts';
import { matchRateOf } from '../../src/domain/audiences/size.ts';
import { skippedOf } from '../api/runs.ts';
import { useTranslation } from '../i18n/provider.tsx';
import { formatLineSize } from '../lib/audience-size.ts';
import { DataTable } from './data-table.tsx';
import { TurnoverCell } from './run-turnover.tsx';
import { LineStatus } from './status.tsx';

type Figures = Pick<
  RunSummary,
  | 'missing'
  | 'invalid'
  | 'suppressed'
  | 'held_out'
  | 'duplicates'
  | 'unique'
  | 'turnover'
  | 'uploaded'
  | 'matching_status'
  | 'matching_size'
>;

export interface AudienceOfRun {
  /** Undefined while it is not known. */
  readonly identifier_type: IdentifierType | undefined;
  readonly id_field: string | undefined;
  readonly audience_id: string | null;
  readonly audience_name: string | null;
  /** Of the run; undefined when it has none. */
  readonly figures: Figures | undefined;
  /** What went wrong with it alone. */
  readonly failure?: ReactNode;
}

export function AudienceTable({ audiences }: { audiences: readonly AudienceOfRun[] }) {
  const { t, format } = useTranslation();
  const estimateOf = (size: string | null | undefined) => (size ? formatLineSize(size, { t, format }) : '–');
  return (
    <div className="card table-card">
      <DataTable
        aria-label={t('job.audiences')}
        verticalSpacing="xs"
        horizontalSpacing="lg"
        rows={audiences}
        rowKey={({ id_field, audience_id, audience_name }) => `${id_field} ${audience_id} ${audience_name}`}
        columns={[
          {
            label: 'form.identifier_type',
            cell: ({ identifier_type, id_field }) => (
              <>
                {identifier_type ? t(`identifier.${identifier_type}`) : '–'}
                <Text fz="xs" c="dimmed">
                  {id_field}
                </Text>
              </>
            ),
          },
          {
            label: 'run.audience',
            cell: ({ audience_id, audience_name, figures, failure }) => (
              <>
                {audience_name ?? audience_id ?? '–'}
                {audience_name && audience_id && (
                  <Text fz="xs" c="dimmed">
                    {audience_id}
                  </Text>
                )}
                {failure}
                <Text fz="xs" c="dimmed" component="div" className="below-s">
                  {t('chart.sent')}
                  {t('list.colon')}
                  {format.number(figures?.uploaded)}
                  {' · '}
                  {t('chart.estimate')}
                  {t('list.colon')}
                  {estimateOf(figures?.matching_size)}
                </Text>
              </>
            ),
          },
          {
            label: 'chart.sent',
            isNumeric: true,
            from: 's',
            cell: ({ figures }) => format.number(figures?.uploaded),
          },
          {
            label: 'run.turnover',
            isNumeric: true,
            from: 'm',
            cell: ({ figures }) => <TurnoverCell turnover={figures?.turnover} />,
          },
          {
            label: 'chart.skipped',
            isNumeric: true,
            from: 'm',
            cell: ({ figures }) => (figures && figures.unique !== null ? format.number(skippedOf(figures)) : '–'),
          },
          {
            label: 'jobs.status',
            from: 'l',
            cell: ({ figures }) => (figures?.matching_status ? <LineStatus status={figures.matching_status} /> : '–'),
          },
          {
            label: 'chart.estimate',
            isNumeric: true,
            from: 's',
            cell: ({ figures }) => estimateOf(figures?.matching_size),
          },
          {
            label: 'run.matchRate',
            isNumeric: true,
            from: 'm',
            cell: ({ figures }) => format.percent(figures && matchRateOf(figures.matching_size, figures.unique)),
          },
        ]}
      />
    </div>
  );
}
