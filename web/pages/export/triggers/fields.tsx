/** What a job waits for that runs when its data is ready, how often it runs at most, and until when it is expected. */
import { Group } from '@mantine/core';
import type { ComponentType } from 'react';
import type { WatchedKind } from '../../../../src/contracts/watched.ts';
import { triggerMinutes } from '../../../../src/domain/schedule/triggers/bounds.ts';
import type { TriggerKind } from '../../../../src/domain/schedule/triggers/index.ts';
import { NumberField } from '../../../components/number-field.tsx';
import { Select } from '../../../components/select.tsx';
import { TimeZoneSelect } from '../../../components/time-zone/time-zone-select.tsx';
import { useTranslation } from '../../../i18n/provider.tsx';
import { type Later, later, useLater } from '../../../lib/later.ts';
import { useTraitsOf } from '../../../sources/read-source.ts';
import type { KindFieldsProps } from './kind.ts';
import type { TypedTrigger } from './values.ts';

/** Each kind has a file here with fields of its own, which is loaded when the kind is chosen. */
const kinds: Readonly<Record<TriggerKind, Later<{ readonly Fields: ComponentType<KindFieldsProps> }>>> = {
  after_job: later(() => import('./after-job.tsx')),
  object: later(() => import('./object.tsx')),
  table: later(() => import('./table.tsx')),
  webhook: later(() => import('./webhook.tsx')),
};
/** What the source must be able to tell. */
const watchedFor: Readonly<Partial<Record<TriggerKind, WatchedKind>>> = { object: 'object', table: 'query' };
const kindNames = Object.keys(kinds) as TriggerKind[];

interface TriggerFieldsProps extends Omit<KindFieldsProps, 'change'> {
  /** For a deadline. */
  readonly times: readonly string[];
}

export function TriggerFields({ form, times, jobId }: TriggerFieldsProps) {
  const { t } = useTranslation();
  const { trigger, timezone } = form.values.configuration;
  const watches = useTraitsOf()(form.values.source_authorization_id)?.watches;
  const offered = kindNames.filter(
    (kind) => kind === trigger.kind || !Object.hasOwn(watchedFor, kind) || watches?.includes(watchedFor[kind]!),
  );
  const change = (part: Partial<TypedTrigger>) =>
    form.change({ configuration: { trigger: { ...trigger, ...part } } }, 'configuration.trigger');
  return (
    <>
      {offered.length > 1 && (
        <Select
          label={t('form.trigger.kind')}
          required
          allowDeselect={false}
          data={offered.map((value) => ({ value, label: t(`form.trigger.kind.${value}`) }))}
          value={trigger.kind}
          onChange={(kind) => change({ kind: kind ?? trigger.kind })}
        />
      )}
      <OwnFields key={trigger.kind} form={form} jobId={jobId} change={change} />
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
          description={t('form.trigger.deadline.hint')}
          inputWrapperOrder={['label', 'input', 'description', 'error']}
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

function OwnFields(props: KindFieldsProps) {
  const code = useLater(kinds[props.form.values.configuration.trigger.kind]);
  return code && <code.Fields {...props} />;
}
