/** The fields of a mail server: that of the settings, or that of a channel. */
import { Group, TextInput } from '@mantine/core';
import type { ReactNode } from 'react';
import { exampleReference } from '../../../src/domain/values/secret-reference.ts';
import { NumberField, type NumberFieldProps } from '../../components/number-field.tsx';
import { SecretInput } from '../../components/secret-input.tsx';
import { Select } from '../../components/select.tsx';
import { mailSecurities } from '../../forms/choices.build.ts';
import { useTranslation } from '../../i18n/provider.tsx';

type Key = 'from' | 'host' | 'port' | 'security' | 'user' | 'password';

interface MailServerFieldsProps {
  /** Connects a field to the form. */
  readonly field: (key: Key) => object;
  readonly number: (key: 'port') => NumberFieldProps;
  /** About the password. */
  readonly about?: ReactNode;
}

export function MailServerFields({ field, number, about }: MailServerFieldsProps) {
  const { t } = useTranslation();
  return (
    <>
      <TextInput label={t('channel.from')} {...field('from')} />
      <TextInput label={t('channel.host')} spellCheck={false} {...field('host')} />
      <Group grow align="flex-start">
        <NumberField label={t('channel.port')} {...number('port')} />
        <Select
          label={t('channel.security')}
          allowDeselect={false}
          data={mailSecurities.map((security) => ({ value: security, label: t(`channel.security.${security}`) }))}
          {...field('security')}
        />
      </Group>
      <TextInput label={t('channel.user')} autoComplete="off" {...field('user')} />
      <SecretInput
        label={t('signIn.password')}
        description={
          <>
            {about} {t('authorization.outside.detail', { example: exampleReference })}
          </>
        }
        {...field('password')}
      />
    </>
  );
}
