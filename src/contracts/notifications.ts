/** Channels of notifications about jobs, in the HTTP API. */
import { z } from 'zod';
import { languageCode, localizedShape, translatable } from '../domain/text/localized.ts';
import { isPlainLine } from '../domain/text/plain-text.ts';
import { issueText } from '../domain/text/sentence.ts';
import { MAX_URL, notPlain, plainLine } from '../domain/values/bounds.ts';
import { isHost } from '../domain/values/internal-hosts.ts';
import { damaged } from '../domain/values/paging.ts';
import type { Secret } from '../domain/values/secret.ts';
import { defaultEventTypes, domainEventTypes } from './domain-events.ts';
import { orSecretReference } from './secret-references.ts';

export const channelKind = z.enum(['webhook', 'slack', 'email']);
export type ChannelKind = z.infer<typeof channelKind>;

const label = plainLine(issueText`Enter a label.`).max(120);
/** The events that the channel gets. */
const events = z.array(z.enum(domainEventTypes)).min(1, issueText`Choose at least one.`).max(domainEventTypes.length);
const about = {
  label,
  events: events.default([...defaultEventTypes]),
  /** The language of its messages. Default: the language of the installation. */
  language: languageCode.optional(),
};

const httpUrl = orSecretReference(
  z
    .url({ protocol: /^https?$/, error: issueText`Enter a URL like https://hooks.example.com/lineup.` })
    .max(MAX_URL)
    .refine(isPlainLine, notPlain)
    .refine((url) => !URL.parse(url)?.username, issueText`Remove the user name and the password from the URL.`),
);

/** A key in the format of Standard Webhooks: `whsec_` and 24 to 64 bytes in base64. */
const signingKey = orSecretReference(
  z
    .string()
    .max(100)
    .regex(
      /^whsec_[A-Za-z0-9+/]{32,86}={0,2}$/,
      issueText`Enter a key like whsec_… of 24 to 64 bytes in base64, or leave this empty to create one.`,
    ),
);

/** An SMTP server, and who sends by it. */
export const mailServer = {
  host: z.string().trim().max(253).refine(isHost, issueText`Enter the mail server.`),
  port: z.number().int().min(1).max(65_535),
  /** `tls`: from the first byte · `starttls`: before any data is sent · `none`: only within a trusted network. */
  security: z.enum(['starttls', 'tls', 'none']),
  user: orSecretReference(z.string().min(1).max(320).refine(isPlainLine, notPlain)).nullable(),
  password: orSecretReference(z.string().min(1).max(1_000).refine(isPlainLine, notPlain)).nullable(),
  from: z.email(issueText`Enter an e-mail address.`).max(320),
} as const;

/** A whole one. */
export type MailServer = { readonly [Key in keyof typeof mailServer]: z.infer<(typeof mailServer)[Key]> };

/**
 * The configuration of each kind. It is stored encrypted, and the API never returns its secrets. A secret may be a
 * reference to one outside Lineup.
 */
export const channelConfigurations = {
  webhook: z.strictObject({ url: httpUrl, signing_key: signingKey.optional() }),
  slack: z.strictObject({ url: httpUrl }),
  email: z.strictObject({
    /** Without a host, the mail server of the settings is used, with its sender. */
    host: mailServer.host.optional(),
    port: mailServer.port.default(587),
    security: mailServer.security.default('starttls'),
    user: mailServer.user.default(null),
    password: mailServer.password.default(null),
    from: mailServer.from.optional(),
    to: z
      .array(z.email(issueText`Enter an e-mail address.`).max(320))
      .min(1, issueText`Enter at least one recipient.`)
      .max(20, issueText`Enter at most 20 addresses. For more recipients, use a mailing list.`),
  }),
} as const;

/** The keys of each configuration that only its messages need to know: the path of a webhook is a secret, too. */
export const channelSecrets = {
  webhook: ['url', 'signing_key'],
  slack: ['url'],
  email: ['user', 'password'],
} as const satisfies {
  readonly [Kind in ChannelKind]: readonly (keyof z.input<(typeof channelConfigurations)[Kind]>)[];
};

export const newChannel = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('webhook'), ...about, configuration: channelConfigurations.webhook }),
  z.strictObject({ kind: z.literal('slack'), ...about, configuration: channelConfigurations.slack }),
  z.strictObject({ kind: z.literal('email'), ...about, configuration: channelConfigurations.email }),
]);
export type NewChannel = z.infer<typeof newChannel>;

/**
 * A change of a channel, except its kind. A new configuration replaces the whole old one, except a webhook's signing
 * key.
 */
export const channelChange = z.strictObject({
  label: label.optional(),
  events: events.optional(),
  language: languageCode.optional(),
  // The schema of the kind checks the values; only the stored channel has the kind.
  configuration: z.record(z.string().max(100), z.unknown()).optional(),
});
export type ChannelChange = z.infer<typeof channelChange>;

/** A channel without the secrets of its configuration. */
export const channel = z.object({
  id: z.string(),
  kind: channelKind,
  label: z.string(),
  /** The host or the mail addresses, without a secret. Of an address outside Lineup: the reference. */
  target: z.string(),
  events: z.array(z.enum(domainEventTypes)),
  language: languageCode,
  /** The part of the configuration without secrets. Only in the list. */
  configuration: z.record(z.string(), z.unknown()).optional(),
  /** The keys of the configuration that have a secret value. Only in the list. */
  secrets: z.array(z.string()).readonly().optional(),
  /** The keys of these that refer to a secret outside Lineup, with their references. Only in the list. */
  references: z.record(z.string(), z.string()).optional(),
  mail_server: z
    .enum(['settings', 'own'])
    .optional()
    .describe('Of an e-mail channel: whether its mail server is that of the settings. Only in the list.'),
  created_by: z.string(),
  created_at: z.string(),
  last_sent_at: z.string().nullable(),
  /** Why the newest message has not arrived yet; null when it has. */
  last_error: z.string().nullable(),
  last_error_sentence: translatable('last_error'),
  /**
   * Its configuration was lost with its key, and a person must enter it again. Messages wait until then. Only when
   * true.
   */
  enter_again: z.boolean().optional(),
  damaged,
});
export type Channel = z.infer<typeof channel>;

/** A channel that was made or changed. */
export interface MadeChannel {
  readonly channel: Channel;
  /** The signing key, if Lineup made it. The API shows it only this once. */
  readonly signingKey: Secret | null;
}

/** Whether the test message arrived, and the reason if not. */
export const channelTest = z.object({
  ok: z.boolean(),
  ...localizedShape,
});
export type ChannelTest = z.infer<typeof channelTest>;

/** The weekly digest as a channel would get it now. */
export const digestPreview = z.object({ subject: z.string(), text: z.string() });
export type DigestPreview = z.infer<typeof digestPreview>;
