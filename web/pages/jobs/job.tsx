/** One job: its status, actions, runs, configuration and log. */

import { Anchor, Stack, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link, useNavigate, useParams, useSearch } from '@tanstack/react-router';
import { useEffect } from 'react';
import type { JobTransition, JobView } from '../../../src/contracts/jobs.ts';
import type { RunSummary } from '../../../src/contracts/runs.ts';
import { matchRateOf } from '../../../src/domain/audiences/size.ts';
import { isHeldBack } from '../../../src/domain/jobs/conditions.ts';
import { jobLogQuery, jobQuery } from '../../api/jobs.ts';
import { useProviderOfJob } from '../../api/providers.ts';
import { runsQuery, skippedOf } from '../../api/runs.ts';
import { DamagedNote } from '../../components/damaged.tsx';
import { DataTable } from '../../components/data-table.tsx';
import { Facts } from '../../components/facts.tsx';
import { JobStatusMark, PastJobStatus } from '../../components/job-status.tsx';
import { hasNextRun, NextRun } from '../../components/next-run.tsx';
import { Note } from '../../components/note.tsx';
import { OfJobType } from '../../components/of-destination.tsx';
import { PageLayout, Section } from '../../components/page-layout.tsx';
import { Pager } from '../../components/pager.tsx';
import { TurnoverCell } from '../../components/run-turnover.tsx';
import { Failure, LoadingRows } from '../../components/states.tsx';
import { RunStatusMark, TagList } from '../../components/status.tsx';
import { By, When } from '../../components/when.tsx';
import { useTranslation } from '../../i18n/provider.tsx';
import { formatLineSize } from '../../lib/audience-size.ts';
import { later, useLater } from '../../lib/later.ts';
import { useProviderText } from '../../lib/provider-text.ts';
import { useStartedBy } from '../../lib/started-by.ts';
import { JobActions } from './actions.tsx';
import { OpenAlerts } from './alerts.tsx';
import { JobCharts } from './chart.tsx';
import { JobConfigurationFacts } from './configuration.tsx';
import { GoingOn } from './going-on.tsx';
import { IncompleteAudience } from './incomplete.tsx';
import { JobMenu } from './more.tsx';
import { JobProblem } from './problem.tsx';

/** Few jobs have several. */
const laterAudiences = later(() => import('./audiences.tsx'));
/** Only where members leave by age. */
const laterOutlook = later(() => import('./outlook.tsx'));
/** Only where audiences end. */
const laterRenewal = later(() => import('./renewal.tsx'));
/** A job with an audience for each value of a column, and the job of one of them. */
const laterParts = later(() => import('./parts.tsx'));
const laterPartOf = later(() => import('./part-of.tsx'));
const laterApproval = later(() => import('./approval.tsx'));

export function JobPage() {
  const { t } = useTranslation();
  const { id } = useParams({ from: '/app/jobs/$id' });
  const job = useQuery(jobQuery(id));
  const back = { to: '/jobs', label: t('nav.jobs') } as const;
  if (!job.data) {
    return (
      <PageLayout title={t('job.title')} back={back}>
        {job.isError ? <Failure error={job.error} onRetry={() => job.refetch()} /> : <LoadingRows />}
      </PageLayout>
    );
  }
  return (
    <OfJobType type={job.data.type}>
      <FoundJob job={job.data} />
    </OfJobType>
  );
}

function FoundJob({ job }: { job: JobView }) {
  const { t } = useTranslation();
  const hasSeveral = job.configuration.siblings.length > 0;
  const audiences = useLater(laterAudiences, hasSeveral);
  const { member_days } = job.configuration;
  const outlook = useLater(laterOutlook, member_days !== undefined);
  const renewal = useLater(laterRenewal, job.renewal !== null || job.renewed.length > 0);
  const parts = useLater(laterParts, job.parts !== undefined);
  const whole = useLater(laterPartOf, job.part_of !== undefined);
  return (
    <PageLayout
      title={job.name}
      lead={job.description}
      back={{ to: '/jobs', label: t('nav.jobs') }}
      actions={<JobMenu job={job} />}
    >
      {whole && job.part_of && <whole.PartOf part={job.part_of} />}
      <Approval job={job} />
      <JobActions job={job} />
      <GoingOn job={job} />
      <DamagedNote row={job} />
      <IncompleteAudience job={job} />
      <JobHead job={job} />
      <JobProblem job={job} />
      <OpenAlerts job={job} />
      {renewal && <renewal.JobRenewal job={job} />}
      {parts && <parts.JobParts job={job} />}
      {hasSeveral && job.parts === undefined && audiences && <audiences.JobAudiences job={job} />}
      {outlook && member_days !== undefined && <outlook.JobOutlook job={job} memberDays={member_days} />}
      {/* The run of a job with many audiences sends nothing itself. */}
      {job.parts === undefined && <JobCharts job={job} />}
      <Runs job={job} />
      <Section title={t('job.configuration')}>
        <JobConfigurationFacts job={job} />
      </Section>
      <Log job={job} />
    </PageLayout>
  );
}

