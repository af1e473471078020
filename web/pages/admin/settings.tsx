/** Settings of the installation, a card a section. */
import { Button, Group, NumberInput, Select, Stack, Text, Textarea } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { type ReactNode, useState } from 'react';
import type { SettingSection, Settings } from '../../../src/contracts/settings.ts';
import { put } from '../../api/client.ts';
import { settingsQuery } from '../../api/queries.ts';
import { Page } from '../../components/page.tsx';
import { useSay } from '../../components/say.ts';
import { Failure, LoadingRows } from '../../components/states.tsx';
import { languages, useSpeech } from '../../i18n/provider.tsx';

export function SettingsPage() {
  const { t } = useSpeech();
  const settings = useQuery({ ...settingsQuery, refetchOnWindowFocus: false });
  return (
    <Page title={t('nav.settings')}>
      {settings.isPending && <LoadingRows />}
      {settings.isError && <Failure error={settings.error} onRetry={() => settings.refetch()} />}
      {settings.data && (
        <Stack gap="lg" maw={680}>
          <Files value={settings.data.files} />
          <Retention value={settings.data.retention} />
          <Notifications value={settings.data.notifications} />
          <Appearance value={settings.data.appearance} />
        </Stack>
      )}
    </Page>
  );
}

const linesOf = (text: string): string[] =>
  text
    .split('\n')
    .map((line) => line.trim())
    .filter(Boolean);

function Files({ value }: { value: Settings['files'] }) {
  const { t } = useSpeech();
  const [roots, setRoots] = useState(value.roots.join('\n'));
  return (
    <SectionForm section="files" title={t('settings.files')} value={{ roots: linesOf(roots) }}>
      <Textarea
        label={t('settings.files.roots')}
        description={t('settings.files.roots.hint')}
        autosize
        minRows={2}
        spellCheck={false}
        value={roots}
        onChange={(event) => setRoots(event.currentTarget.value)}
      />
    </SectionForm>
  );
}

function Retention({ value }: { value: Settings['retention'] }) {
  const { t } = useSpeech();
  const [days, setDays] = useState(value);
  const field = (name: keyof Settings['retention']) => (
    <NumberInput
      label={t(`settings.retention.${name}`)}
      min={1}
      max={3650}
      allowDecimal={false}
      hideControls
      required
      withAsterisk={false}
      value={days[name]}
      onChange={(next) => setDays((before) => ({ ...before, [name]: Number(next) }))}
    />
  );
  return (
    <SectionForm section="retention" title={t('settings.retention')} value={days}>
      <Group grow align="flex-start">
        {field('runs_days')}
        {field('audit_days')}
      </Group>
    </SectionForm>
  );
}

function Notifications({ value }: { value: Settings['notifications'] }) {
  const { t } = useSpeech();
  const [hosts, setHosts] = useState(value.internal_hosts.join('\n'));
  return (
    <SectionForm
      section="notifications"
      title={t('settings.notifications')}
      value={{ internal_hosts: linesOf(hosts) }}
    >
      <Textarea
        label={t('settings.notifications.hosts')}
        description={t('settings.notifications.hosts.hint')}
        autosize
        minRows={2}
        spellCheck={false}
        value={hosts}
        onChange={(event) => setHosts(event.currentTarget.value)}
      />
    </SectionForm>
  );
}

function Appearance({ value }: { value: Settings['appearance'] }) {
  const { t } = useSpeech();
  const [language, setLanguage] = useState(value.language);
  return (
    <SectionForm section="appearance" title={t('settings.appearance')} value={{ language }}>
      <Select
        label={t('settings.appearance.language')}
        description={t('settings.appearance.language.hint')}
        allowDeselect={false}
        data={Object.entries(languages).map(([code, label]) => ({ value: code as typeof language, label }))}
        value={language}
        onChange={(next) => next && setLanguage(next)}
      />
    </SectionForm>
  );
}

interface SectionFormProps<Section extends SettingSection> {
  readonly section: Section;
  readonly title: string;
  readonly value: Settings[Section];
  readonly children: ReactNode;
}

function SectionForm<Section extends SettingSection>({
  section,
  title,
  value,
  children,
}: SectionFormProps<Section>) {
  const { t } = useSpeech();
  const say = useSay();
  const queries = useQueryClient();
  const save = useMutation({
    mutationFn: () => put<Settings>(`/settings/${section}`, value),
    onSuccess: async (saved) => {
      queries.setQueryData(['settings'], saved);
      // Other folders hold other audiences.
      await queries.invalidateQueries({ queryKey: ['sources'] });
      say.done(t('settings.saved'));
    },
  });
  return (
    <form
      aria-label={title}
      onSubmit={(event) => {
        event.preventDefault();
        save.mutate();
      }}
    >
      <Stack className="card" p="xl" gap="md">
        <Text component="h2" fz={17} fw={650} m={0}>
          {title}
        </Text>
        {children}
        {save.error && <Failure error={save.error} />}
        <Group>
          <Button type="submit" variant="default" loading={save.isPending}>
            {t('action.save')}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
