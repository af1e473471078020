/** A notification channel, new or edited. What is secret in it is kept nowhere but in the form. */
import { Anchor, Checkbox, Stack, Text, TextInput } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import type { Channel, ChannelKind, MailServer } from '../../../src/contracts/notifications.ts';
import { exampleReference } from '../../../src/domain/values/secret-reference.ts';
import { useChange } from '../../api/change.ts';
import { changeChannel, createChannel } from '../../api/notification-channels.ts';
import { settingsQuery } from '../../api/settings.ts';
import { FormDialog } from '../../components/form-dialog.tsx';
import { SecretInput } from '../../components/secret-input.tsx';
import { Select } from '../../components/select.tsx';
import { channelEvents, channelKinds, usualChannelEvents } from '../../forms/choices.build.ts';
import { newChannelRules } from '../../forms/rules/installation.build.ts';
import { useApiForm } from '../../forms/use-api-form.ts';
import { languages, useTranslation } from '../../i18n/provider.tsx';
import { MailServerFields } from './mail-server-fields.tsx';

/** The one that needs no other service comes first. */
const kinds = channelKinds.toReversed();

const blank = {
  url: '',
  signing_key: '',
  to: '',
  host: '',
  port: 587 as number | '',
  security: 'starttls' as MailServer['security'],
  user: '',
  password: '',
  from: '',
};

/** What is no secret of the own mail server that a channel has. */
const shownOf = ({ configuration, mail_server }: Channel): Partial<typeof blank> =>
  mail_server === 'own' ? { ...configuration, to: '', user: '', password: '', url: '', signing_key: '' } : {};

/** A kind of channel with its configuration. @param isOwn whether it has a mail server of its own */
function targetOf(kind: ChannelKind, typed: typeof blank, isOwn: boolean) {
  const { url, signing_key, to, host, port, security, user, password, from } = typed;
  switch (kind) {
    case 'email': {
      const recipients = { to: to.split(/[\s,;]+/).filter(Boolean) };
      // Without a server, that of the settings sends.
      if (!isOwn) return { kind, configuration: recipients };
      const server = { host: host.trim(), port: Number(port), security, from: from.trim() };
      return {
        kind,
        configuration: { ...recipients, ...server, user: user.trim() || null, password: password || null },
      };
    }
    case 'webhook':
      // Without a key, one is made.
      return {
        kind,
        configuration: { url: url.trim(), ...(signing_key.trim() !== '' && { signing_key: signing_key.trim() }) },
      };
    default:
      return { kind, configuration: { url: url.trim() } };
  }
}

interface ChannelDialogProps {
  /** The one to edit. Where it leads was never given back, so it stays unless it is entered anew. */
  readonly channel?: Channel;
  readonly onClose: () => void;
  /** Given the key that was made for a webhook, if one was. */
  readonly onSaved: (signingKey: string | null) => void;
}

export function ChannelDialog({ channel, onClose, onSaved }: ChannelDialogProps) {
  const { t, language } = useTranslation();
  const creation = useChange(createChannel, { onUpdated: ({ signing_key }) => onSaved(signing_key) });
  const change = useChange(changeChannel, {
    onUpdated: ({ signing_key }) => onSaved(signing_key ?? null),
  });
  const save = channel ? change : creation;
  const form = useApiForm({
    rules: newChannelRules,
    initialValues: {
      kind: channel?.kind ?? ('email' as ChannelKind),
      label: channel?.label ?? '',
      events: channel?.events ?? [...usualChannelEvents],
      language: channel?.language ?? language,
      configuration: { ...blank, ...(channel && shownOf(channel)) },
      isOwn: channel?.mail_server === 'own',
      // What was lost must be entered again.
      isMoving: channel === undefined || channel.enter_again === true,
    },
    body: ({ isMoving: _, isOwn, kind, configuration, ...about }) => ({
      ...about,
      ...targetOf(kind, configuration, isOwn),
    }),
    save,
  });
  const { kind, isMoving, isOwn } = form.values;
  const send = (body: ReturnType<typeof form.getTransformedValues>) => {
    if (!channel) return creation.mutate(body);
    const { kind: _, configuration, ...about } = body;
    change.mutate({ id: channel.id, ...about, ...(isMoving && { configuration }) });
  };
  return (
    <FormDialog
      title={t(channel ? 'channel.edit' : 'channel.new')}
      isSaving={save.isPending}
      failure={form.failure}
      onClose={onClose}
      onSubmit={form.onSubmit(send)}
    >
      <Select
        label={t('channel.kind')}
        allowDeselect={false}
        disabled={channel !== undefined}
        data={kinds.map((value) => ({ value, label: t(`channel.kind.${value}`) }))}
        {...form.getInputProps('kind')}
      />
      <TextInput label={t('channel.label')} {...form.field('label')} />
      {channel && (
        <Checkbox
          label={t('channel.move')}
          description={channel.target}
          {...form.getInputProps('isMoving', { type: 'checkbox' })}
        />
      )}
      {isMoving && kind !== 'email' && (
        <TextInput
          label={t('channel.url')}
          description={t('authorization.outside.detail', { example: exampleReference })}
          spellCheck={false}
          {...form.field('configuration.url')}
        />
      )}
      {isMoving && kind === 'webhook' && (
        <SecretInput
          label={t('channel.signingKey')}
          description={t('form.optional')}
          {...form.field('configuration.signing_key')}
        />
      )}
      {isMoving && kind === 'email' && (
        <>
          <TextInput label={t('channel.to')} {...form.field('configuration.to')} />
          <Checkbox label={t('channel.own')} {...form.getInputProps('isOwn', { type: 'checkbox' })} />
          {isOwn ? (
            <MailServerFields
              field={(key) =>
                key === 'security' ? form.getInputProps(`configuration.${key}`) : form.field(`configuration.${key}`)
              }
              number={() => form.number('configuration.port')}
            />
          ) : (
            <MailServerNote channel={channel} />
          )}
        </>
      )}
      <Checkbox.Group label={t('channel.events')} {...form.getInputProps('events')}>
        <Stack gap={8} mt={8}>
          {channelEvents.map((event) => (
            <Checkbox key={event} value={event} label={t(`event.${event}`)} />
          ))}
        </Stack>
      </Checkbox.Group>
      <Select
        label={t('nav.language')}
        description={t('channel.language.hint')}
        allowDeselect={false}
        data={Object.entries(languages).map(([value, label]) => ({ value, label }))}
        {...form.getInputProps('language')}
      />
    </FormDialog>
  );
}

/** By which server the messages are sent. */
function MailServerNote({ channel }: { channel: Channel | undefined }) {
  const { t } = useTranslation();
  const { data } = useQuery(settingsQuery);
  if (!data) return null;
  const { host, from } = data.mail;
  return (
    <Text fz="sm" c="dimmed">
      {host && from ? t('channel.server', { host, from }) : t('channel.server.none')}{' '}
      {channel?.mail_server === 'own' && t('channel.server.own', { host: String(channel.configuration?.host) })}{' '}
      <Anchor fz="inherit" renderRoot={(props) => <Link to="/settings" {...props} />}>
        {t('nav.settings')}
      </Anchor>
    </Text>
  );
}