/** What needs a person comes first. */
function Approval({ job }: { job: JobView }) {
  const { t } = useTranslation();
  const { stopped } = useSearch({ from: '/app/jobs/$id' });
  const { approval } = job;
  const part = useLater(laterApproval, approval !== null);
  // A message is about one run. Nobody approves another one unseen.
  const isOther = stopped !== undefined && stopped !== approval?.run_id;
  return (
    <>
      {isOther && (
        <Note title={t(approval ? 'approval.newer' : 'approval.over')}>
          <Text fz="sm">
            {t(approval ? 'approval.newer.detail' : 'approval.over.detail')}{' '}
            <Anchor
              fz="inherit"
              underline="always"
              renderRoot={(props) => <Link to="/runs/$id" params={{ id: stopped }} {...props} />}
            >
              {t('approval.other')}
            </Anchor>
          </Text>
        </Note>
      )}
      {approval && part && <part.ApprovalCard job={job} approval={approval} />}
    </>
  );
}

function JobHead({ job }: { job: JobView }) {
  const { t, format } = useTranslation();
  const say = useProviderText();
  const provider = useProviderOfJob(job.type);
  return (
    <Facts
      facts={{
        [t('jobs.status')]: (
          <span role="status">
            <JobStatusMark job={job} />
          </span>
        ),
        [t('jobs.nextRun')]: hasNextRun(job) ? <NextRun job={job} /> : '–',
        [t('job.emptyAt')]: job.runs_empty_at && (
          <>
            {t('job.emptyAt.unless', { time: format.dateTime(job.runs_empty_at) })}{' '}
            <Text span fz="sm" c="dimmed">
              <When at={job.runs_empty_at} />
            </Text>
          </>
        ),
        [t('job.renewal')]: job.renewal && (
          <>
            {format.dateTime(job.renewal.planned_at)}{' '}
            <Text span fz="sm" c="dimmed">
              <When at={job.renewal.planned_at} />
            </Text>
          </>
        ),
        [t('job.provider')]:
          provider && [provider.label, ...provider.job_types.map(({ label }) => label)].map(say).join(' · '),
        [t('authorization.title')]: (
          <Anchor
            fz="inherit"
            renderRoot={(props) => <Link to="/authorizations/$id" params={{ id: job.authorization_id }} {...props} />}
          >
            {job.authorization_label}
          </Anchor>
        ),
        [t('job.movedFrom')]: job.moved_from && <JobLink {...job.moved_from} />,
        [t('job.movedTo')]: job.moved_to.length > 0 ? <JobLinks jobs={job.moved_to} /> : null,
        [t('job.awaitedBy')]: job.awaited_by && <JobLinks jobs={job.awaited_by.jobs} />,
        [t('job.tags')]: job.tags.length > 0 ? <TagList tags={job.tags} /> : null,
        [t('authorization.createdBy')]: <By who={job.created_by} at={job.created_at} />,
        [t('job.updated')]: <By who={job.updated_by} at={job.updated_at} />,
      }}
    />
  );
}

function JobLinks({ jobs }: { jobs: readonly { id: string; name: string }[] }) {
  return (
    <Stack gap={4}>
      {jobs.map((job) => (
        <JobLink key={job.id} {...job} />
      ))}
    </Stack>
  );
}

/** Another job. One that was deleted has only its name. */
function JobLink({ id, name, exists = true }: { id: string; name: string; exists?: boolean }) {
  const { t } = useTranslation();
  if (!exists) return t('job.deleted', { name });
  return (
    <Anchor fz="inherit" renderRoot={(props) => <Link to="/jobs/$id" params={{ id }} {...props} />}>
      {name}
    </Anchor>
  );
}

