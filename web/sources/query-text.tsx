/** Audience, of a database: a query that somebody writes. */
import { Textarea } from '@mantine/core';
import { type ReactNode, useEffect, useState } from 'react';
import { useTranslation } from '../i18n/provider.tsx';

interface QueryTextProps {
  readonly value: string;
  readonly error?: ReactNode;
  readonly 'data-path'?: string;
  readonly onChange: (query: string) => void;
  readonly onBlur?: () => void;
}

export function QueryText({ value, onChange, onBlur, ...field }: QueryTextProps) {
  const { t } = useTranslation();
  const [typed, setTyped] = useState(value);
  useEffect(() => setTyped(value), [value]);
  return (
    <Textarea
      {...field}
      label={t('form.query')}
      description={t('form.query.hint')}
      required
      autosize
      minRows={3}
      maxRows={14}
      spellCheck={false}
      autoComplete="off"
      styles={{ input: { fontFamily: 'var(--mantine-font-family-monospace)', fontSize: 13 } }}
      value={typed}
      onChange={(event) => setTyped(event.currentTarget.value)}
      // Asked only when it is whole: the database checks each query.
      onBlur={() => {
        const query = typed.trim();
        if (query !== value) onChange(query);
        onBlur?.();
      }}
    />
  );
}
