/** Keep Updated, and when it runs. */
import { Group, Select, Switch, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Fragment } from 'react';
import { nextTimesQuery } from '../../api/jobs.ts';
import { TimeZoneSelect } from '../../components/time-zone/time-zone-select.tsx';
import { weekdayName } from '../../i18n/format.ts';
import { useTranslation } from '../../i18n/provider.tsx';
import { type ExportDraft, hasDay, scheduleOf } from './form-values.ts';

const days = ['monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday', 'sunday'] as const;
const frequencies = ['daily', 'weekly', 'monthly'] as const;

/** Every quarter of an hour. */
const times = Array.from(
  { length: 96 },
  (_, quarter) =>
    `${String(Math.floor(quarter / 4)).padStart(2, '0')}:${String((quarter % 4) * 15).padStart(2, '0')}`,
);

interface ScheduleFieldsProps {
  readonly draft: ExportDraft;
  readonly errors: Readonly<Record<string, string>>;
  readonly change: (part: Partial<ExportDraft>, field: string) => void;
}

export function ScheduleFields({ draft, errors, change }: ScheduleFieldsProps) {
  const { t, language } = useTranslation();
  const dayName = (day: (typeof days)[number]) => weekdayName(days.indexOf(day), language);
  return (
    <>
      <Switch
        label={t('form.continuous_update')}
        description={t('form.continuous_update.hint')}
        checked={draft.continuous_update}
        onChange={(event) => change({ continuous_update: event.currentTarget.checked }, 'continuous_update')}
      />
      {draft.continuous_update && (
        <>
          <Group grow align="flex-start" preventGrowOverflow={false}>
            <Select
              label={t('form.run_frequency')}
              required
              allowDeselect={false}
              data={frequencies.map((value) => ({ value, label: t(`frequency.${value}`) }))}
              value={draft.run_frequency}
              onChange={(value) => value && change({ run_frequency: value }, 'run_frequency')}
            />
            {hasDay(draft) && (
              <Select
                label={t('form.day_of_week')}
                description={
                  draft.run_frequency === 'monthly'
                    ? t('form.day_of_week.monthly', { day: dayName(draft.day_of_week) })
                    : undefined
                }
                inputWrapperOrder={['label', 'input', 'description', 'error']}
                required
                allowDeselect={false}
                data={days.map((value) => ({ value, label: dayName(value) }))}
                value={draft.day_of_week}
                onChange={(value) => value && change({ day_of_week: value }, 'day_of_week')}
              />
            )}
          </Group>
          <Group grow align="flex-start" preventGrowOverflow={false}>
            <Select
              label={t('form.time_of_day')}
              required
              searchable
              allowDeselect={false}
              data={times.includes(draft.time_of_day) ? times : [draft.time_of_day, ...times]}
              value={draft.time_of_day}
              error={errors['configuration.time_of_day']}
              onChange={(value) => value && change({ time_of_day: value }, 'time_of_day')}
            />
            <TimeZoneSelect
              label={t('form.timezone')}
              required
              value={draft.timezone}
              error={errors['configuration.timezone']}
              onChange={(timezone) => change({ timezone }, 'timezone')}
            />
          </Group>
          <NextRuns draft={draft} />
        </>
      )}
    </>
  );
}

function NextRuns({ draft }: { draft: ExportDraft }) {
  const { t, format } = useTranslation();
  const next = useQuery(nextTimesQuery(scheduleOf(draft)));
  if (!next.data) return null;
  return (
    <Text fz="sm" c="dimmed" aria-live="polite">
      {t('form.nextRuns')}{' '}
      {next.data.map((at, index) => (
        <Fragment key={at}>
          {index > 0 && ' · '}
          <span style={{ whiteSpace: 'nowrap' }}>{format.inZone(at, draft.timezone)}</span>
        </Fragment>
      ))}
    </Text>
  );
}
