/** The runs of all jobs, those that are deleted too. What is filtered is in the address. */
import { Button, Group, Progress, Table, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link, useNavigate, useSearch } from '@tanstack/react-router';
import type { RunDetail, RunProgress } from '../../../src/contracts/run-progress.ts';
import { allRunsQuery, hasEnded } from '../../api/runs.ts';
import { LinkRow } from '../../components/link-row.tsx';
import { isUnreachable, LostConnection } from '../../components/lost-connection.tsx';
import { PageLayout } from '../../components/page-layout.tsx';
import { Pager } from '../../components/pager.tsx';
import { Empty, Failure, LoadingRows } from '../../components/states.tsx';
import { RunStatusMark } from '../../components/status.tsx';
import { useTranslation } from '../../i18n/provider.tsx';
import { RunFilters } from './filters.tsx';
import { StopRun } from './stop.tsx';
import { useTimeLeft } from './time-left.tsx';

export function RunsPage() {
  const { t } = useTranslation();
  const search = useSearch({ from: '/app/runs' });
  const navigate = useNavigate({ from: '/runs' });
  const list = useQuery(allRunsQuery(search));
  const lost = isUnreachable(list.failureReason);
  const filtered = Object.values(search).some((value) => value !== undefined);
  const isEmpty = list.data?.items.length === 0;
  return (
    <PageLayout title={t('nav.runs')} lead={t('runs.lead')}>
      <LostConnection lost={lost && list.data !== undefined} />
      {!(isEmpty && !filtered) && (
        <RunFilters
          search={search}
          onChange={(part) =>
            navigate({ search: (before) => ({ ...before, cursor: undefined, ...part }), replace: true })
          }
        />
      )}
      {list.isPending && <LoadingRows />}
      {list.isError && !(lost && list.data) && <Failure error={list.error} onRetry={() => list.refetch()} />}
      {isEmpty &&
        (filtered ? (
          <Empty
            title={t('runs.noMatch')}
            action={
              <Button variant="default" onClick={() => navigate({ search: {} })}>
                {t('list.clear')}
              </Button>
            }
          />
        ) : (
          <Empty title={t('runs.none')}>{t('runs.none.detail')}</Empty>
        ))}
      {list.data && !isEmpty && !(list.isError && !lost) && (
        <>
          <RunTable runs={list.data.items} />
          <Pager
            cursor={search.cursor}
            next={list.data.next}
            onGo={(cursor) => navigate({ search: (before) => ({ ...before, cursor }) })}
            part={{ before: list.data.before, shown: list.data.items.length, total: list.data.total }}
          />
        </>
      )}
    </PageLayout>
  );
}

function RunTable({ runs }: { runs: readonly RunDetail[] }) {
  const { t, format } = useTranslation();
  return (
    <div className="card" style={{ overflowX: 'auto' }}>
      <Table verticalSpacing="sm" horizontalSpacing="md">
        <Table.Thead>
          <Table.Tr>
            <Table.Th className="main-column">{t('jobs.name')}</Table.Th>
            <Table.Th>{t('jobs.status')}</Table.Th>
            <Table.Th visibleFrom="sm">{t('run.started')}</Table.Th>
            <Table.Th visibleFrom="lg">{t('run.trigger')}</Table.Th>
            <Table.Th visibleFrom="md" ta="right">
              {t('chart.sent')}
            </Table.Th>
            <Table.Th visibleFrom="lg" ta="right">
              {t('run.duration')}
            </Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {runs.map((run) => (
            <LinkRow key={run.id}>
              <Table.Td>
                <Link to="/runs/$id" params={{ id: run.id }} className="row-link">
                  {run.job_name}
                </Link>
                <Text fz="xs" c="dimmed" style={{ overflowWrap: 'anywhere' }}>
                  {[run.job_id === null && t('runs.deletedJob'), run.ad_account_id, run.audience_name]
                    .filter(Boolean)
                    .join(' · ')}
                </Text>
                <Text hiddenFrom="sm" fz="xs" c="dimmed">
                  {format.dateTime(run.started_at ?? run.queued_at)}
                </Text>
              </Table.Td>
              <Table.Td>
                <RunStatusMark status={run.status} />
                <RunState run={run} />
              </Table.Td>
              <Table.Td visibleFrom="sm">{format.dateTime(run.started_at ?? run.queued_at)}</Table.Td>
              <Table.Td visibleFrom="lg">{t(`trigger.${run.trigger}`)}</Table.Td>
              <Table.Td visibleFrom="md" className="numbers">
                <Sent run={run} />
              </Table.Td>
              <Table.Td visibleFrom="lg" className="numbers">
                {run.started_at && run.ended_at
                  ? format.duration(Math.max(0, Date.parse(run.ended_at) - Date.parse(run.started_at)))
                  : '–'}
              </Table.Td>
            </LinkRow>
          ))}
        </Table.Tbody>
      </Table>
    </div>
  );
}

/** All of it where LINE took all of it; else how much of how much. */
function Sent({ run: { uploaded, unique } }: { run: RunDetail }) {
  const { t, format } = useTranslation();
  if (uploaded === null) return '–';
  if (unique === null || uploaded === unique) return format.number(uploaded);
  return t('runs.ofTotal', { sent: uploaded, total: unique });
}

/** Below the status: how far a run that goes on is, or what went wrong; on a narrow screen how many were sent. */
function RunState({ run }: { run: RunDetail }) {
  const { t, tIfKnown } = useTranslation();
  if (!hasEnded(run)) return <GoingOn run={run} />;
  return (
    <>
      {run.status === 'failed' && run.error && (
        <Text fz="xs" c="dimmed" lineClamp={2}>
          {tIfKnown(`error.${run.error.code}`, t('error.other'))}
        </Text>
      )}
      {run.uploaded !== null && (
        <Text hiddenFrom="md" fz="xs" c="dimmed" component="div">
          {t('chart.sent')}
          {t('list.colon')}
          <Sent run={run} />
        </Text>
      )}
    </>
  );
}

function GoingOn({ run }: { run: RunDetail }) {
  const { t, format } = useTranslation();
  const timeLeft = useTimeLeft();
  const { progress } = run;
  const share = progress === null ? undefined : shareOf(progress);
  const left = timeLeft(progress);
  const where = progress ? t(`stage.${progress.stage === 'queue' ? 'upload' : progress.stage}`) : undefined;
  return (
    <>
      <Text fz="xs" c="dimmed" style={{ fontVariantNumeric: 'tabular-nums' }}>
        {where ?? (run.status === 'queued' && t('progress.queued'))}
        {share !== undefined && ` · ${format.percent(Math.floor(share * 100) / 100)}`}
        {progress?.stage === 'wait' &&
          progress.chunks > 1 &&
          ` · ${t('progress.chunk', { chunk: progress.chunk, chunks: progress.chunks })}`}
      </Text>
      {share !== undefined && (
        <Progress
          size="xs"
          my={4}
          value={share * 100}
          color="line.6"
          aria-label={`${run.job_name}${t('list.colon')}${where}`}
        />
      )}
      {left && (
        <Text fz="xs" c="dimmed">
          {left}
        </Text>
      )}
      <Group mt={4}>
        <StopRun run={run} small />
      </Group>
    </>
  );
}

/** 0 to 1 of what is read or sent; undefined where that is not known. */
function shareOf(progress: RunProgress): number | undefined {
  if (progress.stage === 'scan') return progress.fraction;
  if (progress.stage !== 'upload' || progress.bytes === 0) return undefined;
  return Math.min(1, (progress.chunk - 1 + progress.bytesSent / progress.bytes) / progress.chunks);
}
