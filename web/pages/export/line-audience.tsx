/** Audience on LINE's side: live from LINE, only those that take the identifier type; blank makes one. */
import { Group, Text } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import type { CustomAudience } from '../../../src/contracts/custom-audiences.ts';
import type { IdentifierType } from '../../../src/domain/audiences/requests.ts';
import { customAudiencesQuery } from '../../api/custom-audiences.ts';
import { useDestinationOf } from '../../api/providers.ts';
import { useClearable } from '../../components/clearable.ts';
import { useListNote } from '../../components/long-list.tsx';
import { Select } from '../../components/select.tsx';
import { useErrorLine } from '../../components/states.tsx';
import { LineStatus, Status } from '../../components/status.tsx';
import type { InputProps } from '../../forms/input-props.ts';
import { useTranslation } from '../../i18n/provider.tsx';
import { formatLineSize } from '../../lib/audience-size.ts';

interface LineAudienceProps {
  readonly authorizationId: string;
  readonly adAccountId: string;
  readonly identifierType: IdentifierType;
  /** The id of the chosen audience; empty for none. */
  readonly value: string;
  /** Its name. */
  readonly label: string;
  readonly field: InputProps;
  /** It does not make one when it is left blank. */
  readonly isRequired: boolean;
  readonly onChange: (id: string, label: string) => void;
}

export function LineAudienceSelect(props: LineAudienceProps) {
  const { authorizationId, adAccountId, identifierType: identifier_type, value, label, field, isRequired } = props;
  const { t } = useTranslation();
  const replaces = useDestinationOf(authorizationId)?.modes.includes('replace') ?? true;
  const errorLine = useErrorLine();
  const note = useListNote();
  const [typed, setTyped] = useState(label);
  const [account] = useDebouncedValue(adAccountId.trim(), 500);
  const [search] = useDebouncedValue(typed === label ? '' : typed, 300);
  const found = useQuery(
    customAudiencesQuery({
      authorization_id: authorizationId,
      adaccount_id: account,
      identifier_type,
      search: search || undefined,
    }),
  );
  const items = found.data?.items ?? [];
  const listed = value === '' || items.some((audience) => audience.id === value);
  const failure = errorLine(found.error);
  return (
    <Select
      label={isRequired ? t('form.audience.other') : t('form.audience_id')}
      description={isRequired ? undefined : t(replaces ? 'form.audience_id.hint' : 'form.audience_id.hint.adds')}
      inputWrapperOrder={['label', 'input', 'description', 'error']}
      required={isRequired}
      searchable
      {...useClearable()}
      data={[
        ...(listed ? [] : [{ value, label }]),
        ...items.map((audience) => ({ value: audience.id, label: audience.name })),
        ...note({ shown: items.length, isWhole: !found.data?.next }),
      ]}
      {...field}
      value={value || null}
      searchValue={typed}
      onSearchChange={setTyped}
      filter={({ options }) => options}
      onChange={(id, option) => props.onChange(id ?? '', option?.label ?? '')}
      disabled={adAccountId.trim() === '' && value === ''}
      placeholder={isRequired ? t('list.search') : t('form.audience_id.placeholder')}
      nothingFoundMessage={failure ? undefined : found.isFetching ? t('state.loading') : t('form.audience_id.none')}
      error={field.error ?? failure}
      maxDropdownHeight={320}
      renderOption={({ option }) => {
        const audience = items.find((candidate) => candidate.id === option.value);
        return (
          <Group justify="space-between" wrap="nowrap" w="100%" gap="md">
            <div style={{ minWidth: 0 }}>
              <Text fz="sm" truncate>
                {option.label}
              </Text>
              <Text fz="xs" c="dimmed">
                {option.disabled ? '' : option.value}
              </Text>
            </div>
            {audience && <LineFigures audience={audience} />}
          </Group>
        );
      }}
    />
  );
}

/** LINE's status of an audience, and LINE's estimate. */
export function LineFigures({
  audience,
}: {
  audience: Pick<CustomAudience, 'status' | 'estimated_size' | 'unusable'>;
}) {
  const translation = useTranslation();
  return (
    <Text fz="xs" component="div" ta="right">
      {audience.unusable ? (
        <Status tone="bad">{translation.t('healthReport.unusable')}</Status>
      ) : (
        <LineStatus status={audience.status} />
      )}
      <Text fz="xs" c="dimmed" className="numbers">
        {formatLineSize(audience.estimated_size, translation)}
      </Text>
    </Text>
  );
}
