/** Keep Updated, and when it runs. */
import { Group, Select, Switch, Text } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { useQuery } from '@tanstack/react-query';
import { Fragment, type ReactNode } from 'react';
import type { DayOfWeek, Schedule } from '../../../src/contracts/schedule.ts';
import { ApiError } from '../../api/client.ts';
import { schedulePreviewQuery } from '../../api/jobs.ts';
import { TimeZoneSelect } from '../../components/time-zone/time-zone-select.tsx';
import { daysOfWeek, runFrequencies } from '../../forms/choices.build.ts';
import { weekdayName } from '../../i18n/format.ts';
import { Translated, useTranslation } from '../../i18n/provider.tsx';
import { CronFields } from './cron-fields.tsx';
import { asCustom, hasDay, isCustom, scheduleFrom } from './request.ts';
import type { ExportForm } from './use-export-form.ts';
import type { ExportValues } from './values.ts';

/** Every quarter of an hour. */
const times = Array.from(
  { length: 96 },
  (_, quarter) =>
    `${String(Math.floor(quarter / 4)).padStart(2, '0')}:${String((quarter % 4) * 15).padStart(2, '0')}`,
);

export function ScheduleFields({ form }: { form: ExportForm }) {
  const { values } = form;
  const { continuous_update, run_frequency, day_of_week, time_of_day, timezone } = values.configuration;
  const { t, language } = useTranslation();
  const preview = useSchedulePreview(values);
  const dayName = (day: DayOfWeek) => weekdayName(daysOfWeek.indexOf(day), language);
  const frequency = form.getInputProps('configuration.run_frequency');
  return (
    <>
      <Switch
        label={t('form.continuous_update')}
        description={t('form.continuous_update.hint')}
        {...form.getInputProps('configuration.continuous_update', { type: 'checkbox' })}
      />
      {continuous_update && (
        <>
          <Group grow align="flex-start" preventGrowOverflow={false}>
            <Select
              label={t('form.run_frequency')}
              required
              allowDeselect={false}
              data={runFrequencies.map((value) => ({ value, label: t(`frequency.${value}`) }))}
              {...frequency}
              onChange={(value) => {
                // A custom schedule begins as the plain one.
                if (value === 'custom') form.change(asCustom(values));
                else frequency.onChange(value);
              }}
            />
            {hasDay(values) && (
              <Select
                label={t('form.day_of_week')}
                description={
                  run_frequency === 'monthly'
                    ? t('form.day_of_week.monthly', { day: dayName(day_of_week) })
                    : undefined
                }
                inputWrapperOrder={['label', 'input', 'description', 'error']}
                required
                allowDeselect={false}
                data={daysOfWeek.map((value) => ({ value, label: dayName(value) }))}
                {...form.getInputProps('configuration.day_of_week')}
              />
            )}
          </Group>
          {isCustom(values) && (
            <CronFields form={form} words={preview.data?.words} refused={preview.refused} />
          )}
          <Group grow align="flex-start" preventGrowOverflow={false}>
            {!isCustom(values) && (
              <Select
                label={t('form.time_of_day')}
                required
                searchable
                allowDeselect={false}
                data={times.includes(time_of_day) ? times : [time_of_day, ...times]}
                {...form.getInputProps('configuration.time_of_day')}
              />
            )}
            <TimeZoneSelect
              label={t('form.timezone')}
              required
              {...form.getInputProps('configuration.timezone')}
              value={timezone}
            />
          </Group>
          {preview.data && <NextRuns times={preview.data.times} timeZone={timezone} />}
        </>
      )}
    </>
  );
}

/** What the service says about the schedule as it is now. It is asked when a person stops typing. */
function useSchedulePreview(values: ExportValues) {
  const { language } = useTranslation();
  const typed = JSON.stringify(scheduleFrom(values));
  const [settled] = useDebouncedValue(typed, isCustom(values) ? 400 : 0);
  const schedule: Schedule | null = typed === settled ? JSON.parse(settled) : null;
  const { data, error } = useQuery(schedulePreviewQuery(schedule, language));
  const fields = error instanceof ApiError ? error.fields : [];
  return {
    data,
    /** By the paths of the form. */
    refused: new Map<string, ReactNode>(
      fields.map(({ path, ...text }) => [
        path.replace(/^schedule\./, 'configuration.'),
        <Translated key={path} text={text} />,
      ]),
    ),
  };
}

function NextRuns({ times, timeZone }: { times: readonly string[]; timeZone: string }) {
  const { t, format } = useTranslation();
  return (
    <Text fz="sm" c="dimmed" aria-live="polite">
      {t('form.nextRuns')}{' '}
      {times.map((at, index) => (
        <Fragment key={at}>
          {index > 0 && ' · '}
          <span style={{ whiteSpace: 'nowrap' }}>{format.inZone(at, timeZone)}</span>
        </Fragment>
      ))}
    </Text>
  );
}
