/** Keep Updated, and when it runs. */
import { Group, Switch } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import type { DayOfWeek } from '../../../src/domain/schedule/schedule.ts';
import { schedulePreviewQuery } from '../../api/jobs.ts';
import { Select } from '../../components/select.tsx';
import { TimeZoneSelect } from '../../components/time-zone/time-zone-select.tsx';
import { daysOfWeek, runFrequencies } from '../../forms/choices.build.ts';
import { weekdayName } from '../../i18n/format.ts';
import { useTranslation } from '../../i18n/provider.tsx';
import { later, useLater } from '../../lib/later.ts';
import { NextRuns } from './next-runs.tsx';
import { filledIn, hasDay, isCustom, isWhenReady } from './request.ts';
import { TriggerFields } from './triggers/fields.tsx';
import type { ExportForm } from './use-export-form.ts';
import type { ExportValues } from './values.ts';

/** Few schedules are custom. */
const laterCron = later(() => import('./custom-schedule.tsx'));

/** Every quarter of an hour. */
const times = Array.from(
  { length: 96 },
  (_, quarter) => `${String(Math.floor(quarter / 4)).padStart(2, '0')}:${String((quarter % 4) * 15).padStart(2, '0')}`,
);

interface ScheduleFieldsProps {
  readonly form: ExportForm;
  /** Undefined for a new job. */
  readonly jobId: string | undefined;
}

export function ScheduleFields({ form, jobId }: ScheduleFieldsProps) {
  const { values } = form;
  const { continuous_update, run_frequency, day_of_week, time_of_day, timezone } = values.configuration;
  const { t, language } = useTranslation();
  const next = useQuery(schedulePreviewQuery({ ...values.configuration, cron_expressions: null }, language));
  const cron = useLater(laterCron, isCustom(values));
  const dayName = (day: DayOfWeek) => weekdayName(daysOfWeek.indexOf(day), language);
  const frequency = form.getInputProps('configuration.run_frequency');
  const zone = (
    <TimeZoneSelect
      label={t('form.timezone')}
      required
      {...form.getInputProps('configuration.timezone')}
      value={timezone}
    />
  );
  return (
    <>
      <Switch
        label={t('form.continuous_update')}
        description={t('form.continuous_update.hint')}
        {...form.getInputProps('configuration.continuous_update', { type: 'checkbox' })}
      />
      {continuous_update && (
        <>
          <Suggestions form={form} />
          <Group grow align="flex-start" preventGrowOverflow={false}>
            <Select
              label={t('form.run_frequency')}
              required
              allowDeselect={false}
              data={runFrequencies.map((value) => ({ value, label: t(`frequency.${value}`) }))}
              {...frequency}
              onChange={(value) => {
                const take = () => frequency.onChange(value);
                // A custom schedule begins as the plain one.
                if (value !== 'custom') take();
                else laterCron.fetch().then(({ asCustom }) => form.change(asCustom(values)), take);
              }}
            />
            {hasDay(values) && (
              <Select
                label={t('form.day_of_week')}
                description={
                  run_frequency === 'monthly' ? t('form.day_of_week.monthly', { day: dayName(day_of_week) }) : undefined
                }
                inputWrapperOrder={['label', 'input', 'description', 'error']}
                required
                allowDeselect={false}
                data={daysOfWeek.map((value) => ({ value, label: dayName(value) }))}
                {...form.getInputProps('configuration.day_of_week')}
              />
            )}
          </Group>
          {isWhenReady(values) ? (
            <TriggerFields form={form} times={times} jobId={jobId} />
          ) : isCustom(values) ? (
            cron && <cron.CustomSchedule form={form} timeZone={zone} />
          ) : (
            <>
              <Group grow align="flex-start" preventGrowOverflow={false}>
                <Select
                  label={t('form.time_of_day')}
                  required
                  searchable
                  allowDeselect={false}
                  data={times.includes(time_of_day) ? times : [time_of_day, ...times]}
                  {...form.getInputProps('configuration.time_of_day')}
                />
                {zone}
              </Group>
              {next.data && <NextRuns times={next.data.times} timeZone={timezone} />}
            </>
          )}
        </>
      )}
    </>
  );
}

/** What the section holds while it is folded, in a few words. */
export function ScheduleHolds({ values }: { values: ExportValues }) {
  const { t, language } = useTranslation();
  const { configuration } = values;
  const { continuous_update, run_frequency, day_of_week, time_of_day: time, timezone: zone } = configuration;
  const expressions = filledIn(configuration.cron_expressions);
  const { data } = useQuery({
    ...schedulePreviewQuery({ ...configuration, cron_expressions: expressions }, language),
    enabled: isCustom(values) && expressions.length > 0,
  });
  if (!continuous_update) return t('form.schedule.once');
  if (run_frequency === 'when_ready') return t('frequency.when_ready');
  if (run_frequency === 'custom') return `${(data?.words ?? [t('frequency.custom')]).join(' · ')} (${zone})`;
  const day = weekdayName(daysOfWeek.indexOf(day_of_week), language);
  return `${t(`form.schedule.${run_frequency}`, { time, day })} (${zone})`;
}

/** Usual schedules. LINE needs some hours to match what it got, so they run before the campaigns of the day. */
const suggested = [
  { key: 'morning', run_frequency: 'daily', time_of_day: '06:00' },
  { key: 'weekly', run_frequency: 'weekly', day_of_week: 'monday', time_of_day: '06:00' },
  { key: 'monthly', run_frequency: 'monthly', day_of_week: 'monday', time_of_day: '06:00' },
] as const;

function Suggestions({ form }: { form: ExportForm }) {
  const { t, language } = useTranslation();
  const { configuration } = form.values;
  return (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset would be one of the form's
    <div className="chips" role="group" aria-label={t('form.schedule.suggestions')}>
      {suggested.map(({ key, ...schedule }) => {
        const isChosen = Object.entries(schedule).every(
          ([name, value]) => configuration[name as keyof typeof schedule] === value,
        );
        const day = 'day_of_week' in schedule ? weekdayName(daysOfWeek.indexOf(schedule.day_of_week), language) : '';
        const words = t(`form.schedule.${schedule.run_frequency}`, { time: schedule.time_of_day, day });
        return (
          <button
            key={key}
            type="button"
            className="chip"
            aria-pressed={isChosen}
            onClick={() => form.change({ configuration: schedule }, 'configuration.run_frequency')}
          >
            {key === 'morning' ? t('form.schedule.beforeCampaigns', { schedule: words }) : words}
          </button>
        );
      })}
    </div>
  );
}
