/** One run: its progress while it is running, then its outcome. */
import { Anchor, Button, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link, useParams } from '@tanstack/react-router';
import type { RunDetail } from '../../../src/contracts/run-progress.ts';
import type { RunDocument } from '../../../src/domain/runs/run.ts';
import { jobQuery } from '../../api/jobs.ts';
import { useDestination } from '../../api/providers.ts';
import { hasEnded, runQuery, runReportFile, runReportQuery } from '../../api/runs.ts';
import { ContinueRun } from '../../components/continue-run.tsx';
import { DamagedNote } from '../../components/damaged.tsx';
import { Facts } from '../../components/facts.tsx';
import { FailureNote } from '../../components/failure-note.tsx';
import { FurtherMark } from '../../components/further-mark.tsx';
import { Help } from '../../components/help.tsx';
import { LaterMenu } from '../../components/later-menu.tsx';
import { isUnreachable, LostConnection } from '../../components/lost-connection.tsx';
import { OfRun } from '../../components/of-destination.tsx';
import { PageLayout, Section } from '../../components/page-layout.tsx';
import { Failure, LoadingRows } from '../../components/states.tsx';
import { RunStatusMark } from '../../components/status.tsx';
import { StopRun } from '../../components/stop-run.tsx';
import { WarningList } from '../../components/warnings.tsx';
import { useTranslation } from '../../i18n/provider.tsx';
import { accountLabel } from '../../lib/account-label.ts';
import { later, useLater } from '../../lib/later.ts';
import { useStartedBy } from '../../lib/started-by.ts';
import { useFollowedRun } from './follow.ts';
import { ChunkTable, Matching } from './line.tsx';
import { RunLog } from './log.tsx';
import { Outcome } from './outcome.tsx';
import { RunStages } from './progress.tsx';

const laterProgress = later(() => import('./deliveries/progress.tsx'));
const laterSplit = later(() => import('./split.tsx'));
const laterResults = later(() => import('./deliveries/results.tsx'));

export function RunPage() {
  const { t } = useTranslation();
  const { id } = useParams({ from: '/app/runs/$id' });
  const run = useQuery(runQuery(id));
  const lost = useFollowedRun(id, run.data !== undefined && !hasEnded(run.data));
  const report = useQuery({ ...runReportQuery(id), enabled: run.data !== undefined });
  if (run.data) {
    return (
      <OfRun run={report.data}>
        <FoundRun run={run.data} lost={lost || isUnreachable(run.failureReason)} />
      </OfRun>
    );
  }
  return (
    <PageLayout title={t('run.title')} back={{ to: '/runs', label: t('nav.runs') }}>
      {run.isError ? <Failure error={run.error} onRetry={() => run.refetch()} /> : <LoadingRows />}
    </PageLayout>
  );
}

