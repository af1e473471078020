/** All jobs. What is searched and filtered is in the address. */
import { Button, Group, Select, Table, Text, TextInput } from '@mantine/core';
import { useDebouncedCallback } from '@mantine/hooks';
import { useQuery } from '@tanstack/react-query';
import { Link, useNavigate, useSearch } from '@tanstack/react-router';
import { useState } from 'react';
import type { JobStatus, JobView } from '../../../src/contracts/jobs.ts';
import { jobsQuery } from '../../api/queries.ts';
import { PlusIcon } from '../../components/icons.tsx';
import { Page } from '../../components/page.tsx';
import { Pager } from '../../components/pager.tsx';
import { useMe } from '../../components/signed-in.tsx';
import { Sparkline } from '../../components/sparkline.tsx';
import { Empty, Failure, LoadingRows } from '../../components/states.tsx';
import { JobStatusMark, RunStatusMark } from '../../components/status.tsx';
import { When } from '../../components/when.tsx';
import { useSpeech } from '../../i18n/provider.tsx';
import { FirstSteps } from './first-steps.tsx';

const statuses: readonly JobStatus[] = ['runnable', 'sleeping', 'paused', 'completed', 'failed', 'killed'];

export function JobsPage() {
  const { t } = useSpeech();
  const { may } = useMe();
  const search = useSearch({ from: '/app/' });
  const navigate = useNavigate({ from: '/' });
  const list = useQuery(jobsQuery(search));
  const filtered = Boolean(search.status || search.search || search.cursor);
  const create = may('jobs.write') && (
    <Button leftSection={<PlusIcon />} renderRoot={(props) => <Link to="/jobs/new" {...props} />}>
      {t('export.new')}
    </Button>
  );
  const isEmpty = list.data?.items.length === 0;
  return (
    <Page title={t('nav.jobs')} lead={t('jobs.lead')} actions={!(isEmpty && !filtered) && create}>
      {!(isEmpty && !filtered) && (
        <Filters
          key={search.search === undefined ? 'none' : 'some'}
          search={search.search ?? ''}
          status={search.status ?? null}
          onChange={(part) =>
            navigate({ search: (before) => ({ ...before, cursor: undefined, ...part }), replace: true })
          }
        />
      )}
      {list.isPending && <LoadingRows />}
      {list.isError && <Failure error={list.error} onRetry={() => list.refetch()} />}
      {isEmpty &&
        (filtered ? (
          <Empty
            title={t('jobs.noMatch')}
            action={
              <Button variant="default" onClick={() => navigate({ search: {} })}>
                {t('list.clear')}
              </Button>
            }
          />
        ) : create ? (
          <FirstSteps />
        ) : (
          <Empty title={t('jobs.none')}>{t('jobs.none.detail')}</Empty>
        ))}
      {list.data && !isEmpty && (
        <>
          <JobTable jobs={list.data.items} />
          <Pager
            cursor={search.cursor}
            next={list.data.next}
            onGo={(cursor) => navigate({ search: (before) => ({ ...before, cursor }) })}
          />
        </>
      )}
    </Page>
  );
}

interface FiltersProps {
  readonly search: string;
  readonly status: string | null;
  readonly onChange: (part: { search?: string; status?: string }) => void;
}

function Filters({ search, status, onChange }: FiltersProps) {
  const { t } = useSpeech();
  const [typed, setTyped] = useState(search);
  const later = useDebouncedCallback((text: string) => onChange({ search: text || undefined }), 300);
  return (
    <Group gap="sm" role="search">
      <TextInput
        aria-label={t('jobs.search')}
        placeholder={t('jobs.search')}
        type="search"
        value={typed}
        onChange={(event) => {
          setTyped(event.currentTarget.value);
          later(event.currentTarget.value);
        }}
        style={{ flex: '1 1 200px', maxWidth: 320 }}
      />
      <Select
        aria-label={t('jobs.status')}
        placeholder={t('jobs.anyStatus')}
        clearable
        clearButtonProps={{ 'aria-label': t('form.clear') }}
        data={statuses.map((value) => ({ value, label: t(`job.status.${value}`) }))}
        value={status}
        onChange={(value) => onChange({ status: value ?? undefined })}
        w={180}
      />
    </Group>
  );
}

function JobTable({ jobs }: { jobs: readonly JobView[] }) {
  const { t, format } = useSpeech();
  return (
    <div className="card">
      <Table verticalSpacing="sm" horizontalSpacing="lg">
        <Table.Thead>
          <Table.Tr>
            <Table.Th>{t('jobs.name')}</Table.Th>
            <Table.Th>{t('jobs.status')}</Table.Th>
            <Table.Th visibleFrom="sm">{t('jobs.lastRun')}</Table.Th>
            <Table.Th visibleFrom="md">{t('jobs.nextRun')}</Table.Th>
            <Table.Th visibleFrom="sm" ta="right">
              {t('jobs.lastSize')}
            </Table.Th>
            <Table.Th visibleFrom="lg">{t('jobs.trend')}</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {jobs.map((job) => (
            <Table.Tr key={job.id}>
              <Table.Td>
                <Link to="/jobs/$id" params={{ id: job.id }} className="row-link">
                  {job.name}
                </Link>
                <Text fz="xs" c="dimmed" style={{ overflowWrap: 'anywhere' }} lineClamp={1}>
                  {job.source_label ?? t('form.source.files')} → {job.configuration.adaccount_id}
                </Text>
              </Table.Td>
              <Table.Td>
                <JobStatusMark status={job.status} />
                {job.recent_sizes.length > 0 && (
                  <Text hiddenFrom="sm" fz="xs" c="dimmed" className="numbers" ta="left">
                    {t('form.members', { count: job.recent_sizes.at(-1) ?? 0 })}
                  </Text>
                )}
              </Table.Td>
              <Table.Td visibleFrom="sm">
                {job.last_run ? (
                  <Link
                    to="/runs/$id"
                    params={{ id: job.last_run.id }}
                    className="row-link"
                    style={{ fontWeight: 400 }}
                  >
                    <RunStatusMark status={job.last_run.status} />{' '}
                    <Text fz="xs" c="dimmed" component="span" display="block">
                      <When at={job.last_run.ended_at ?? job.last_run.started_at ?? job.last_run.queued_at} />
                    </Text>
                  </Link>
                ) : (
                  '–'
                )}
              </Table.Td>
              <Table.Td visibleFrom="md">{job.next_run_at ? <When at={job.next_run_at} /> : '–'}</Table.Td>
              <Table.Td visibleFrom="sm" className="numbers">
                {job.recent_sizes.length > 0 ? format.number(job.recent_sizes.at(-1) ?? 0) : '–'}
              </Table.Td>
              <Table.Td visibleFrom="lg">
                <Sparkline
                  values={job.recent_sizes}
                  label={t('jobs.trend.label', { values: job.recent_sizes.map(format.number).join(', ') })}
                />
              </Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </div>
  );
}
