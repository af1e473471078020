/**
 * Notification channels in a plan. A file without a section for them leaves those of the service alone. Secrets cannot
 * be compared, so a channel keeps its configuration, unless the part without secrets differs, a reference to a secret
 * outside Lineup does, or the options replace all secrets.
 */
import type { Channel } from '../contracts/notifications.ts';
import { type Change, changesBetween, type Problem } from './changes.ts';
import type { ConfigurationFile, FileChannel } from './file.ts';
import { referenceChanges, variableOf } from './reference.ts';

export type ChannelStep =
  | { readonly action: 'create'; readonly kind: 'notification channel'; readonly wanted: FileChannel }
  | {
      readonly action: 'change';
      readonly kind: 'notification channel';
      readonly existing: Channel;
      readonly wanted: FileChannel;
      readonly changes: readonly Change[];
      /** The whole configuration is sent again, with its secrets. */
      readonly replaceSecret: boolean;
    }
  | { readonly action: 'delete'; readonly kind: 'notification channel'; readonly existing: Channel };

/** Undefined when there is nothing to do. */
export function stepForChannel(
  wanted: FileChannel,
  existing: Channel | undefined,
  replaceSecrets: boolean,
): ChannelStep | undefined {
  if (!existing) return { action: 'create', kind: 'notification channel', wanted };
  const { events, language, configuration = {} } = existing;
  const place = [
    ...changesBetween(...comparable(configuration, wanted.configuration)),
    ...referenceChanges(existing.references, wanted.configuration),
    // The file leaves the server to the settings.
    ...(existing.mail_server === 'own' && wanted.configuration.host === undefined
      ? [{ key: 'host', before: configuration.host ?? null, after: null }]
      : []),
  ];
  const changes = [
    ...changesBetween(
      { events: events.toSorted(), language },
      { events: (wanted.events ?? events).toSorted(), language: wanted.language ?? language },
    ),
    ...place.map((change) => ({ ...change, key: `configuration.${change.key}` })),
  ];
  const replaceSecret = replaceSecrets || place.length > 0 || existing.enter_again === true;
  if (changes.length === 0 && !replaceSecret) return undefined;
  return { action: 'change', kind: 'notification channel', existing, wanted, changes, replaceSecret };
}

/** The keys that both sides show. A reference to a variable hides a value. */
function comparable(
  before: Record<string, unknown>,
  after: Record<string, unknown>,
): [Record<string, unknown>, Record<string, unknown>] {
  const isShown = (value: unknown) => typeof value !== 'string' || variableOf(value) === undefined;
  const keys = Object.keys(before).filter((key) => key in after && isShown(after[key]));
  const only = (values: Record<string, unknown>) => Object.fromEntries(keys.map((key) => [key, values[key]]));
  return [only(before), only(after)];
}

export const channelProblems = (file: ConfigurationFile, channels: readonly Channel[]): Problem[] =>
  (file.notification_channels ?? []).flatMap(({ label, kind }, index) => {
    const known = channels.filter((channel) => channel.label === label);
    const at = ['notification_channels', index];
    if (known.length > 1) {
      const message = `The service has several with the label "${label}". Rename all of them except one first.`;
      return [{ path: [...at, 'label'], message }];
    }
    if (!known[0] || known[0].kind === kind) return [];
    const message = `"${label}" exists and is of the kind ${known[0].kind}, which cannot change. Use another label.`;
    return [{ path: [...at, 'kind'], message }];
  });

/** The channels that the file does not have; none when it has no section for them. */
export const channelsNotIn = (file: ConfigurationFile, channels: readonly Channel[]): Channel[] =>
  channels.filter(({ label }) => file.notification_channels?.every((channel) => channel.label !== label));
