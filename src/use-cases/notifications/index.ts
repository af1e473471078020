/** Use cases of notification channels. */
import { z } from 'zod';
import {
  type Channel,
  type ChannelKind,
  type ChannelTest,
  channelChange,
  channelConfigurations,
  channelSecrets,
  type MailServer,
  type NewChannel,
  newChannel,
} from '../../contracts/notifications.ts';
import type { Notifications } from '../../contracts/use-cases.ts';
import { type FieldError, LineupError } from '../../domain/errors/errors.ts';
import type { Actor } from '../../domain/people/people.ts';
import { fieldErrorsOf, wrongValue, wrongValues } from '../../domain/text/localized.ts';
import { localized, sentence, sentenceOf } from '../../domain/text/sentence.ts';
import { portOf } from '../../domain/values/hosts.ts';
import { Secret } from '../../domain/values/secret.ts';
import { isSecretReference } from '../../domain/values/secret-reference.ts';
import { withUnknownKeys } from '../../domain/values/tolerant.ts';
import { translatorFor } from '../../i18n/server-catalogues.ts';
import type { Translate } from '../../i18n/translator.ts';
import { networkGuard } from '../../network/guard.ts';
import { transaction } from '../../store/database/database.ts';
import { recordAudit } from '../../store/repositories/audit-log.ts';
import {
  createChannel,
  deleteChannel,
  getChannel,
  listChannels,
  revealChannel,
  updateChannel,
} from '../../store/repositories/notification-channels.ts';
import { randomText } from '../../store/secrets/unguessable.ts';
import { auditEntries, changesBetween } from '../audit-log.ts';
import type { LatestPoints } from '../health-report/index.ts';
import { assertMayRefer, withReferences } from '../secrets-outside.ts';
import { readSettings } from '../settings.ts';
import { channelToUse } from './channel-to-use.ts';
import { weeklyDigest } from './digest.ts';
import { mailServerOf, usesServer } from './mail-server.ts';
import { asText, messageOf, testMessage } from './message.ts';
import type { NotificationDeps } from './outbox.ts';
import { DeliveryError, type NotificationDelivery, send } from './send.ts';

/** @param known what the runs of all audiences have shown */
export function notificationUseCases(deps: NotificationDeps, known?: LatestPoints): Notifications {
  const { db, box, now } = deps;
  return {
    list: async () => {
      const channels = await listChannels(db);
      const server = await mailServerOf(db, box).catch(() => null);
      return Promise.all(
        channels.map(async (channel) => ({ ...channel, ...(await shownConfiguration(deps, channel, server)) })),
      );
    },
    create: async (given, actor, role) => {
      assertMayRefer(given.configuration, role);
      const input = await withServer(deps, given);
      await assertReachable(deps, input);
      const { signingKey, configuration } = withSigningKey(input.kind, { ...input.configuration });
      const { kind, label, events } = input;
      const language = input.language ?? (await readSettings(db)).appearance.language;
      const id = await transaction(db, async (tx) => {
        const channel = { kind, label, language, events, target: targetOf(input), configuration };
        const made = await createChannel(tx, box, channel, actor, now());
        await recordAudit(tx, actor, audit('create', made, { label, kind }), now());
        return made;
      });
      return { channel: await getChannel(db, id), signingKey };
    },
    change: async (id, { label, language, events, configuration }, actor, role) => {
      if (configuration) assertMayRefer(configuration, role);
      const before = await getChannel(db, id);
      const { kind } = before;
      const moved = configuration && (await newPlace(deps, id, kind, configuration));
      const place = moved && { target: moved.target, configuration: moved.configuration };
      await transaction(db, async (tx) => {
        await updateChannel(tx, box, id, { label, language, events, ...place });
        await recordAudit(
          tx,
          actor,
          audit('change', id, {
            label: label ?? before.label,
            changes: changesBetween(before, { label, language, events }),
            ...(moved && { moved: true }),
          }),
          now(),
        );
      });
      return { channel: await getChannel(db, id), signingKey: moved?.signingKey ?? null };
    },
    delete: (id, actor: Actor) =>
      transaction(db, async (tx) => {
        const { label } = await getChannel(tx, id);
        await deleteChannel(tx, id);
        await recordAudit(tx, actor, audit('delete', id, { label }), now());
      }),
    test: (id, signal) =>
      sendNow(deps, id, signal, 'test', (translate) => ({
        event: null,
        message: testMessage(deps.publicUrl, translate),
      })),
    previewDigest: async (language) => {
      const { appearance } = await readSettings(db);
      const translate = await translatorFor(language ?? appearance.language, appearance.time_zone ?? 'UTC');
      const message = messageOf(await weeklyDigest(db, now(), now(), known), deps.publicUrl, translate);
      return { subject: message.subject, text: asText(message) };
    },
    sendDigest: async (id, signal) => {
      const event = await weeklyDigest(db, now(), now(), known);
      return sendNow(deps, id, signal, 'digest', (translate) => ({
        event,
        message: messageOf(event, deps.publicUrl, translate),
      }));
    },
  };
}

