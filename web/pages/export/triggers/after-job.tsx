/** The job whose success a job waits for. */
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { jobNamesQuery, jobQuery, jobRowsQuery } from '../../../api/jobs.ts';
import { Select } from '../../../components/select.tsx';
import { useTranslation } from '../../../i18n/provider.tsx';
import type { KindFieldsProps } from './kind.ts';

export function Fields({ form, jobId, change }: KindFieldsProps) {
  const { t } = useTranslation();
  const { job_id } = form.values.configuration.trigger;
  const [typed, setTyped] = useState('');
  const jobs = useJobs(job_id, typed).filter(({ id }) => id !== jobId);
  const { error, ...props } = form.getInputProps('configuration.trigger.job_id');
  return (
    <Select
      label={t('form.trigger.job')}
      required
      searchable
      allowDeselect={false}
      data={jobs.map(({ id, name }) => ({ value: id, label: name }))}
      onSearchChange={setTyped}
      {...props}
      data-path="configuration.trigger"
      error={form.errors['configuration.trigger'] ?? error}
      value={job_id || null}
      onChange={(chosen) => change({ job_id: chosen ?? '' })}
    />
  );
}

/** The jobs to choose from. Of too many, those with the text that is typed, and the chosen one. */
function useJobs(chosen: string, typed: string): { readonly id: string; readonly name: string }[] {
  const rows = useQuery(jobRowsQuery);
  const isLarge = rows.data?.next != null;
  const names = useQuery({ ...jobNamesQuery(typed.trim()), enabled: isLarge });
  const jobs = (isLarge ? names.data : rows.data?.items) ?? [];
  const isMissing = chosen !== '' && rows.data !== undefined && jobs.every(({ id }) => id !== chosen);
  const other = useQuery({ ...jobQuery(chosen), enabled: isMissing }).data;
  const all = isMissing && other ? [other, ...jobs] : jobs;
  return all.map(({ id, name }) => ({ id, name }));
}
