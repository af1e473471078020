/** Keep Updated, and when it runs. */
import { Group, Select, Switch, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Fragment } from 'react';
import type { DayOfWeek } from '../../../src/contracts/schedule.ts';
import { nextTimesQuery } from '../../api/jobs.ts';
import { TimeZoneSelect } from '../../components/time-zone/time-zone-select.tsx';
import { daysOfWeek, runFrequencies } from '../../forms/choices.build.ts';
import { weekdayName } from '../../i18n/format.ts';
import { useTranslation } from '../../i18n/provider.tsx';
import { hasDay, scheduleOf } from './request.ts';
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
  const dayName = (day: DayOfWeek) => weekdayName(daysOfWeek.indexOf(day), language);
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
              {...form.getInputProps('configuration.run_frequency')}
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
          <Group grow align="flex-start" preventGrowOverflow={false}>
            <Select
              label={t('form.time_of_day')}
              required
              searchable
              allowDeselect={false}
              data={times.includes(time_of_day) ? times : [time_of_day, ...times]}
              {...form.getInputProps('configuration.time_of_day')}
            />
            <TimeZoneSelect
              label={t('form.timezone')}
              required
              {...form.getInputProps('configuration.timezone')}
              value={timezone}
            />
          </Group>
          <NextRuns values={values} />
        </>
      )}
    </>
  );
}

function NextRuns({ values }: { values: ExportValues }) {
  const { t, format } = useTranslation();
  const next = useQuery(nextTimesQuery(scheduleOf(values)));
  if (!next.data) return null;
  return (
    <Text fz="sm" c="dimmed" aria-live="polite">
      {t('form.nextRuns')}{' '}
      {next.data.map((at, index) => (
        <Fragment key={at}>
          {index > 0 && ' · '}
          <span style={{ whiteSpace: 'nowrap' }}>{format.inZone(at, values.configuration.timezone)}</span>
        </Fragment>
      ))}
    </Text>
  );
}