/** Sends a message at once, outside the outbox. @param content in the language of the channel */
async function sendNow(
  deps: NotificationDeps,
  id: string,
  signal: AbortSignal,
  kind: string,
  content: (translate: Translate) => Pick<NotificationDelivery, 'event' | 'message'>,
): Promise<ChannelTest> {
  const { now, sleep } = deps;
  const allowed = await deps.internalHosts();
  try {
    const { language, ...channel } = await channelToUse(deps, id);
    await send({
      ...channel,
      ...content(await translatorFor(language)),
      id: `msg_${kind}_${now().getTime()}`,
      now: now(),
      clock: { sleep },
      allowed,
      signal,
    });
    return { ok: true, ...localized(sentence`The message was accepted.`) };
  } catch (error) {
    if (!(error instanceof DeliveryError) && !isUnreadable(error)) throw error;
    return { ok: false, ...localized(sentenceOf(error)) };
  }
}

/** The configuration of a channel cannot be read, or a secret outside to which it refers. */
const isUnreadable = (error: unknown): error is LineupError =>
  error instanceof LineupError && UNREADABLE.has(error.code);

const UNREADABLE: ReadonlySet<string> = new Set(['credentials_lost', 'secret_key_wrong', 'secret_unavailable']);

/** A webhook without a signing key gets one. */
function withSigningKey(
  kind: ChannelKind,
  configuration: Readonly<Record<string, unknown>>,
): {
  signingKey: Secret | null;
  configuration: Secret<Record<string, unknown>>;
} {
  const signingKey = kind === 'webhook' && configuration.signing_key === undefined ? newSigningKey() : null;
  return {
    signingKey,
    configuration: new Secret({ ...configuration, ...(signingKey && { signing_key: signingKey.reveal() }) }),
  };
}

/**
 * What is wrong with a new channel, or with a change of one, each problem at its key.
 * @throws {LineupError} `not_found`; `invalid_argument` with such problems
 */
export async function channelProblems(
  deps: NotificationDeps,
  id: string | null,
  body: Record<string, unknown>,
  hasServer = false,
): Promise<FieldError[]> {
  const { data, error } = id === null ? newChannel.safeParse(body) : channelChange.safeParse(body);
  if (!data) return fieldErrorsOf(error);
  if ('kind' in data) {
    // The plan enters the server before.
    if (hasServer && lacksServer(data)) return [];
    await assertReachable(deps, await withServer(deps, data));
  } else if (id !== null && data.configuration) {
    await newPlace(deps, id, (await getChannel(deps.db, id)).kind, data.configuration);
  }
  return [];
}

/** What of a channel's configuration is no secret, and which secrets it has. Nothing when its key is gone. */
async function shownConfiguration(
  { db, box }: NotificationDeps,
  { id, kind }: Channel,
  server: MailServer | null,
): Promise<Pick<Channel, 'configuration' | 'secrets' | 'references' | 'mail_server'>> {
  try {
    const revealed = (await revealChannel(db, box, id)).configuration.reveal() as Record<string, unknown>;
    const hasValue = (key: string) => revealed[key] !== undefined && revealed[key] !== null;
    const secrets: readonly string[] = channelSecrets[kind];
    const shown = Object.keys(channelConfigurations[kind].shape).filter((key) => !secrets.includes(key));
    const configuration = Object.fromEntries(shown.filter(hasValue).map((key) => [key, revealed[key]]));
    const isOwn = kind !== 'email' || !usesServer(revealed, server);
    const shownChannel = {
      configuration,
      secrets: secrets.filter(hasValue),
      ...(kind === 'email' && { mail_server: isOwn ? ('own' as const) : ('settings' as const) }),
    };
    return isOwn ? withReferences(shownChannel, revealed) : shownChannel;
  } catch {
    // A channel that cannot be opened, or was deleted just now, is still listed.
    return {};
  }
}