function Runs({ job }: { job: JobView }) {
  const { t } = useTranslation();
  const { cursor } = useSearch({ from: '/app/jobs/$id' });
  const navigate = useNavigate({ from: '/jobs/$id' });
  const runs = useQuery({
    ...runsQuery({ job_id: job.id, cursor, limit: 10 }),
    refetchInterval: job.status === 'runnable' ? 2_000 : 15_000,
  });
  const { refetch } = runs;
  const progress = `${job.last_run?.id} ${job.last_run?.status}`;
  // biome-ignore lint/correctness/useExhaustiveDependencies: the job tells first that a run of it has begun or ended
  useEffect(() => void refetch(), [progress]);
  // The job tells of its last run, too. Both say the same at any moment.
  const shown = (runs.data?.items ?? []).map((run) => (run.id === job.last_run?.id ? job.last_run : run));
  return (
    <Section title={t('nav.runs')}>
      {runs.isPending && <LoadingRows rows={3} />}
      {runs.isError && <Failure error={runs.error} onRetry={() => runs.refetch()} />}
      {runs.data?.items.length === 0 && (
        <Text fz="sm" c="dimmed">
          {t('job.noRuns')}
        </Text>
      )}
      {runs.data && runs.data.items.length > 0 && (
        <Stack gap="sm">
          {job.configuration.siblings.length > 0 && (
            <Text fz="sm" c="dimmed">
              {t('job.runs.first', { identifier: t(`identifier.${job.configuration.identifier_type}`) })}
            </Text>
          )}
          <RunTable runs={shown} />
          <Pager
            cursor={cursor}
            next={runs.data.next}
            onGo={(next) => navigate({ search: (now) => ({ ...now, cursor: next }) })}
          />
        </Stack>
      )}
    </Section>
  );
}

function RunTable({ runs }: { runs: readonly RunSummary[] }) {
  const { t, format } = useTranslation();
  const startedBy = useStartedBy();
  return (
    <div className="card table-card">
      <DataTable
        verticalSpacing="xs"
        horizontalSpacing="lg"
        rows={runs}
        rowKey={({ id }) => id}
        hasLinkRows
        columns={[
          {
            label: 'run.started',
            className: 'moment',
            cell: (run) => (
              <Link to="/runs/$id" params={{ id: run.id }} className="row-link">
                {format.dateTime(run.started_at ?? run.queued_at)}
              </Link>
            ),
          },
          {
            label: 'jobs.status',
            cell: (run) => (
              <>
                <RunStatusMark {...run} />
                {run.uploaded !== null && (
                  <Text fz="xs" c="dimmed" className="digits below-s">
                    {t('form.members', { count: run.uploaded })}
                  </Text>
                )}
              </>
            ),
          },
          { label: 'run.trigger', from: 'l', cell: startedBy },
          { label: 'chart.sent', isNumeric: true, from: 's', cell: ({ uploaded }) => format.number(uploaded) },
          {
            label: 'run.turnover',
            isNumeric: true,
            from: 'm',
            cell: ({ turnover }) => <TurnoverCell turnover={turnover} />,
          },
          {
            label: 'chart.skipped',
            isNumeric: true,
            from: 'm',
            cell: (run) => (run.unique === null ? '–' : format.number(skippedOf(run))),
          },
          {
            label: 'chart.estimate',
            isNumeric: true,
            from: 'm',
            cell: ({ matching_size: size }) => (size ? formatLineSize(size, { t, format }) : '–'),
          },
          {
            label: 'run.matchRate',
            isNumeric: true,
            from: 'l',
            cell: (run) => format.percent(matchRateOf(run.matching_size, run.unique)),
          },
        ]}
      />
    </div>
  );
}

/** Earlier versions wrote no code. What they wrote of a person's decision can still be told. */
const isHeldBackIn = ({ action, code, to_condition }: JobTransition): boolean =>
  action === 'run_failed' && (code === null ? to_condition === 'needs_approval' : isHeldBack({ code }));

function Log({ job }: { job: JobView }) {
  const { t, tIfKnown, translate, format } = useTranslation();
  const log = useQuery({ ...jobLogQuery(job.id), refetchInterval: 15_000 });
  const { refetch } = log;
  // biome-ignore lint/correctness/useExhaustiveDependencies: each change of status is a line more
  useEffect(() => void refetch(), [job.status]);
  if (!log.data || log.data.items.length === 0) return null;
  return (
    <Section title={t('job.log')}>
      <div className="card table-card">
        <DataTable
          verticalSpacing="xs"
          horizontalSpacing="lg"
          rows={log.data.items}
          rowKey={({ id }) => id}
          columns={[
            { label: 'log.when', from: 's', className: 'one-line', cell: ({ at }) => format.dateTime(at) },
            {
              label: 'log.what',
              cell: (line) => (
                <>
                  {isHeldBackIn(line) ? t('run.status.guarded') : tIfKnown(`log.action.${line.action}`, line.action)}
                  <Text fz="xs" c="dimmed" component="div" className="below-s">
                    <PastJobStatus line={line} />
                    <div>
                      {format.dateTime(line.at)} · {line.actor}
                    </div>
                  </Text>
                  {line.reason && (
                    <Text fz="xs" c="dimmed">
                      {translate({ message: line.reason, sentence: line.reason_sentence })}
                    </Text>
                  )}
                </>
              ),
            },
            {
              label: 'log.status',
              from: 's',
              cell: (line) => <PastJobStatus line={line} />,
            },
            { label: 'log.who', from: 'm', className: 'one-line', cell: ({ actor }) => actor },
          ]}
        />
      </div>
    </Section>
  );
}
