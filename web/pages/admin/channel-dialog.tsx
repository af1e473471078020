/** A notification channel, new or edited. What is secret in it is kept nowhere but in the form. */
import { Anchor, Checkbox, Stack, Text, TextInput } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import type { Channel, ChannelKind } from '../../../src/contracts/notifications.ts';
import { exampleReference } from '../../../src/domain/values/secret-reference.ts';
import { useChange } from '../../api/change.ts';
import { changeChannel, createChannel } from '../../api/notification-channels.ts';
import { settingsQuery } from '../../api/settings.ts';
import { FormDialog } from '../../components/form-dialog.tsx';
import { Select } from '../../components/select.tsx';
import { channelEvents, channelKinds, usualChannelEvents } from '../../forms/choices.build.ts';
import { newChannelRules } from '../../forms/rules/installation.build.ts';
import { useApiForm } from '../../forms/use-api-form.ts';
import { languages, useTranslation } from '../../i18n/provider.tsx';

/** The one that needs no other service comes first. */
const kinds = channelKinds.toReversed();

const blank = { url: '', to: '' };

/** A kind of channel with its configuration. */
const targetOf = (kind: ChannelKind, typed: typeof blank) =>
  kind === 'email'
    ? {
        kind,
        // Sent by the mail server of the settings.
        configuration: { to: typed.to.split(/[\s,;]+/).filter(Boolean) },
      }
    : { kind, configuration: { url: typed.url.trim() } };

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
      configuration: blank,
      // What was lost must be entered again.
      isMoving: channel === undefined || channel.enter_again === true,
    },
    body: ({ isMoving: _, kind, configuration, ...about }) => ({
      ...about,
      ...targetOf(kind, configuration),
    }),
    save,
  });
  const { kind, isMoving } = form.values;
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
      {isMoving && kind === 'email' && (
        <>
          <TextInput label={t('channel.to')} {...form.field('configuration.to')} />
          <MailServerNote channel={channel} />
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
