/** The filters of the audit log: who, what, kind of subject, and time. */
import { Group, TextInput } from '@mantine/core';
import { useDebouncedCallback } from '@mantine/hooks';
import { useState } from 'react';
import type { AuditFilter } from '../../../src/contracts/audit.ts';
import { Select } from '../../components/select.tsx';
import { useTranslation } from '../../i18n/provider.tsx';
import { beginningOf } from '../../lib/days.ts';

const subjects = [
  'job',
  'authorization',
  'user',
  'api_token',
  'notification_channel',
  'settings',
  'secrets',
  'suppression_list',
  'erasure',
  'upload',
  'source',
  'custom_audience',
] as const;

const verbs = ['create', 'change', 'delete', 'verify', 'run_now', 'pause', 'resume', 'terminate'] as const;

/** The filter as it stands in the address. */
export interface AuditSearch {
  readonly who?: string;
  readonly what?: string;
  readonly subject?: string;
  /** Days in the time zone of the installation. */
  readonly from?: string;
  readonly to?: string;
}

/** The filter in the form that the API accepts. */
export const filterOf = ({ who, what: verb, subject, from, to }: AuditSearch, timeZone?: string): AuditFilter => ({
  actor: who,
  verb,
  subject_type: subject,
  from: beginningOf(from, 0, timeZone),
  to: beginningOf(to, 1, timeZone),
});

interface AuditFiltersProps {
  readonly search: AuditSearch;
  readonly onChange: (part: AuditSearch) => void;
}

export function AuditFilters({ search, onChange }: AuditFiltersProps) {
  const { t, tIfKnown } = useTranslation();
  const [who, setWho] = useState(search.who ?? '');
  const ask = useDebouncedCallback((value: string) => onChange({ who: value.trim() || undefined }), 300);
  const day = (name: 'from' | 'to') => (
    <TextInput
      type="date"
      label={t(`audit.${name}`)}
      value={search[name] ?? ''}
      onChange={(event) => onChange({ [name]: event.currentTarget.value || undefined })}
    />
  );
  return (
    <Group gap="sm" align="flex-end">
      <TextInput
        label={t('log.who')}
        maxLength={200}
        value={who}
        onChange={(event) => {
          setWho(event.currentTarget.value);
          ask(event.currentTarget.value);
        }}
      />
      <Select
        label={t('audit.subject')}
        placeholder={t('audit.any')}
        clearable
        clearButtonProps={{ 'aria-label': t('list.clear') }}
        data={subjects.map((value) => ({ value, label: t(`audit.subject.${value}`) }))}
        value={search.subject ?? null}
        onChange={(subject) => onChange({ subject: subject ?? undefined })}
      />
      <Select
        label={t('log.what')}
        placeholder={t('audit.any')}
        clearable
        clearButtonProps={{ 'aria-label': t('list.clear') }}
        data={verbs.map((value) => ({
          value,
          label: tIfKnown(`audit.verb.${value}`, tIfKnown(`log.action.${value}`, value)),
        }))}
        value={search.what ?? null}
        onChange={(action) => onChange({ what: action ?? undefined })}
      />
      {day('from')}
      {day('to')}
    </Group>
  );
}
