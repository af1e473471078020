/**
 * The audience that a saved job has for a further identifier: kept, perhaps under a new name, or left alone for
 * another.
 */
import { Group, Radio, Stack, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import type { ComponentType, ReactNode } from 'react';
import { customAudienceQuery } from '../../../api/custom-audiences.ts';
import { LineStatus } from '../../../components/status.tsx';
import { useTranslation } from '../../../i18n/provider.tsx';
import { formatLineSize } from '../../../lib/audience-size.ts';
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
  const { t, format } = useTranslation();
  const { form, sibling, index, own, authorizationId, onChange } = props;
  const path = `configuration.siblings.${index}.audience_id`;
  const { audience_id: id, adaccount_id } = kept;
  const live = useQuery(customAudienceQuery({ authorization_id: authorizationId, adaccount_id }, id));
  const known = live.data?.name ?? kept.audience_name;
  const name = known ?? id;
  const typed = sibling.audience_name ?? known ?? '';
  const isRenamed = typed.trim() !== '' && known !== null && typed.trim() !== known;
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
          <Group justify="space-between" gap="xs" wrap="nowrap" align="flex-start">
            <div style={{ minWidth: 0 }}>
              <Text fz="sm" fw={600} style={{ overflowWrap: 'anywhere' }}>
                {name}
              </Text>
              {known !== null && (
                <Text fz="xs" c="dimmed">
                  {id}
                </Text>
              )}
            </div>
            {live.data && (
              <Text fz="xs" component="div" ta="right">
                <LineStatus status={live.data.status} />
                <Text fz="xs" c="dimmed" className="numbers">
                  {formatLineSize(live.data.estimated_size, { t, format })}
                </Text>
              </Text>
            )}
          </Group>
          {live.data === null && (
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
