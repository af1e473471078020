/** A file where it lies: one of those that are offered, or what somebody types: a path, a pattern, a URL. */
import { Autocomplete, Stack, Text } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { useQuery } from '@tanstack/react-query';
import { type ReactNode, useEffect, useState } from 'react';
import { sourceAudiencesQuery } from '../api/sources.ts';
import { useListNote } from '../components/long-list.tsx';
import { useErrorLine } from '../components/states.tsx';
import { useTranslation } from '../i18n/provider.tsx';

interface FilePathProps {
  /** The authorization of the storage; empty for the files of the service. */
  readonly source: string;
  /** How paths of the storage begin. */
  readonly scheme?: string;
  readonly value: string;
  readonly error?: ReactNode;
  readonly onChange: (id: string) => void;
  readonly onBlur?: () => void;
}

export function FilePath({ source, scheme, value, error, onChange, onBlur, ...field }: FilePathProps) {
  const { t, format } = useTranslation();
  const errorLine = useErrorLine();
  const note = useListNote();
  const [typed, setTyped] = useState(value);
  // A sheet was chosen below.
  useEffect(() => setTyped(value), [value]);
  // What is chosen is no search for others.
  const [search] = useDebouncedValue(typed === value ? '' : typed.trim(), 250);
  const found = useQuery(sourceAudiencesQuery(source || undefined, holdsSecret(search) ? '' : search));
  const items = found.data?.items ?? [];
  const more = note({ shown: items.length, isWhole: !found.data?.next, total: found.data?.total });
  const [hasFocus, setHasFocus] = useState(false);
  // Asked only when it is whole: each question opens the file.
  const take = (text: string) => {
    const id = text.trim();
    setTyped(id);
    if (!holdsSecret(id) && id !== value) onChange(id);
  };
  const told = holdsSecret(typed) ? t('form.segment_id.secret') : error;
  return (
    <Autocomplete
      {...field}
      label={t('form.segment_id')}
      description={scheme ? t('form.segment_id.object', { scheme }) : t('form.segment_id.file')}
      required
      spellCheck={false}
      autoComplete="off"
      data={[...items.map(({ id }) => ({ value: id, label: id })), ...more]}
      value={typed}
      onChange={setTyped}
      onOptionSubmit={take}
      onBlur={() => {
        setHasFocus(false);
        take(typed);
        onBlur?.();
      }}
      onKeyDown={(event) => {
        if (event.key !== 'Enter' || typed.trim() === value) return;
        event.preventDefault();
        take(typed);
      }}
      // The service has searched already.
      filter={({ options }) => options}
      // A path can be entered without a list, for example with credentials that may only read.
      error={told ?? (value === '' ? errorLine(found.error) : undefined)}
      // Where a reader of the screen finds it: on the page. As in every list, options are there while it has the focus.
      comboboxProps={{ withinPortal: false, keepMounted: hasFocus }}
      onFocus={() => setHasFocus(true)}
      maxDropdownHeight={320}
      renderOption={({ option }) => {
        const file = items.find(({ id }) => id === option.value);
        const facts = [
          file?.file?.folder,
          file?.file && format.bytes(file.file.bytes),
          file?.updated_at && format.date(file.updated_at),
        ];
        return (
          <Stack gap={0} style={{ overflowWrap: 'anywhere' }}>
            <Text fz="sm">{file?.name ?? more[0]?.label}</Text>
            <Text fz="xs" c="dimmed">
              {facts.filter(Boolean).join(' · ')}
            </Text>
          </Stack>
        );
      }}
    />
  );
}

/**
 * A URL with a name and a password, or a query: the service refuses it, and it need not even get there. A sheet is
 * none.
 */
const holdsSecret = (text: string): boolean =>
  /^\s*https?:\/\/([^/]*@|.*[?#])/i.test(text.replace(/(\.xls[xm](\.(gz|zst))?)#.*/i, '$1'));
