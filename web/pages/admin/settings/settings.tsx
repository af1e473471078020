/** Settings of the installation, a card a section. */
import { Group, Select, Stack, Text, Textarea } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import type { Settings } from '../../../../src/contracts/settings.ts';
import { settingsQuery } from '../../../api/settings.ts';
import { useClearable } from '../../../components/clearable.ts';
import { NumberField } from '../../../components/number-field.tsx';
import { PageLayout } from '../../../components/page-layout.tsx';
import { Failure, LoadingRows } from '../../../components/states.tsx';
import { TimeZoneSelect } from '../../../components/time-zone/time-zone-select.tsx';
import { languages, useTranslation } from '../../../i18n/provider.tsx';
import { FilesSettings } from './files.tsx';
import { linesOf, SectionForm } from './section.tsx';

export function SettingsPage() {
  const { t } = useTranslation();
  const settings = useQuery({ ...settingsQuery, refetchOnWindowFocus: false });
  return (
    <PageLayout title={t('nav.settings')}>
      {settings.isPending && <LoadingRows />}
      {settings.isError && <Failure error={settings.error} onRetry={() => settings.refetch()} />}
      {settings.data && (
        <Stack gap="lg" maw={680}>
          <FilesSettings value={settings.data.files} warnings={settings.data.warnings} />
          <Retention value={settings.data.retention} />
          <Network value={settings.data.network} />
          <Appearance value={settings.data.appearance} />
        </Stack>
      )}
    </PageLayout>
  );
}

function Retention({ value }: { value: Settings['retention'] }) {
  const { t } = useTranslation();
  const [days, setDays] = useState(value);
  // What is shortened is gone, so it is asked about; 0 is refused by its field rather than taken for 1.
  const lower = [
    days.runs_days < value.runs_days &&
      t('settings.retention.lower.runs', { days: days.runs_days, before: value.runs_days }),
    days.audit_days < value.audit_days &&
      t('settings.retention.lower.audit', { days: days.audit_days, before: value.audit_days }),
  ].filter((text) => text !== false);
  const isPossible = days.runs_days >= 1 && days.audit_days >= 1;
  const field = (name: keyof Settings['retention'], errors: Readonly<Record<string, string>>) => (
    <NumberField
      label={t(`settings.retention.${name}`)}
      error={errors[name]}
      max={3650}
      min={0}
      required
      withAsterisk={false}
      value={days[name]}
      onChange={(next) => setDays((before) => ({ ...before, [name]: Number(next) }))}
    />
  );
  return (
    <SectionForm
      section="retention"
      title={t('settings.retention')}
      value={days}
      ask={
        lower.length > 0 && isPossible
          ? {
              title: t('settings.retention.lower.title'),
              action: t('settings.retention.lower.action'),
              detail: [...lower, t('settings.retention.lower.detail')].map((text) => (
                <Text key={text} fz="sm" mb={6}>
                  {text}
                </Text>
              )),
            }
          : null
      }
    >
      {(errors) => (
        <Group grow align="flex-start">
          {field('runs_days', errors)}
          {field('audit_days', errors)}
        </Group>
      )}
    </SectionForm>
  );
}

function Network({ value }: { value: Settings['network'] }) {
  const { t } = useTranslation();
  const [hosts, setHosts] = useState(value.internal_hosts.join('\n'));
  return (
    <SectionForm section="network" title={t('settings.network')} value={{ internal_hosts: linesOf(hosts) }}>
      {(errors) => (
        <Textarea
          label={t('settings.network.hosts')}
          description={t('settings.network.hosts.hint')}
          autosize
          minRows={2}
          spellCheck={false}
          value={hosts}
          error={Object.entries(errors).find(([path]) => path.startsWith('internal_hosts'))?.[1]}
          onChange={(event) => setHosts(event.currentTarget.value)}
        />
      )}
    </SectionForm>
  );
}

function Appearance({ value }: { value: Settings['appearance'] }) {
  const { t } = useTranslation();
  const [language, setLanguage] = useState(value.language);
  const clearable = useClearable();
  const [timeZone, setTimeZone] = useState(value.time_zone ?? '');
  return (
    <SectionForm
      section="appearance"
      title={t('settings.appearance')}
      value={{ language, time_zone: timeZone || null }}
    >
      <Select
        label={t('settings.appearance.language')}
        description={t('settings.appearance.language.hint')}
        allowDeselect={false}
        data={Object.entries(languages).map(([code, label]) => ({ value: code as typeof language, label }))}
        value={language}
        onChange={(next) => next && setLanguage(next)}
      />
      <TimeZoneSelect
        label={t('settings.appearance.timeZone')}
        description={t('settings.appearance.timeZone.hint')}
        placeholder={t('settings.appearance.timeZone.none')}
        {...clearable}
        value={timeZone}
        onChange={setTimeZone}
      />
    </SectionForm>
  );
}
