/** The suppression lists of an export: those for all jobs, which cannot be left out, and those that it may choose. */
import { Box, Checkbox, Stack, Text } from '@mantine/core';
import type { UseQueryResult } from '@tanstack/react-query';
import type { SuppressionList } from '../../../src/domain/audiences/suppression-lists.ts';
import { MissingFields } from '../../components/missing-fields.tsx';
import { Failure } from '../../components/states.tsx';
import { useTranslation } from '../../i18n/provider.tsx';
import { typesOf } from '../../lib/missing-types.ts';
import { OptionSection } from './option-section.tsx';
import type { ExportForm } from './use-export-form.ts';

const PATH = 'configuration.suppression_lists';

export type SuppressionLists = UseQueryResult<readonly SuppressionList[]>;

interface SuppressionFieldsProps {
  readonly form: ExportForm;
  readonly lists: SuppressionLists;
}

/** Nothing while there is no list. */
export function SuppressionFields({ form, lists }: SuppressionFieldsProps) {
  const { t } = useTranslation();
  const { suppression_lists: chosen, identifier_type, member_days } = form.values.configuration;
  const { data: all = [] } = lists;
  const error = form.errors[PATH];
  const isEmpty = all.length === 0 && (!lists.data || chosen.length === 0);
  if (isEmpty && !lists.isError && !error) return null;

  const deleted = lists.data ? chosen.filter((id) => all.every((list) => list.id !== id)) : [];
  const choose = (id: string, isChosen: boolean) =>
    form.change(
      {
        configuration: {
          suppression_lists: isChosen ? [...chosen, id] : chosen.filter((listId) => listId !== id),
        },
      },
      PATH,
    );
  return (
    <OptionSection
      title={t('form.suppression_lists')}
      hint={t('form.suppression_lists.hint')}
      path={PATH}
      error={error}
    >
      {member_days !== '' && (
        <Text fz="xs" c="dimmed" mb="sm">
          {t('suppression.stay', { count: member_days })}
        </Text>
      )}
      {lists.isError && <Failure error={lists.error} onRetry={() => lists.refetch()} />}
      <Stack gap="sm">
        {all.map((list) => {
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
              {isChosen && (
                // Under the label.
                <Box ps={32}>
                  <MissingFields list={list} types={typesOf(form.values.configuration)} />
                </Box>
              )}
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
      </Stack>
    </OptionSection>
  );
}