/** In the format of Standard Webhooks. */
const newSigningKey = (): Secret => new Secret(`whsec_${randomText('base64')}`);

/**
 * The new target and configuration of a channel, with the signing key if its own was lost and the request has none.
 * @throws {LineupError} `invalid_argument`
 */
async function newPlace(
  deps: NotificationDeps,
  id: string,
  kind: ChannelKind,
  given: Record<string, unknown>,
): Promise<{ target: string; configuration: Secret<Record<string, unknown>>; signingKey: Secret | null }> {
  const before = await configurationOf(deps, id);
  const signing = z.object({ signing_key: z.string() }).safeParse(before).data ?? {};
  const parsed = newChannel.safeParse({ kind, label: 'the same', configuration: { ...signing, ...given } });
  if (!parsed.success) throw wrongValues(fieldErrorsOf(parsed.error));
  const placed = await withServer(deps, parsed.data);
  await assertReachable(deps, placed);
  // What only a newer version knows belongs to the place, and may be a secret.
  const configuration = isSamePlace(before, placed.configuration)
    ? withUnknownKeys<Record<string, unknown>>(channelConfigurations[kind], before, placed.configuration)
    : placed.configuration;
  return { target: targetOf(placed), ...withSigningKey(kind, { ...configuration }) };
}

/** What a channel has, or nothing if it cannot be read: then all of it is entered again. */
async function configurationOf({ db, box }: NotificationDeps, id: string): Promise<unknown> {
  try {
    return (await revealChannel(db, box, id)).configuration.reveal();
  } catch (error) {
    if (!(error instanceof LineupError) || error.code !== 'credentials_lost') throw error;
    return {};
  }
}

const isSamePlace = (before: unknown, after: Record<string, unknown>): boolean =>
  ['url', 'host', 'port'].every((key) => (before as Record<string, unknown>)[key] === after[key]);

const lacksServer = (input: NewChannel): boolean => input.kind === 'email' && input.configuration.host === undefined;

/** An e-mail channel without a server of its own gets that of the settings. @throws {LineupError} `invalid_argument` */
async function withServer({ db, box }: NotificationDeps, input: NewChannel): Promise<NewChannel> {
  if (input.kind !== 'email') return input;
  const { configuration } = input;
  if (configuration.host !== undefined) {
    if (configuration.from === undefined) throw wrongValue('configuration.from', sentence`Enter an e-mail address.`);
    return input;
  }
  const server = await mailServerOf(db, box);
  if (!server) {
    throw wrongValue('configuration.host', sentence`There is no mail server yet. First enter it in the settings.`);
  }
  return { ...input, configuration: { ...server, to: configuration.to } };
}

/** Refuses internal addresses. The network guard checks a name later, at each connection. */
async function assertReachable({ internalHosts }: NotificationDeps, input: NewChannel): Promise<void> {
  const key = input.kind === 'email' ? 'host' : 'url';
  // An address outside is not known yet.
  if (input.kind !== 'email' && isSecretReference(input.configuration.url)) return;
  const { host = '', port } = input.kind === 'email' ? input.configuration : placeOf(input.configuration.url);
  try {
    networkGuard({ allowed: await internalHosts(), port, purpose: 'notification' }).assertAllowed(host);
  } catch (error) {
    if (!(error instanceof LineupError)) throw error;
    throw wrongValue(`configuration.${key}`, sentenceOf(error));
  }
}

function placeOf(text: string): { host: string; port: number } {
  const url = new URL(text);
  return { host: url.hostname, port: portOf(url) };
}

/** The target without secrets: the path of a webhook is one, a reference is none. */
function targetOf(input: NewChannel): string {
  if (input.kind === 'email') return input.configuration.to.join(', ');
  const { url } = input.configuration;
  return isSecretReference(url) ? url : new URL(url).host;
}

const audit = auditEntries('notification_channel');
