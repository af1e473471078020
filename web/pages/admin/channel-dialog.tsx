/** A notification channel, new or edited. What is secret in it is kept nowhere but in the form. */
import { Checkbox, Group, PasswordInput, Stack, TextInput } from '@mantine/core';
import type { Channel, ChannelKind } from '../../../src/contracts/notifications.ts';
import { useChange } from '../../api/change.ts';
import { changeChannel, createChannel } from '../../api/notification-channels.ts';
import { FormDialog } from '../../components/form-dialog.tsx';
import { NumberField } from '../../components/number-field.tsx';
import { Select } from '../../components/select.tsx';
import { channelEvents, channelKinds, mailSecurities, usualChannelEvents } from '../../forms/choices.build.ts';
import { newChannelRules } from '../../forms/rules/installation.build.ts';
import { useApiForm } from '../../forms/use-api-form.ts';
import { languages, useTranslation } from '../../i18n/provider.tsx';

/** The one that needs no other service comes first. */
const kinds = channelKinds.toReversed();

const blank = {
  url: '',
  host: '',
  port: 587,
  security: 'starttls' as (typeof mailSecurities)[number],
  user: '',
  password: '',
  from: '',
  to: '',
};

/** A kind of channel with its configuration. */
const targetOf = (kind: ChannelKind, typed: typeof blank) =>
  kind === 'email'
    ? {
        kind,
        configuration: {
          host: typed.host,
          port: Number(typed.port),
          security: typed.security,
          user: typed.user || null,
          password: typed.password || null,
          from: typed.from.trim(),
          to: typed.to.split(/[\s,;]+/).filter(Boolean),
        },
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
  const text = (field: 'url' | 'host' | 'user' | 'from' | 'to') => (
    <TextInput label={t(`channel.${field}`)} {...form.field(`configuration.${field}`)} />
  );
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
      {isMoving && kind !== 'email' && text('url')}
      {isMoving && kind === 'email' && (
        <>
          {text('to')}
          {text('from')}
          {text('host')}
          <Group grow align="flex-start">
            <NumberField label={t('channel.port')} {...form.number('configuration.port')} />
            <Select
              label={t('channel.security')}
              allowDeselect={false}
              data={mailSecurities.map((value) => ({ value, label: t(`channel.security.${value}`) }))}
              {...form.getInputProps('configuration.security')}
            />
          </Group>
          {text('user')}
          <PasswordInput
            label={t('signIn.password')}
            autoComplete="new-password"
            visibilityToggleButtonProps={{ 'aria-label': t('signIn.showPassword') }}
            {...form.field('configuration.password')}
          />
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
