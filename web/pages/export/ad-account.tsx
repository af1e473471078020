/** The account: chosen from those that the destination lists and that jobs have, or typed; or the only one there is. */
import { Autocomplete, type AutocompleteProps, ComboboxChevron, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { type ReactNode, useEffect } from 'react';
import { adAccountsQuery } from '../../api/custom-audiences.ts';
import { useTranslation } from '../../i18n/provider.tsx';

const MAX_SHOWN = 50;

interface ChannelProps {
  readonly authorizationId: string;
  readonly value: string;
  readonly error: ReactNode;
  readonly onChange: (id: string) => void;
}

/** The account of an authorization that has one alone: nobody chooses it, and another authorization has another one. */
export function ChannelAccount({ authorizationId, value, error, onChange }: ChannelProps) {
  const { translate } = useTranslation();
  const { data } = useQuery(adAccountsQuery(authorizationId));
  const own = data?.problem ? undefined : data?.items[0]?.id;
  // biome-ignore lint/correctness/useExhaustiveDependencies: the function of the form is another one every time
  useEffect(() => {
    if (own !== undefined && own !== value) onChange(own);
  }, [own, value]);
  const why = data?.problem ? translate(data.problem) : own !== undefined && own === value && error;
  return (
    <Text fz="sm" c="var(--mantine-color-error)" role="alert" data-path="configuration.adaccount_id" hidden={!why}>
      {why}
    </Text>
  );
}

interface AdAccountProps extends Omit<AutocompleteProps, 'value' | 'onChange'> {
  readonly authorizationId: string;
  readonly value: string;
  readonly onChange: (id: string) => void;
  /** Whether it is an ad account below a base account. */
  readonly isPlain: boolean;
  /** It is the only one that the key can see. */
  readonly onOnly: (id: string) => void;
}

export function AdAccountInput({ authorizationId, isPlain, onOnly, ...field }: AdAccountProps) {
  const { t, translate } = useTranslation();
  const { data } = useQuery(adAccountsQuery(authorizationId));
  const only = data?.items.length === 1 ? data.items[0]?.id : undefined;
  // biome-ignore lint/correctness/useExhaustiveDependencies: once, so that a person can empty the field
  useEffect(() => {
    if (only !== undefined && field.value === '') onOnly(only);
  }, [only]);
  const names = new Map(data?.items.map(({ id, name }) => [id, name]));
  return (
    <Autocomplete
      label={t(isPlain ? 'form.adaccount_id.plain' : 'form.adaccount_id')}
      description={data?.problem ? t('form.adaccount_id.unlisted', { why: translate(data.problem) }) : undefined}
      required
      placeholder={isPlain ? '1234567' : 'A1'}
      rightSection={names.size > 1 && <ComboboxChevron />}
      rightSectionPointerEvents="none"
      // Without a list that is closed the field is the only thing of its name.
      comboboxProps={{ keepMounted: false }}
      limit={MAX_SHOWN}
      data={[...names.keys()]}
      {...field}
      filter={({ options, search, limit }) => {
        const typed = search.trim().toLowerCase();
        // What was chosen is no search: the others are to be seen.
        const fits = (id: string) =>
          names.has(search.trim()) || `${id} ${names.get(id) ?? ''}`.toLowerCase().includes(typed);
        return options.filter((option) => 'value' in option && fits(String(option.value))).slice(0, limit);
      }}
      renderOption={({ option }) => (
        <div>
          <Text fz="sm">{option.value}</Text>
          {names.get(option.value) && (
            <Text fz="xs" c="dimmed">
              {names.get(option.value)}
            </Text>
          )}
        </div>
      )}
    />
  );
}
