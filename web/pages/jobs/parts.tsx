/** The audiences of a job that has one for each value of a column: each is a job of its own, with its own page. */
import { Stack, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import type { JobPart } from '../../../src/contracts/job-rows.ts';
import type { JobView } from '../../../src/contracts/jobs.ts';
import { jobPartsQuery } from '../../api/jobs.ts';
import { DataTable } from '../../components/data-table.tsx';
import { JobStatusMark } from '../../components/job-status.tsx';
import { Section } from '../../components/page-layout.tsx';
import { Failure, LoadingRows } from '../../components/states.tsx';
import { When } from '../../components/when.tsx';
import { useTranslation } from '../../i18n/provider.tsx';
import { sizeOf } from './lines.ts';
import { troubleFirst } from './parts-order.ts';

export function JobParts({ job }: { job: JobView }) {
  const { t } = useTranslation();
  const parts = useQuery(jobPartsQuery(job));
  const { total = 0, missing = 0 } = job.parts ?? {};
  return (
    <Section title={t('job.parts')}>
      <Text fz="sm" c="dimmed" mb="sm">
        {total === 0 ? t('job.parts.none') : t('job.parts.lead', { count: total })}{' '}
        {missing > 0 && t('job.parts.missing', { count: missing })}
      </Text>
      {parts.isPending && <LoadingRows rows={3} />}
      {parts.isError && <Failure error={parts.error} onRetry={() => parts.refetch()} />}
      {parts.data && parts.data.length > 0 && <PartTable parts={troubleFirst(parts.data)} />}
    </Section>
  );
}

function PartTable({ parts }: { parts: readonly JobPart[] }) {
  const { t, format } = useTranslation();
  const last = ({ last_run }: JobPart) => (last_run ? <When at={last_run.at} /> : '–');
  return (
    <div className="card table-card">
      <DataTable
        aria-label={t('job.parts')}
        verticalSpacing="xs"
        horizontalSpacing="lg"
        rows={parts}
        rowKey={({ id }) => id}
        hasLinkRows
        columns={[
          {
            label: 'job.parts.value',
            cell: (part) => (
              <>
                <Link to="/jobs/$id" params={{ id: part.id }} className="row-link" style={{ overflowWrap: 'anywhere' }}>
                  {part.value}
                </Link>
                <Text fz="xs" c="dimmed" style={{ overflowWrap: 'anywhere' }}>
                  {part.audience_name ?? part.audience_id}
                </Text>
                <div className="below-s">
                  <JobStatusMark job={part} />
                  <Text fz="xs" c="dimmed">
                    <Seen part={part} />
                  </Text>
                </div>
              </>
            ),
          },
          { label: 'jobs.status', from: 's', className: 'one-line', cell: (part) => <JobStatusMark job={part} /> },
          { label: 'job.parts.members', isNumeric: true, cell: (part) => format.number(sizeOf(part)) },
          { label: 'jobs.lastRun', from: 'm', className: 'one-line', cell: last },
          { label: 'job.parts.scan', from: 's', cell: (part) => <Seen part={part} /> },
        ]}
      />
    </div>
  );
}

/** Whether the last scan has seen its value. If not, its audience stays as it is. */
function Seen({ part: { is_in_last_scan, seen_at } }: { part: JobPart }) {
  const { t, format } = useTranslation();
  if (is_in_last_scan) return t('job.parts.seen');
  return seen_at ? t('job.parts.notSince', { time: format.dateTime(seen_at) }) : t('job.parts.notSeen');
}

/** Of the configuration: the column, the names, and what a refusal stops. */
export function SplitFacts({ split }: { split: NonNullable<JobView['configuration']['split']> }) {
  const { t } = useTranslation();
  return (
    <Stack gap={4} style={{ overflowWrap: 'anywhere' }}>
      <div>{t('split.holds', { column: split.column })}</div>
      <div>{split.name_template}</div>
      <div>
        {t('split.on_refusal')}
        {t('list.colon')}
        {t(`split.on_refusal.${split.on_refusal}`)}
      </div>
    </Stack>
  );
}
