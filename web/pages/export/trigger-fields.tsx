/** What a job waits for that runs when its data is ready: another job, how often at most, and until when. */
import { Group } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { triggerMinutes } from '../../../src/domain/schedule/trigger.ts';
import { jobNamesQuery, jobQuery, jobRowsQuery } from '../../api/jobs.ts';
import { NumberField } from '../../components/number-field.tsx';
import { Select } from '../../components/select.tsx';
import { TimeZoneSelect } from '../../components/time-zone/time-zone-select.tsx';
import { useTranslation } from '../../i18n/provider.tsx';
import type { ExportForm } from './use-export-form.ts';

interface TriggerFieldsProps {
  readonly form: ExportForm;
  /** For a deadline. */
  readonly times: readonly string[];
  /** The job that is edited, which cannot wait for itself. */
  readonly jobId: string | undefined;
}

export function TriggerFields({ form, times, jobId }: TriggerFieldsProps) {
  const { t } = useTranslation();
  const { trigger, timezone } = form.values.configuration;
  const change = (part: Partial<typeof trigger>) =>
    form.change({ configuration: { trigger: { ...trigger, ...part } } }, 'configuration.trigger');
  const [typed, setTyped] = useState('');
  const jobs = useJobs(trigger.job_id, typed).filter(({ id }) => id !== jobId);
  const { error, ...props } = form.getInputProps('configuration.trigger.job_id');
  return (
    <>
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
        value={trigger.job_id || null}
        onChange={(job_id) => change({ job_id: job_id ?? '' })}
      />
      <Group grow align="flex-start" preventGrowOverflow={false}>
        <NumberField
          label={t('form.trigger.every')}
          min={triggerMinutes.least}
          max={triggerMinutes.most}
          unit={t('alerts.minutes')}
          rightSectionWidth={72}
          {...form.getInputProps('configuration.trigger.at_most_every_minutes')}
          value={trigger.at_most_every_minutes}
        />
        <Select
          label={t('form.trigger.deadline')}
          searchable
          clearable
          data={trigger.deadline === null || times.includes(trigger.deadline) ? times : [trigger.deadline, ...times]}
          {...form.getInputProps('configuration.trigger.deadline')}
          value={trigger.deadline}
          onChange={(deadline) => change({ deadline })}
        />
      </Group>
      {trigger.deadline !== null && (
        <TimeZoneSelect
          label={t('form.timezone')}
          required
          {...form.getInputProps('configuration.timezone')}
          value={timezone}
        />
      )}
    </>
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
