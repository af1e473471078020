/** The cron expressions of a custom schedule: one row for each, with its meaning in words below it. */
import { Box, Button, Group, Stack, Text, TextInput } from '@mantine/core';
import type { ReactNode } from 'react';
import { PlusIcon } from '../../components/icons.tsx';
import { cronLimits } from '../../forms/choices.build.ts';
import { useTranslation } from '../../i18n/provider.tsx';
import { cronPath, filledIn } from './request.ts';
import type { ExportForm } from './use-export-form.ts';

interface CronFieldsProps {
  readonly form: ExportForm;
  /** What the service says about the expressions as they are now. */
  readonly words: readonly string[] | undefined;
  readonly refused: ReadonlyMap<string, ReactNode>;
}

export function CronFields({ form, words, refused }: CronFieldsProps) {
  const { t } = useTranslation();
  const rows = form.values.configuration.cron_expressions;
  const filled = filledIn(rows);
  const change = (cron_expressions: string[]) => form.change({ configuration: { cron_expressions } });
  return (
    <Box component="fieldset" m={0} p={0} bd={0} miw={0} data-path={cronPath()}>
      <Text component="legend" fz="sm" fw={600} p={0}>
        {t('form.cron_expressions')}
      </Text>
      <Text fz="xs" c="dimmed" lh="sm">
        {t('form.cron_expressions.hint')}
      </Text>
      <Stack gap="xs" mt="xs">
        {rows.map((row, index) => {
          // Only the rows that are filled in are sent, and numbered.
          const place = row.trim() === '' ? undefined : filledIn(rows.slice(0, index)).length;
          const path = cronPath(place ?? (filled.length === 0 ? index : undefined));
          const error = form.errors[path] ?? refused.get(path) ?? (index === 0 && form.errors[cronPath()]);
          return (
            // biome-ignore lint/suspicious/noArrayIndexKey: a row is known by its place alone
            <Group key={index} gap="xs" align="flex-start" wrap="nowrap">
              <TextInput
                flex={1}
                spellCheck={false}
                autoComplete="off"
                autoCapitalize="off"
                maxLength={cronLimits.length}
                aria-label={t('form.cron_expression', { number: index + 1 })}
                placeholder="0 9 * * 1-5"
                value={row}
                data-path={path}
                inputWrapperOrder={['input', 'error', 'description']}
                description={!error && place !== undefined && words?.[place]}
                error={error}
                styles={{
                  input: { fontFamily: 'var(--mantine-font-family-monospace)' },
                  // The form does not move while the words are fetched.
                  root: { minHeight: 62 },
                }}
                onBlur={() => form.visit(path)}
                onChange={({ currentTarget: { value } }) =>
                  change(rows.map((one, at) => (at === index ? value : one)))
                }
              />
              {rows.length > 1 && (
                <Button
                  variant="default"
                  flex="none"
                  aria-label={t('form.cron_expression.remove', { number: index + 1 })}
                  onClick={() => change(rows.filter((_, at) => at !== index))}
                >
                  {t('action.remove')}
                </Button>
              )}
            </Group>
          );
        })}
        {rows.length < cronLimits.count && (
          <Group>
            <Button variant="default" leftSection={<PlusIcon />} onClick={() => change([...rows, ''])}>
              {t('form.cron_expression.add')}
            </Button>
          </Group>
        )}
      </Stack>
    </Box>
  );
}
