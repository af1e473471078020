/** The mail server of all e-mail channels that do not have their own. */
import { Code, Text } from '@mantine/core';
import type { Settings } from '../../../../src/contracts/settings.ts';
import { mailRules } from '../../../forms/rules/installation.build.ts';
import { useApiForm } from '../../../forms/use-api-form.ts';
import { useTranslation } from '../../../i18n/provider.tsx';
import { MailServerFields } from '../mail-server-fields.tsx';
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
      <MailServerFields
        field={(key) => (key === 'security' ? form.getInputProps(key) : form.field(key))}
        number={form.number}
        about={
          <>
            {hasPassword && t('settings.mail.password.kept')} {reference && <Code>{reference}</Code>}
          </>
        }
      />
    </SectionForm>
  );
}
