/** The mail server of all e-mail channels that do not have their own. */
import { Code, Group, Text, TextInput } from '@mantine/core';
import type { Settings } from '../../../../src/contracts/settings.ts';
import { exampleReference } from '../../../../src/domain/values/secret-reference.ts';
import { NumberField } from '../../../components/number-field.tsx';
import { SecretInput } from '../../../components/secret-input.tsx';
import { Select } from '../../../components/select.tsx';
import { mailSecurities } from '../../../forms/choices.build.ts';
import { mailRules } from '../../../forms/rules/installation.build.ts';
import { useApiForm } from '../../../forms/use-api-form.ts';
import { useTranslation } from '../../../i18n/provider.tsx';
import { SectionForm, useSaveSection } from './section.tsx';

interface MailSettingsProps {
  readonly value: Settings['mail'];
  readonly hasPassword: boolean;
  /** Where the password is, if it is outside Lineup. */
  readonly reference: string | undefined;
}

export function MailSettings({ value, hasPassword, reference }: MailSettingsProps) {
  const { t } = useTranslation();
  const save = useSaveSection('mail');
  const form = useApiForm({
    rules: mailRules,
    initialValues: {
      host: value.host ?? '',
      port: value.port as number | '',
      security: value.security,
      user: value.user ?? '',
      password: '',
      from: value.from ?? '',
    },
    body: ({ host, port, security, user, password, from }) => ({
      host: host.trim() || null,
      port: Number(port),
      security,
      user: user.trim() || null,
      from: from.trim() || null,
      // What is kept nowhere but at the server stays unless it is typed anew; without a user it has no use.
      ...(password !== '' ? { password } : user.trim() === '' && { password: null }),
    }),
    save,
  });
  return (
    <SectionForm title={t('settings.mail')} form={form} save={save}>
      <Text fz="sm" c="dimmed">
        {t('settings.mail.hint')}
      </Text>
      <TextInput label={t('channel.from')} {...form.field('from')} />
      <TextInput label={t('channel.host')} spellCheck={false} {...form.field('host')} />
      <Group grow align="flex-start">
        <NumberField label={t('channel.port')} {...form.number('port')} />
        <Select
          label={t('channel.security')}
          allowDeselect={false}
          data={mailSecurities.map((security) => ({ value: security, label: t(`channel.security.${security}`) }))}
          {...form.getInputProps('security')}
        />
      </Group>
      <TextInput label={t('channel.user')} autoComplete="off" {...form.field('user')} />
      <SecretInput
        label={t('signIn.password')}
        description={
          <>
            {hasPassword && t('settings.mail.password.kept')} {reference && <Code>{reference}</Code>}{' '}
            {t('authorization.outside.detail', { example: exampleReference })}
          </>
        }
        {...form.field('password')}
      />
    </SectionForm>
  );
}
