/** The filters of runs: status, job, ad account and time. */
import { Group, TextInput } from '@mantine/core';
import { useDebouncedCallback, useDebouncedValue } from '@mantine/hooks';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import type { ServiceRunStatus } from '../../../src/domain/runs/run.ts';
import { jobNamesQuery, jobQuery } from '../../api/jobs.ts';
import { Select } from '../../components/select.tsx';
import { useTranslation } from '../../i18n/provider.tsx';
import { DELETED_JOBS, type RunSearch } from '../../lib/run-filter.ts';

const statuses: readonly ServiceRunStatus[] = ['queued', 'running', 'succeeded', 'failed', 'interrupted', 'stopped'];
/** Named groups of statuses. */
const groups = { active: 'queued,running', incomplete: 'failed,interrupted,stopped' } as const;
const times = ['24h', '7d', '30d', 'dates'] as const;

interface FiltersProps {
  readonly search: RunSearch;
  readonly onChange: (part: Partial<RunSearch>) => void;
}

export function RunFilters({ search, onChange }: FiltersProps) {
  const { t } = useTranslation();
  const clear = { clearable: true, clearButtonProps: { 'aria-label': t('form.clear') } } as const;
  const { status, from, to } = search;
  const byDates = search.time === 'dates' || Boolean(from ?? to);
  const options = [
    { value: groups.active as string, label: t('runs.status.active') },
    { value: groups.incomplete as string, label: t('runs.status.incomplete') },
    ...statuses.map((status) => ({ value: status as string, label: t(`run.status.${status}`) })),
  ];
  const known = status === undefined || options.some(({ value }) => value === status);
  return (
    <Group gap="sm" role="search" align="flex-start">
      <Select
        aria-label={t('jobs.status')}
        placeholder={t('jobs.anyStatus')}
        {...clear}
        data={known ? options : [...options, { value: status, label: status }]}
        value={status ?? null}
        onChange={(value) => onChange({ status: value ?? undefined })}
        w={{ base: 'calc(50% - var(--mantine-spacing-sm) / 2)', xs: 180 }}
      />
      <JobFilter job={search.job} onChange={(job) => onChange({ job })} />
      <AccountFilter
        key={search.account === undefined ? 'none' : 'some'}
        account={search.account ?? ''}
        onChange={(account) => onChange({ account })}
      />
      <Select
        aria-label={t('runs.time')}
        placeholder={t('runs.time.any')}
        {...clear}
        data={times.map((value) => ({ value: value as string, label: t(`runs.time.${value}`) }))}
        value={byDates ? 'dates' : (search.time ?? null)}
        onChange={(value) => onChange({ time: value ?? undefined, from: undefined, to: undefined })}
        w={{ base: 'calc(50% - var(--mantine-spacing-sm) / 2)', xs: 170 }}
      />
      {byDates && (
        <>
          <TextInput
            aria-label={t('runs.from')}
            type="date"
            value={from ?? ''}
            max={to}
            onChange={({ currentTarget }) => onChange({ from: currentTarget.value || undefined })}
          />
          <TextInput
            aria-label={t('runs.to')}
            type="date"
            value={to ?? ''}
            min={from}
            onChange={({ currentTarget }) => onChange({ to: currentTarget.value || undefined })}
          />
        </>
      )}
    </Group>
  );
}

/** Searches jobs by name. All deleted jobs are one choice. */
function JobFilter({ job, onChange }: { job?: string; onChange: (job: string | undefined) => void }) {
  const { t } = useTranslation();
  const isOne = job !== undefined && job !== DELETED_JOBS;
  const chosen = useQuery({ ...jobQuery(job ?? ''), enabled: isOne, refetchInterval: false });
  const deleted = t('runs.deletedJobs');
  const label = job === DELETED_JOBS ? deleted : isOne ? (chosen.data?.name ?? job) : '';
  const [typed, setTyped] = useState('');
  const [wanted] = useDebouncedValue(typed === label ? '' : typed.trim(), 300);
  const found = useQuery(jobNamesQuery(wanted));
  const items = (found.data ?? []).map(({ id, name }) => ({ value: id, label: name }));
  const isListed = !isOne || items.some(({ value }) => value === job);
  return (
    <Select
      aria-label={t('job.title')}
      placeholder={t('runs.anyJob')}
      searchable
      clearable
      clearButtonProps={{ 'aria-label': t('form.clear') }}
      data={[{ value: DELETED_JOBS, label: deleted }, ...(isListed ? [] : [{ value: job, label }]), ...items]}
      filter={({ options }) => options}
      nothingFoundMessage={t('jobs.noMatch')}
      value={job ?? null}
      onSearchChange={setTyped}
      onChange={(value) => onChange(value ?? undefined)}
      w={{ base: 'calc(50% - var(--mantine-spacing-sm) / 2)', xs: 220 }}
    />
  );
}

const ACCOUNT = /^[A-Za-z0-9]{1,40}$/;

function AccountFilter({ account, onChange }: { account: string; onChange: (account: string | undefined) => void }) {
  const { t } = useTranslation();
  const [typed, setTyped] = useState(account);
  const isWrong = typed.trim() !== '' && !ACCOUNT.test(typed.trim());
  const later = useDebouncedCallback((text: string) => {
    if (text === '' || ACCOUNT.test(text)) onChange(text || undefined);
  }, 300);
  return (
    <TextInput
      aria-label={t('form.adaccount_id.plain')}
      placeholder={t('form.adaccount_id.plain')}
      type="search"
      maxLength={40}
      value={typed}
      error={isWrong && t('form.adaccount_id.wrong')}
      onChange={({ currentTarget }) => {
        setTyped(currentTarget.value);
        later(currentTarget.value.trim());
      }}
      w={{ base: 'calc(50% - var(--mantine-spacing-sm) / 2)', xs: 170 }}
    />
  );
}
