/** Files that may be exported: folders of the server's machine, and URLs below which others give theirs. */
import { Box, Button, Group, Stack, Text, Textarea, TextInput } from '@mantine/core';
import { useState } from 'react';
import type { Settings, SettingsView, UrlRoot } from '../../../../src/contracts/settings.ts';
import { PlusIcon } from '../../../components/icons.tsx';
import { WarningNote } from '../../../components/states.tsx';
import { useTranslation } from '../../../i18n/provider.tsx';
import { linesOf, SectionForm } from './section.tsx';

type Files = Settings['files'];

interface FilesSettingsProps {
  readonly value: Files;
  /** Of all settings. */
  readonly warnings: SettingsView['warnings'];
}

export function FilesSettings({ value, warnings }: FilesSettingsProps) {
  const { t } = useTranslation();
  const [roots, setRoots] = useState(value.roots.join('\n'));
  const [rows, setRows] = useState(value.url_roots);
  const filled = rows.filter(({ url }) => url.trim() !== '');
  return (
    <SectionForm
      section="files"
      title={t('settings.files')}
      value={{ ...value, roots: linesOf(roots), url_roots: filled }}
    >
      {(errors) => (
        <>
          <Textarea
            label={t('settings.files.roots')}
            description={t('settings.files.roots.hint')}
            autosize
            minRows={2}
            spellCheck={false}
            value={roots}
            error={Object.entries(errors).find(([path]) => path.startsWith('roots'))?.[1]}
            onChange={(event) => setRoots(event.currentTarget.value)}
          />
          {warnings
            .filter(({ path }) => path.startsWith('files.roots'))
            .map((notice) => (
              <WarningNote key={`${notice.path} ${notice.message}`} text={notice} />
            ))}
          <UrlRoots
            rows={rows}
            errorOf={(row) => errors[`url_roots.${filled.indexOf(row)}.url`]}
            onChange={setRows}
          />
        </>
      )}
    </SectionForm>
  );
}

interface UrlRootsProps {
  readonly rows: readonly UrlRoot[];
  readonly errorOf: (row: UrlRoot) => string | undefined;
  readonly onChange: (rows: UrlRoot[]) => void;
}

function UrlRoots({ rows, errorOf, onChange }: UrlRootsProps) {
  const { t } = useTranslation();
  const change = (index: number, url: string) =>
    onChange(rows.map((row, at) => (at === index ? { url } : row)));
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
              error={errorOf(row)}
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
          <Button
            variant="default"
            leftSection={<PlusIcon />}
            onClick={() => onChange([...rows, { url: '' }])}
          >
            {t('settings.files.url.add')}
          </Button>
        </Group>
      </Stack>
    </Box>
  );
}
