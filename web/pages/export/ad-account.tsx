/** LINE Ads Account ID: chosen from those that LINE lists and that jobs have, or typed. */
import { Autocomplete, type AutocompleteProps, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { adAccountsQuery } from '../../api/custom-audiences.ts';
import { useTranslation } from '../../i18n/provider.tsx';

const MAX_SHOWN = 50;

interface AdAccountProps extends AutocompleteProps {
  readonly authorizationId: string;
}

export function AdAccountInput({ authorizationId, ...field }: AdAccountProps) {
  const { t, translate } = useTranslation();
  const { data } = useQuery(adAccountsQuery(authorizationId));
  const names = new Map(data?.items.map(({ id, name }) => [id, name]));
  return (
    <Autocomplete
      label={t('form.adaccount_id')}
      description={data?.problem ? t('form.adaccount_id.unlisted', { why: translate(data.problem) }) : undefined}
      required
      placeholder="A1"
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
