/** One further identifier: its type, field and options, and the audience that it fills. */
import { Box, Button, Group, Stack, Switch, Text } from '@mantine/core';
import { useEffect, useRef } from 'react';
import { defaultDestination, typesOf } from '../../../../src/domain/destinations/index.ts';
import { useDestinationOf } from '../../../api/providers.ts';
import { Select } from '../../../components/select.tsx';
import { useTranslation } from '../../../i18n/provider.tsx';
import { later, useLater } from '../../../lib/later.ts';
import { useMe } from '../../../lib/me.ts';
import { FirstValues } from '../../../sources/first-values.tsx';
import { IdentifierFieldSelect } from '../../../sources/identifier-field.tsx';
import { suggestingOnly } from '../../../sources/suggested-field.ts';
import { sampleOf } from '../request.ts';
import { SiblingAudienceFields } from './audience.tsx';
import type { SiblingProps } from './props.ts';

const laterOptions = later(() => import('../identifier-options.tsx'));

interface SiblingCardProps extends SiblingProps {
  /** A person has just added it: it takes the focus. */
  readonly isAdded: boolean;
  readonly onRemove: () => void;
}

export function SiblingCard({ isAdded, onRemove, ...props }: SiblingCardProps) {
  const { t } = useTranslation();
  const { form, source, sibling, index, onChange } = props;
  const { country } = useMe();
  const path = `configuration.siblings.${index}` as const;
  // The first identifier has its own fields above.
  const number = index + 2;
  const options = useLater(laterOptions);
  const destination = useDestinationOf(props.authorizationId);
  const types = destination?.identifiers.map(({ type }) => type) ?? typesOf(defaultDestination);
  const sharing = destination?.sharing ?? [];
  const { identifier_type: first } = form.values.configuration;
  const mayShare = sharing.includes(first) && sharing.includes(sibling.identifier_type);
  const card = useRef<HTMLFieldSetElement>(null);
  useEffect(() => {
    if (isAdded) card.current?.querySelector('input')?.focus();
  }, [isAdded]);
  return (
    <Box
      ref={card}
      component="fieldset"
      className="sibling"
      aria-label={t('form.siblings.number', { number })}
      data-path={path}
    >
      <Group justify="space-between" mb="xs" wrap="nowrap">
        <Text component="h3" fz="sm" fw={650} m={0}>
          {t('form.siblings.number', { number })}
        </Text>
        <Button
          variant="default"
          size="compact-sm"
          aria-label={t('form.siblings.remove', { number })}
          onClick={onRemove}
        >
          {t('action.remove')}
        </Button>
      </Group>
      <Stack gap="md">
        <Select
          label={t('form.identifier_type')}
          required
          allowDeselect={false}
          data={types.map((value) => ({ value, label: t(`identifier.${value}`) }))}
          {...form.getInputProps(`${path}.identifier_type`)}
          value={sibling.identifier_type}
          onChange={(chosen) =>
            chosen &&
            // An audience takes one type.
            onChange(
              {
                identifier_type: chosen,
                id_field: '',
                default_country: country ?? '',
                shares: sibling.shares && sharing.includes(chosen),
                audience_id: '',
                audience_label: '',
              },
              'identifier_type',
            )
          }
        />
        <div>
          <IdentifierFieldSelect
            fields={suggestingOnly(source.fields, types)}
            failure={source.failure}
            disabled={form.values.configuration.segment_id === ''}
            {...form.getInputProps(`${path}.id_field`)}
            value={sibling.id_field}
            onChange={(id_field) => onChange({ id_field }, 'id_field')}
          />
          <FirstValues source={source} request={{ ...sampleOf(form.values), id_field: sibling.id_field }} />
        </div>
        {options && <options.IdentifierOptions form={form} path={path} values={sibling} destination={destination} />}
        {mayShare && (
          <Switch
            label={t('form.siblings.shares')}
            description={t('form.siblings.shares.hint')}
            checked={sibling.shares}
            error={form.errors[`${path}.shares`]}
            onChange={(event) => onChange({ shares: event.currentTarget.checked }, 'shares')}
          />
        )}
        <SiblingAudienceFields {...props} />
      </Stack>
      {form.errors[path] && (
        <Text fz="sm" c="var(--mantine-color-error)" role="alert" mt="xs">
          {form.errors[path]}
        </Text>
      )}
    </Box>
  );
}
