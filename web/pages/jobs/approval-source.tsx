/** What has changed in the source since the last good run of a job, for each audience that was stopped. */
import { Text, Title } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import type { JobView } from '../../../src/contracts/jobs.ts';
import type { OpenApproval } from '../../../src/domain/jobs/approvals.ts';
import type { JudgedAudience } from '../../../src/domain/runs/run.ts';
import type { Turnover } from '../../../src/domain/runs/turnover.ts';
import { runReportQuery, runsQuery } from '../../api/runs.ts';
import { DataTable } from '../../components/data-table.tsx';
import { RunTurnover } from '../../components/run-turnover.tsx';
import { useTranslation } from '../../i18n/provider.tsx';
import { changesBetween, countsOf, countsOfSame, type SourceChange, turnoverIn } from '../../lib/source-changes.ts';

interface SourceChangesProps {
  readonly job: JobView;
  readonly approval: OpenApproval;
}

export function SourceChanges({ job, approval }: SourceChangesProps) {
  const { t, format } = useTranslation();
  const stopped = useQuery(runReportQuery(approval.run_id)).data;
  const good = useQuery(runsQuery({ job_id: job.id, status: ['succeeded'], limit: 1 })).data?.items[0];
  const before = useQuery({ ...runReportQuery(good?.id ?? ''), enabled: good !== undefined }).data;
  // The run of a split job counts nothing of an audience.
  if (!stopped || approval.audiences.some(({ part }) => part)) return null;
  const title = good
    ? t('approval.source.since', { date: format.dateTime(good.started_at ?? good.queued_at) })
    : t('approval.source.first');
  return (
    <div>
      <Title order={3} mb={6}>
        {title}
      </Title>
      {approval.audiences.map((audience) => {
        const now = countsOf(stopped, audience.delivery);
        if (!now) return null;
        const counts = before ? countsOfSame(before, audience) : null;
        return (
          <Changes
            key={audience.delivery}
            audience={audience}
            changes={changesBetween(counts, now)}
            turnover={turnoverIn(stopped, audience.delivery)}
            total={now.unique}
            isNamed={approval.audiences.length > 1}
            hasBefore={counts !== null}
          />
        );
      })}
    </div>
  );
}

interface ChangesProps {
  readonly audience: JudgedAudience;
  readonly changes: readonly SourceChange[];
  readonly turnover: Turnover | undefined;
  /** How many members the run has. */
  readonly total: number;
  readonly isNamed: boolean;
  readonly hasBefore: boolean;
}

function Changes({ audience, changes, turnover, total, isNamed, hasBefore }: ChangesProps) {
  const { t, tIfKnown, format } = useTranslation();
  const { audienceName, audienceId, identifierType } = audience;
  const names: Readonly<Record<string, string>> = {
    rows: t('count.rows'),
    missing: t('count.missing'),
    suppressed: t('count.suppressed'),
    held_out: t('count.held_out'),
    duplicates: t('count.duplicates'),
    unique: t('count.unique'),
  };
  const nameOf = ({ line, kind }: SourceChange) =>
    kind === 'count' ? (names[line] ?? line) : tIfKnown(`reason.${line}`, line);
  const title = `${t(`identifier.${identifierType}`)} → ${audienceName ?? audienceId ?? ''}`;
  return (
    <div className="source-changes">
      {isNamed && (
        <Text fz="sm" fw={550}>
          {title}
        </Text>
      )}
      <DataTable
        aria-label={isNamed ? title : t('approval.source')}
        verticalSpacing={4}
        horizontalSpacing="xs"
        rows={changes}
        rowKey={({ line }) => line}
        columns={[
          { label: 'approval.source', cell: nameOf },
          hasBefore && {
            label: 'approval.source.before',
            isNumeric: true,
            cell: ({ before }) => format.number(before),
          },
          { label: 'approval.source.now', isNumeric: true, cell: ({ now }) => format.number(now) },
          hasBefore && {
            label: 'approval.source.change',
            isNumeric: true,
            cell: ({ before, now }) => (
              <b className={now === before ? 'same' : undefined}>{differenceOf(before ?? 0, now, format.number)}</b>
            ),
          },
        ]}
      />
      {turnover && <RunTurnover turnover={turnover} total={total} />}
    </div>
  );
}

const differenceOf = (before: number, now: number, format: (value: number) => string): string =>
  now === before ? '0' : `${now > before ? '+' : '−'}${format(Math.abs(now - before))}`;
