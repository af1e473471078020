/** The suppression lists of an export: those for all jobs, which cannot be left out, and those that it may choose. */
import { Checkbox, Stack, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { suppressionListsQuery } from '../../api/suppression-lists.ts';
import { useTranslation } from '../../i18n/provider.tsx';
import { useMe } from '../../lib/me.ts';
import { hasFieldFor, NoField } from '../suppression-lists/no-field.tsx';
import type { ExportForm } from './use-export-form.ts';

const PATH = 'configuration.suppression_lists';

/** Nothing while there is no list. */
export function SuppressionFields({ form }: { form: ExportForm }) {
  const { t } = useTranslation();
  const { may } = useMe();
  const lists = useQuery({ ...suppressionListsQuery, enabled: may('suppression_lists.read') });
  const [isUnfolded, setUnfolded] = useState(false);
  const { suppression_lists: chosen, identifier_type } = form.values.configuration;
  const error = form.errors[PATH];
  if (!lists.data || (lists.data.length === 0 && chosen.length === 0)) return null;

  const deleted = chosen.filter((id) => lists.data.every((list) => list.id !== id));
  const applying = lists.data.filter(
    ({ id, applies_to }) => applies_to === 'all_jobs' || chosen.includes(id),
  );
  const hasProblem = error !== undefined || deleted.length > 0;
  const choose = (id: string, isChosen: boolean) =>
    form.change(
      {
        configuration: {
          suppression_lists: isChosen ? [...chosen, id] : chosen.filter((one) => one !== id),
        },
      },
      PATH,
    );
  return (
    <details
      className="fold"
      open={isUnfolded || hasProblem}
      onToggle={(event) => setUnfolded(event.currentTarget.open)}
    >
      <summary>
        {t('form.suppression_lists')}
        <Text span fz="sm" fw={400} c="dimmed">
          {' · '}
          {applying.length === 0
            ? t('form.suppression_lists.none')
            : applying.map(({ name }) => name).join(t('list.comma'))}
        </Text>
      </summary>
      <Stack gap="sm" mt="sm" data-path={PATH}>
        <Text fz="xs" c="dimmed">
          {t('form.suppression_lists.hint')}
        </Text>
        {lists.data.map((list) => {
          const isFixed = list.applies_to === 'all_jobs';
          const isChosen = isFixed || chosen.includes(list.id);
          const size = list.reads.find((read) => read.identifier_type === identifier_type)?.size;
          return (
            <div key={list.id}>
              <Checkbox
                label={list.name}
                description={[
                  isFixed && t('form.suppression_lists.all'),
                  size !== undefined && t('form.members', { count: size }),
                ]
                  .filter(Boolean)
                  .join(' · ')}
                checked={isChosen}
                disabled={isFixed}
                onChange={(event) => choose(list.id, event.currentTarget.checked)}
              />
              {isChosen && !hasFieldFor(list, identifier_type) && <NoField type={identifier_type} />}
            </div>
          );
        })}
        {deleted.map((id) => (
          <Checkbox
            key={id}
            label={t('form.suppression_lists.deleted')}
            description={id}
            checked
            onChange={() => choose(id, false)}
          />
        ))}
        {error && (
          <Text fz="sm" c="var(--mantine-color-error)" role="alert">
            {error}
          </Text>
        )}
      </Stack>
    </details>
  );
}
