/** Files that may be exported: folders of the server's machine, and URLs below which others give theirs. */
import { Box, Button, Group, Stack, Text, Textarea, TextInput, type TextInputProps } from '@mantine/core';
import type { Settings, SettingsView, UrlRoot } from '../../../../src/contracts/settings.ts';
import { PlusIcon } from '../../../components/icons.tsx';
import { WarningNote } from '../../../components/warning-line.tsx';
import { filesRules } from '../../../forms/rules/installation.build.ts';
import { useApiForm } from '../../../forms/use-api-form.ts';
import { useTranslation } from '../../../i18n/provider.tsx';
import { linesOf, SectionForm, useSaveSection } from './section.tsx';

type Files = Settings['files'];

interface FilesSettingsProps {
  readonly value: Files;
  /** Of all settings. */
  readonly warnings: SettingsView['warnings'];
}

export function FilesSettings({ value, warnings }: FilesSettingsProps) {
  const { t } = useTranslation();
  const save = useSaveSection('files');
  const form = useApiForm({
    rules: filesRules,
    initialValues: { roots: value.roots.join('\n'), url_roots: value.url_roots },
    body: ({ roots, url_roots }) => ({ roots: linesOf(roots), url_roots: filledIn(url_roots) }),
    save,
  });
  const { url_roots } = form.values;
  return (
    <SectionForm title={t('settings.files')} form={form} save={save}>
      <Textarea
        label={t('settings.files.roots')}
        description={t('settings.files.roots.hint')}
        autosize
        minRows={2}
        spellCheck={false}
        {...form.field('roots')}
      />
      {warnings
        .filter(({ path }) => path.startsWith('files.roots'))
        .map((notice) => (
          <WarningNote key={`${notice.path} ${notice.message}`} text={notice} />
        ))}
      <UrlRoots
        rows={url_roots}
        // Only the rows that are filled in are sent, and numbered.
        fieldOf={(row) => {
          const path = `url_roots.${filledIn(url_roots).indexOf(row)}.url`;
          return { 'data-path': path, error: form.errors[path] };
        }}
        onChange={(rows) => form.setFieldValue('url_roots', rows)}
      />
    </SectionForm>
  );
}

const filledIn = (rows: readonly UrlRoot[]): UrlRoot[] => rows.filter(({ url }) => url.trim() !== '');

interface UrlRootsProps {
  readonly rows: readonly UrlRoot[];
  /** Connects a row to the form. */
  readonly fieldOf: (row: UrlRoot) => TextInputProps;
  readonly onChange: (rows: UrlRoot[]) => void;
}

function UrlRoots({ rows, fieldOf, onChange }: UrlRootsProps) {
  const { t } = useTranslation();
  const change = (index: number, url: string) => onChange(rows.map((row, at) => (at === index ? { url } : row)));
  return (
    <Box component="fieldset" m={0} p={0} bd={0} miw={0}>
      <Text component="legend" fz="sm" fw={600} p={0}>
        {t('settings.files.urls')}
      </Text>
      <Text fz="xs" c="dimmed">
        {t('settings.files.urls.hint')}
      </Text>
      <Stack gap="md" mt="xs">
        {rows.map((row, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: a row is known by its place alone
          <Group key={index} gap="xs" align="flex-start" wrap="nowrap">
            <TextInput
              flex={1}
              inputMode="url"
              spellCheck={false}
              aria-label={t('settings.files.url', { number: index + 1 })}
              placeholder="https://files.example.com/exports/"
              value={row.url}
              {...fieldOf(row)}
              onChange={(event) => change(index, event.currentTarget.value)}
            />
            <Button
              variant="default"
              flex="none"
              aria-label={t('settings.files.url.remove', { number: index + 1 })}
              onClick={() => onChange(rows.filter((_, at) => at !== index))}
            >
              {t('action.remove')}
            </Button>
          </Group>
        ))}
        <Group>
          <Button variant="default" leftSection={<PlusIcon />} onClick={() => onChange([...rows, { url: '' }])}>
            {t('settings.files.url.add')}
          </Button>
        </Group>
      </Stack>
    </Box>
  );
}
