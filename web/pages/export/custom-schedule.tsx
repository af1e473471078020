/** A custom schedule: its cron expressions, each with its meaning in words below it, and the next times of all. */
import { Box, Button, Group, Input, Stack, Text } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { useQuery } from '@tanstack/react-query';
import { type ReactNode, useId } from 'react';
import { asCron, scheduleOf } from '../../../src/domain/schedule/schedule.ts';
import { ApiError } from '../../api/client.ts';
import { schedulePreviewQuery } from '../../api/jobs.ts';
import { PlusIcon } from '../../components/icons.tsx';
import { cronLimits } from '../../forms/choices.build.ts';
import { Translated, useTranslation } from '../../i18n/provider.tsx';
import { NextRuns } from './next-runs.tsx';
import { filledIn } from './request.ts';
import type { ExportForm } from './use-export-form.ts';
import type { ExportChange, ExportValues } from './values.ts';

/** The same schedule as cron expressions, unless a person has typed some before. */
export function asCustom(values: ExportValues): ExportChange {
  const { cron_expressions: typed } = values.configuration;
  const schedule = filledIn(typed).length === 0 ? scheduleOf(values.configuration) : undefined;
  const cron_expressions = schedule ? [...asCron(schedule)] : typed;
  return { configuration: { run_frequency: 'custom', cron_expressions } };
}

/** @param place of an expression in the request; the list itself without it */
const cronPath = (place?: number): string => `configuration.cron_expressions${place === undefined ? '' : `.${place}`}`;

interface CustomScheduleProps {
  readonly form: ExportForm;
  readonly timeZone: ReactNode;
}

export function CustomSchedule({ form, timeZone }: CustomScheduleProps) {
  const { t } = useTranslation();
  const preview = useSchedulePreview(form.values);
  const words = preview.data?.words ?? [];
  const rows = form.values.configuration.cron_expressions;
  const change = (cron_expressions: string[]) => form.change({ configuration: { cron_expressions } });
  return (
    <>
      <Box component="fieldset" m={0} p={0} bd={0} miw={0} data-path={cronPath()}>
        <Box component="legend" p={0}>
          <Input.Label labelElement="div" required>
            {t('form.cron_expressions')}
          </Input.Label>
        </Box>
        <Text fz="xs" c="dimmed" lh="sm">
          {t('form.cron_expressions.hint')}
        </Text>
        <Stack gap="xs" mt="xs">
          {rows.map((row, index) => {
            // Only the rows that are filled in are sent, and numbered. Without any, the first row is asked for.
            const isSent = row.trim() !== '';
            const place = filledIn(rows.slice(0, index)).length;
            const path = cronPath(isSent ? place : undefined);
            const isAsked = isSent || (index === 0 && filledIn(rows).length === 0);
            return (
              <Row
                // biome-ignore lint/suspicious/noArrayIndexKey: a row is known by its place alone
                key={index}
                number={index + 1}
                value={row}
                path={path}
                words={isSent && words[place]}
                error={isAsked && (form.errors[path] ?? preview.refused.get(path))}
                onBlur={() => form.visit(path)}
                onChange={(value) => change(rows.map((other, at) => (at === index ? value : other)))}
                onRemove={rows.length > 1 && (() => change(rows.filter((_, at) => at !== index)))}
              />
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
      {timeZone}
      {preview.data && <NextRuns times={preview.data.times} timeZone={form.values.configuration.timezone} />}
    </>
  );
}

/** What the service says about the schedule as it is now. It is asked when a person stops typing. */
function useSchedulePreview(values: ExportValues) {
  const { language } = useTranslation();
  const { timezone, cron_expressions } = values.configuration;
  const typed = JSON.stringify({ timezone, cron_expressions: filledIn(cron_expressions) });
  const [settled] = useDebouncedValue(typed, 400);
  const expressions = typed === settled ? filledIn(cron_expressions) : null;
  const { data, error } = useQuery(
    schedulePreviewQuery({ ...values.configuration, cron_expressions: expressions }, language),
  );
  const fields = error instanceof ApiError ? error.fields : [];
  return {
    data,
    /** By the paths of the form. */
    refused: new Map<string, ReactNode>(
      fields.map(({ path, ...text }) => [
        path.replace(/^schedule\./, 'configuration.'),
        <Translated key={path} text={text} />,
      ]),
    ),
  };
}

interface RowProps {
  /** From 1. */
  readonly number: number;
  readonly value: string;
  readonly path: string;
  readonly words: ReactNode;
  readonly error: ReactNode;
  readonly onBlur: () => void;
  readonly onChange: (value: string) => void;
  /** False for the only row. */
  readonly onRemove: (() => void) | false;
}

function Row({ number, value, path, words, error, onBlur, onChange, onRemove }: RowProps) {
  const { t } = useTranslation();
  const id = useId();
  return (
    <Input.Wrapper
      id={id}
      inputWrapperOrder={['input', 'error', 'description']}
      description={!error && words}
      error={error}
      // The form does not move while the words are fetched.
      mih={62}
    >
      <Group gap="xs" align="flex-start" wrap="nowrap">
        <Input
          id={id}
          flex={1}
          spellCheck={false}
          autoComplete="off"
          autoCapitalize="off"
          maxLength={cronLimits.length}
          aria-label={t('form.cron_expression', { number })}
          placeholder="0 9 * * 1-5"
          value={value}
          data-path={path}
          error={Boolean(error)}
          styles={{ input: { fontFamily: 'var(--mantine-font-family-monospace)' } }}
          onBlur={onBlur}
          onChange={({ currentTarget }) => onChange(currentTarget.value)}
        />
        {onRemove && (
          <Button
            variant="default"
            flex="none"
            aria-label={t('form.cron_expression.remove', { number })}
            onClick={onRemove}
          >
            {t('action.remove')}
          </Button>
        )}
      </Group>
    </Input.Wrapper>
  );
}
