/** What somebody else has saved while a form was open, after what was typed met it. */
import { List, Text } from '@mantine/core';
import { useEffect, useRef, useState } from 'react';
import { ApiError } from '../api/client.ts';
import { type Merged, merge } from '../forms/merge.ts';
import { useTranslation } from '../i18n/provider.tsx';
import { Note } from './note.tsx';
import { By } from './when.tsx';

interface Stamped {
  readonly updated_by: string;
  readonly updated_at: string;
}

interface Form<Values> {
  readonly getValues: () => Values;
  readonly setValues: (values: Values) => void;
}

/** For the form of something saved. @param valuesOf what was saved, as the form has it */
export function useMeanwhile<Saved extends Stamped, Values extends object>(valuesOf: (saved: Saved) => Values) {
  const [found, setFound] = useState<Meanwhile | null>(null);
  return {
    found,
    /** @param before as the form was opened @param now as somebody else has left it */
    meet: (form: Form<Values>, before: Saved, now: Saved) => {
      const { values, ...met } = merge(valuesOf(before), valuesOf(now), form.getValues());
      form.setValues(values);
      setFound({ ...met, by: now.updated_by, at: now.updated_at });
    },
  };
}

/** Whether somebody else has saved it first. */
export const isChangedMeanwhile = (error: Error): boolean =>
  error instanceof ApiError && error.code === 'changed_meanwhile';

/** The failure of a form, but for what the note says. */
export const otherFailure = (failure: Error | null): Error | null =>
  failure && isChangedMeanwhile(failure) ? null : failure;

interface Meanwhile extends Omit<Merged<object>, 'values'> {
  readonly by: string;
  readonly at: string;
}

interface ChangedMeanwhileProps {
  readonly found: Meanwhile | null;
  /** The label of a field; undefined: people do not see it. */
  readonly labelOf: (path: string) => string | undefined;
}

export function ChangedMeanwhile({ found, labelOf }: ChangedMeanwhileProps) {
  const { t } = useTranslation();
  const note = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (found) note.current?.focus();
  }, [found]);
  if (!found) return null;
  const taken = found.taken.flatMap((path) => labelOf(path) ?? []);
  const kept = found.kept.flatMap(({ path, saved }) => {
    const label = labelOf(path);
    return label === undefined ? [] : [{ label, saved }];
  });
  return (
    <Note ref={note} tabIndex={-1} title={t('error.changed_meanwhile')} mb="lg">
      <Text fz="sm" component="div">
        <By who={found.by} at={found.at} />
      </Text>
      <Text fz="sm">{t('meanwhile.detail')}</Text>
      {(taken.length > 0 || kept.length > 0) && (
        <List fz="sm" mt={4}>
          {[...new Set(taken)].map((label) => (
            <List.Item key={label}>{t('meanwhile.taken', { field: label })}</List.Item>
          ))}
          {kept.map(({ label, saved }) => (
            <List.Item key={label}>
              {isShort(saved)
                ? t('meanwhile.kept.value', { field: label, saved: String(saved) })
                : t('meanwhile.kept', { field: label })}
            </List.Item>
          ))}
        </List>
      )}
    </Note>
  );
}

const isShort = (value: unknown): boolean =>
  typeof value === 'number' || (typeof value === 'string' && value !== '' && value.length <= 80);
