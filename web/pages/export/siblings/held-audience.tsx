/**
 * The audience that a saved job has for a further identifier: kept, perhaps under a new name, or left alone for
 * another.
 */
import { Radio, Stack, Text } from '@mantine/core';
import type { ComponentType, ReactNode } from 'react';
import { useTranslation } from '../../../i18n/provider.tsx';
import { AudienceRow, useHeldAudience } from '../audience-row.tsx';
import { choiceOf } from '../own-audience.ts';
import type { SiblingProps } from './props.ts';
import type { KeptAudience } from './values.ts';

interface HeldAudienceProps extends SiblingProps {
  readonly kept: KeptAudience;
  /** The list of LINE's audiences. */
  readonly existing: ReactNode;
  readonly Name: ComponentType<SiblingProps & { readonly hint: string; readonly value: string }>;
}

export function HeldAudience({ kept, existing, Name, ...props }: HeldAudienceProps) {
  const { t } = useTranslation();
  const { form, sibling, index, own, authorizationId, onChange } = props;
  const path = `configuration.siblings.${index}.audience_id`;
  const { audience_id: id, adaccount_id } = kept;
  const held = useHeldAudience(
    { authorization_id: authorizationId, adaccount_id },
    { id, name: kept.audience_name, typed: sibling.audience_name },
  );
  const { live, known, name, typed, isRenamed } = held;
  const left = t('form.audience.left', { name, id });
  // The service takes another field with another name for another identifier.
  const makesAnother = sibling.id_field !== kept.id_field || (own !== null && choiceOf(form.values, own) === 'another');
  const renames = makesAnother ? left : t('form.audience.rename', { from: known ?? '', to: typed.trim() });
  return (
    <Stack gap="sm">
      <Radio.Group
        label={t('form.audience_id')}
        data-path={sibling.leaves ? undefined : path}
        value={sibling.leaves ? 'existing' : 'keep'}
        error={sibling.leaves ? undefined : form.errors[path]}
        onChange={(choice) => onChange({ leaves: choice === 'existing' }, 'audience_name')}
      >
        <Stack gap="xs" mt={6}>
          <AudienceRow {...held} />
          {live === null && (
            <Text fz="sm" role="alert">
              {known === null ? t('form.audience.gone.unnamed', { id }) : t('form.audience.gone', { name, id })}{' '}
              {t('form.siblings.gone.todo')}
            </Text>
          )}
          <Radio value="keep" label={t('form.audience.keep')} />
          <Radio value="existing" label={t('form.audience.existing')} />
        </Stack>
      </Radio.Group>
      {sibling.leaves ? (
        <>
          {existing}
          <Text fz="xs" c="dimmed">
            {left}
          </Text>
        </>
      ) : (
        <Name {...props} hint={isRenamed ? renames : t('form.audience.rename.hint')} value={typed} />
      )}
    </Stack>
  );
}