function FoundRun({ run, lost }: { run: RunDetail; lost: boolean }) {
  const { t, format } = useTranslation();
  const report = useQuery(runReportQuery(run.id));
  const document = report.data;
  const account = useDestination(document?.destination)?.account;
  const isSeveral = (document?.siblings ?? run.siblings ?? []).length > 0;
  const progress = useLater(laterProgress, isSeveral);
  const results = useLater(laterResults, isSeveral);
  const startedBy = useStartedBy();
  // Its audiences are those of other jobs.
  const divided = document?.split;
  const split = useLater(laterSplit, divided !== undefined);
  const begun = run.started_at ?? run.queued_at;
  // A run that was stopped before it began knows no audience: its job does.
  const isUnnamed = run.audience_name === null && run.job_id !== null;
  const job = useQuery({ ...jobQuery(run.job_id ?? ''), enabled: isUnnamed }).data;
  const audienceName = run.audience_name ?? job?.configuration.audience_name;
  return (
    <PageLayout
      title={run.job_name}
      back={{ to: '/runs', label: t('nav.runs') }}
      lead={[t('run.lead', { id: run.id }), run.job_id === null && t('runs.deletedJob')].filter(Boolean).join(' · ')}
      actions={
        <>
          <StopRun run={run} />
          <ContinueRun run={run} />
          {run.job_id && (
            <Button
              variant="default"
              renderRoot={(props) => <Link to="/jobs/$id" params={{ id: run.job_id ?? '' }} {...props} />}
            >
              {t('run.toJob')}
            </Button>
          )}
          {document && <Downloads runId={run.id} />}
        </>
      }
    >
      <LostConnection lost={lost} />
      <DamagedNote row={run} />
      <Facts
        facts={{
          [t('jobs.status')]: (
            <span role="status">
              <RunStatusMark {...run} />
            </span>
          ),
          [t('run.trigger')]: startedBy(run),
          [t('run.started')]: format.dateTime(begun),
          [t('run.duration')]:
            run.ended_at && format.duration(Math.max(0, Date.parse(run.ended_at) - Date.parse(begun))),
          [t(accountLabel(account))]: run.ad_account_id,
          [t('form.hash_in_database')]: document?.hashInDatabase ? t('form.yes') : null,
          [t('run.audience')]: (
            <>
              {audienceName ?? run.audience_id ?? '–'} <FurtherMark siblings={run.siblings ?? []} />
              {audienceName && run.audience_id && (
                <Text span fz="sm" c="dimmed">
                  {' '}
                  {run.audience_id}
                </Text>
              )}
            </>
          ),
        }}
      />
      {!hasEnded(run) &&
        (isSeveral && document ? (
          progress && <progress.SeveralStages run={run} document={document} />
        ) : (
          <RunStages run={run} />
        ))}
      {run.error && (
        <FailureNote error={run.error}>
          {run.job_id && (
            <Text fz="sm" mt={4}>
              <Anchor
                fz="inherit"
                underline="always"
                renderRoot={(props) => <Link to="/jobs/$id" params={{ id: run.job_id ?? '' }} {...props} />}
              >
                {t('run.failed.todo')}
              </Anchor>
            </Text>
          )}
        </FailureNote>
      )}
      {report.isError && <Failure error={report.error} onRetry={() => report.refetch()} />}
      {divided && split && <split.SplitResult split={divided} jobId={run.job_id} />}
      {document && !isSeveral && <Result document={document} />}
      {document && results && <results.SeveralResults run={run} document={document} />}
      {run.status === 'succeeded' && !isSeveral && !divided && <Matching runId={run.id} figures={run} />}
      {document && <RunLog runId={run.id} document={document} />}
    </PageLayout>
  );
}

/** Of a run with one audience. */
function Result({ document }: { document: RunDocument }) {
  const { t } = useTranslation();
  return (
    <>
      {document.warnings.length > 0 && (
        <Section title={t('run.warnings')}>
          <div className="card" style={{ padding: 20 }}>
            <WarningList warnings={document.warnings} />
          </div>
        </Section>
      )}
      {document.counts && (
        <Section title={t('run.outcome')}>
          <Outcome report={{ ...document, counts: document.counts }} />
        </Section>
      )}
      {document.chunks.length > 0 && (
        <Section title={t('run.chunks')} help={<Help label={t('run.chunks')}>{t('help.chunks')}</Help>}>
          <ChunkTable chunks={document.chunks} />
        </Section>
      )}
    </>
  );
}

/** Plain links, because the browser saves the files. */
function Downloads({ runId }: { runId: string }) {
  const { t } = useTranslation();
  return (
    <LaterMenu
      position="bottom-end"
      button={(props) => (
        <Button variant="default" {...props}>
          {t('run.download')}
        </Button>
      )}
      items={(['csv', 'json'] as const).map((format) => ({
        key: format,
        label: format.toUpperCase(),
        download: {
          href: runReportFile(runId, format),
          name: `run-${runId}.${format}`,
        },
      }))}
    />
  );
}
