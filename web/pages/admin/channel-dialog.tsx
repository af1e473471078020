/** A notification channel, new or edited. What is secret in it is kept nowhere but in the form. */
import { Button, Checkbox, Group, PasswordInput, Select, Stack, TextInput } from '@mantine/core';
import { useState } from 'react';
import type { DomainEvent } from '../../../src/contracts/domain-events.ts';
import type { Channel, ChannelKind } from '../../../src/contracts/notifications.ts';
import { useChange } from '../../api/change.ts';
import { changeChannel, createChannel } from '../../api/notification-channels.ts';
import { Dialog } from '../../components/dialog.tsx';
import { NumberField } from '../../components/number-field.tsx';
import { Failure } from '../../components/states.tsx';
import { languages, useTranslation } from '../../i18n/provider.tsx';
import { concernsWhole, useFieldErrors } from '../../lib/field-errors.ts';

const kinds: readonly ChannelKind[] = ['email', 'slack', 'webhook'];
const events: readonly DomainEvent['type'][] = [
  'job_failed',
  'job_waiting',
  'guard_stopped',
  'audience_incomplete',
  'job_recovered',
  'run_late',
  'nobody_matched',
  'authorization_unhealthy',
  'job_succeeded',
];
/** Successes are many, and nothing is to be done about one. */
const usualEvents = events.filter((event) => event !== 'job_succeeded');
const securities = ['starttls', 'tls', 'none'] as const;

type Security = (typeof securities)[number];

const nothing = {
  url: '',
  host: '',
  port: 587,
  security: 'starttls' as Security,
  user: '',
  password: '',
  from: '',
  to: '',
};
type Values = typeof nothing;

/** A kind of channel with its configuration. */
const targetOf = (kind: ChannelKind, values: Values) =>
  kind === 'email'
    ? {
        kind,
        configuration: {
          host: values.host,
          port: values.port,
          security: values.security,
          user: values.user || null,
          password: values.password || null,
          from: values.from.trim(),
          to: values.to.split(/[\s,;]+/).filter(Boolean),
        },
      }
    : { kind, configuration: { url: values.url.trim() } };

const shown = ['label', 'events', 'language', ...Object.keys(nothing).map((key) => `configuration.${key}`)];

interface ChannelDialogProps {
  /** The one to edit. Where it leads was never given back, so it stays unless it is entered anew. */
  readonly channel?: Channel;
  readonly onClose: () => void;
  /** Given the key that was made for a webhook, if one was. */
  readonly onSaved: (signingKey: string | null) => void;
}

export function ChannelDialog({ channel, onClose, onSaved }: ChannelDialogProps) {
  const { t, language: own } = useTranslation();
  const fieldErrors = useFieldErrors();
  const [kind, setKind] = useState<ChannelKind>(channel?.kind ?? 'email');
  const [label, setLabel] = useState(channel?.label ?? '');
  const [told, setTold] = useState<readonly DomainEvent['type'][]>(channel?.events ?? usualEvents);
  const [language, setLanguage] = useState(channel?.language ?? own);
  const [moving, setMoving] = useState(channel === undefined);
  const [values, setValues] = useState(nothing);
  const set = (part: Partial<Values>) => setValues((before) => ({ ...before, ...part }));
  const creation = useChange(createChannel, { onUpdated: ({ signing_key }) => onSaved(signing_key) });
  const change = useChange(changeChannel, { onUpdated: () => onSaved(null) });
  const save = channel ? change : creation;
  const send = () => {
    const about = { label, language, events: [...told] };
    const target = targetOf(kind, values);
    if (!channel) return creation.mutate({ ...about, ...target });
    const { configuration } = target;
    change.mutate({ id: channel.id, ...about, ...(moving && { configuration }) });
  };
  const errors = fieldErrors(save.error);
  const at = (field: string) =>
    errors[`configuration.${field}`] ??
    Object.entries(errors).find(([path]) => path.startsWith(`configuration.${field}.`))?.[1];
  const text = (field: 'url' | 'host' | 'user' | 'from' | 'to', required = true) => (
    <TextInput
      label={t(`channel.${field}`)}
      required={required}
      value={values[field]}
      error={at(field)}
      onChange={(event) => set({ [field]: event.currentTarget.value })}
    />
  );
  return (
    <Dialog onClose={onClose} title={t(channel ? 'channel.edit' : 'channel.new')}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          send();
        }}
      >
        <Stack gap="md">
          <Select
            label={t('channel.kind')}
            allowDeselect={false}
            disabled={channel !== undefined}
            data={kinds.map((value) => ({ value, label: t(`channel.kind.${value}`) }))}
            value={kind}
            onChange={(value) => value && setKind(value)}
          />
          <TextInput
            label={t('channel.label')}
            required
            maxLength={120}
            value={label}
            error={errors.label}
            onChange={(event) => setLabel(event.currentTarget.value)}
          />
          {channel && (
            <Checkbox
              label={t('channel.move')}
              description={channel.target}
              checked={moving}
              onChange={(event) => setMoving(event.currentTarget.checked)}
            />
          )}
          {moving && kind !== 'email' && text('url')}
          {moving && kind === 'email' && (
            <>
              {text('to')}
              {text('from')}
              {text('host')}
              <Group grow align="flex-start">
                <NumberField
                  label={t('channel.port')}
                  min={1}
                  max={65_535}
                  value={values.port}
                  error={at('port')}
                  onChange={(port) => set({ port: Number(port) })}
                />
                <Select
                  label={t('channel.security')}
                  allowDeselect={false}
                  data={securities.map((value) => ({ value, label: t(`channel.security.${value}`) }))}
                  value={values.security}
                  onChange={(security) => security && set({ security })}
                />
              </Group>
              {text('user', false)}
              <PasswordInput
                label={t('channel.password')}
                autoComplete="new-password"
                value={values.password}
                error={at('password')}
                onChange={(event) => set({ password: event.currentTarget.value })}
                visibilityToggleButtonProps={{ 'aria-label': t('signIn.showPassword') }}
              />
            </>
          )}
          <Checkbox.Group
            label={t('channel.events')}
            value={[...told]}
            onChange={setTold}
            error={errors.events}
          >
            <Stack gap={8} mt={8}>
              {events.map((event) => (
                <Checkbox key={event} value={event} label={t(`event.${event}`)} />
              ))}
            </Stack>
          </Checkbox.Group>
          <Select
            label={t('channel.language')}
            description={t('channel.language.hint')}
            allowDeselect={false}
            data={Object.entries(languages).map(([code, name]) => ({
              value: code as typeof language,
              label: name,
            }))}
            value={language}
            onChange={(next) => next && setLanguage(next)}
          />
          {save.error && concernsWhole(save.error, shown) && <Failure error={save.error} />}
          <Group justify="flex-end" gap="xs">
            <Button variant="default" onClick={onClose}>
              {t('action.cancel')}
            </Button>
            <Button type="submit" loading={save.isPending}>
              {t('action.save')}
            </Button>
          </Group>
        </Stack>
      </form>
    </Dialog>
  );
}
