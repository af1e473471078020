/** Settings of the installation, a card a section. */
import { Group, Stack, Text, Textarea } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import type { Settings } from '../../../../src/contracts/settings.ts';
import { settingsQuery } from '../../../api/settings.ts';
import { useClearable } from '../../../components/clearable.ts';
import { NumberField } from '../../../components/number-field.tsx';
import { PageLayout } from '../../../components/page-layout.tsx';
import { Select } from '../../../components/select.tsx';
import { Failure, LoadingRows } from '../../../components/states.tsx';
import { TimeZoneSelect } from '../../../components/time-zone/time-zone-select.tsx';
import { appearanceRules, networkRules, retentionRules } from '../../../forms/rules/installation.build.ts';
import { useApiForm } from '../../../forms/use-api-form.ts';
import { languages, useTranslation } from '../../../i18n/provider.tsx';
import { AlertsSettings } from './alerts.tsx';
import { FilesSettings } from './files.tsx';
import { MailSettings } from './mail.tsx';
import { linesOf, SectionForm, useSaveSection } from './section.tsx';

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
          <AlertsSettings value={settings.data.alerts} />
          <MailSettings
            value={settings.data.mail}
            hasPassword={settings.data.mail_password}
            reference={settings.data.mail_password_reference}
          />
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
  const save = useSaveSection('retention');
  const form = useApiForm({
    rules: retentionRules,
    initialValues: value,
    body: (days) => days,
    save,
  });
  const days = form.values;
  // What is shortened is gone, so it is asked about.
  const lower = [
    days.runs_days < value.runs_days &&
      t('settings.retention.lower.runs', { days: days.runs_days, before: value.runs_days }),
    days.audit_days < value.audit_days &&
      t('settings.retention.lower.audit', { days: days.audit_days, before: value.audit_days }),
  ].filter((text) => text !== false);
  const field = (name: keyof Settings['retention']) => (
    <NumberField
      label={t(`settings.retention.${name}`)}
      required
      withAsterisk={false}
      {...form.number(name)}
      // 0 is refused rather than taken for 1.
      min={0}
      onChange={(next) => form.setFieldValue(name, Number(next))}
    />
  );
  return (
    <SectionForm
      title={t('settings.retention')}
      form={form}
      save={save}
      ask={
        lower.length > 0
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
      <Group grow align="flex-start">
        {field('runs_days')}
        {field('audit_days')}
      </Group>
    </SectionForm>
  );
}

function Network({ value }: { value: Settings['network'] }) {
  const { t } = useTranslation();
  const save = useSaveSection('network');
  const form = useApiForm({
    rules: networkRules,
    initialValues: { internal_hosts: value.internal_hosts.join('\n') },
    body: ({ internal_hosts }) => ({ internal_hosts: linesOf(internal_hosts) }),
    save,
  });
  return (
    <SectionForm title={t('settings.network')} form={form} save={save}>
      <Textarea
        label={t('settings.network.hosts')}
        description={t('settings.network.hosts.hint')}
        autosize
        minRows={2}
        spellCheck={false}
        {...form.field('internal_hosts')}
      />
    </SectionForm>
  );
}

function Appearance({ value }: { value: Settings['appearance'] }) {
  const { t } = useTranslation();
  const clearable = useClearable();
  const save = useSaveSection('appearance');
  const form = useApiForm({
    rules: appearanceRules,
    initialValues: { language: value.language, time_zone: value.time_zone ?? '' },
    body: ({ language, time_zone }) => ({ language, time_zone: time_zone || null }),
    save,
  });
  return (
    <SectionForm title={t('settings.appearance')} form={form} save={save}>
      <Select
        label={t('settings.appearance.language')}
        description={t('settings.appearance.language.hint')}
        allowDeselect={false}
        data={Object.entries(languages).map(([code, label]) => ({ value: code, label }))}
        {...form.getInputProps('language')}
      />
      <TimeZoneSelect
        label={t('settings.appearance.timeZone')}
        description={t('settings.appearance.timeZone.hint')}
        placeholder={t('settings.appearance.timeZone.none')}
        {...clearable}
        {...form.getInputProps('time_zone')}
        value={form.values.time_zone}
      />
    </SectionForm>
  );
}
