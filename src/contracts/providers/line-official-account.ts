import { z } from 'zod';
import { lineOfficialAccountTraits } from '../../domain/destinations/line-official-account.ts';
import { issueText } from '../../domain/text/sentence.ts';
import type { ConfigurationField, Provider } from './provider.ts';
import { key } from './rules.ts';

const channelId = z
  .string()
  .trim()
  .regex(/^\d{5,20}$/, issueText`Enter the channel ID: a number of about ten digits.`);

/** The code that signs reads it. A key of 4,096 bits has some 3 kB. */
const privateKey = z.string().trim().min(1, issueText`Enter the key.`).max(20_000);

/** Empty for that of the JWK. */
const keyId = z.union([z.literal(''), key]).default('');

function hasKid(privateKey: string): boolean {
  try {
    const { kid } = JSON.parse(privateKey) as Record<string, unknown>;
    return typeof kid === 'string' && kid !== '';
  } catch {
    return false;
  }
}

const channelIdField: ConfigurationField = {
  key: 'channel_id',
  label: issueText`Channel ID`,
  hint: issueText`Of the Messaging API channel of the official account, on the page “Basic settings” of the LINE Developers Console.`,
  secret: false,
  required: true,
  variable: 'LINE_OFFICIAL_ACCOUNT_CHANNEL_ID',
};

const toChannel = issueText`Open the LINE Developers Console (developers.line.biz/console), and choose the Messaging API channel of the official account. If it has none, turn on the Messaging API in LINE Official Account Manager first.`;

export const lineOfficialAccount: Provider = {
  id: lineOfficialAccountTraits.id,
  label: lineOfficialAccountTraits.label,
  about: issueText`Where audiences are sent.`,
  role: 'destination',
  methods: [
    {
      id: 'line_official_account_secret',
      label: issueText`Channel secret`,
      help: issueText`The ID and the secret of the Messaging API channel. Lineup gets short access tokens with them, and stores none.`,
      steps: [
        toChannel,
        issueText`Copy the channel ID and the channel secret. Both are on the page “Basic settings”. You need the role Admin to see them.`,
      ],
      fields: [
        channelIdField,
        {
          key: 'channel_secret',
          label: issueText`Channel secret`,
          secret: true,
          required: true,
          variable: 'LINE_OFFICIAL_ACCOUNT_CHANNEL_SECRET',
        },
      ],
      configuration: z.strictObject({ channel_id: channelId, channel_secret: key }),
    },
    {
      id: 'line_official_account_key',
      label: issueText`Private key`,
      help: issueText`The ID of the Messaging API channel, and an assertion signing key whose public half is registered there. The channel secret is not needed.`,
      steps: [
        toChannel,
        issueText`Make a pair of RSA keys for “Assertion Signing Key”, as LINE describes it, and register the public key on the page “Basic settings”. LINE then shows its key ID (kid).`,
        issueText`Enter the channel ID of that page, the private key and its key ID here. LINE never sees the private key.`,
      ],
      fields: [
        channelIdField,
        {
          key: 'private_key',
          label: issueText`Private key`,
          hint: issueText`A JWK, with its braces, or PEM.`,
          secret: true,
          required: true,
          multiline: true,
          variable: 'LINE_OFFICIAL_ACCOUNT_PRIVATE_KEY',
        },
        {
          key: 'key_id',
          label: issueText`Key ID (kid)`,
          hint: issueText`LINE shows it when the public key is registered. Not needed if the JWK has it.`,
          secret: false,
          required: false,
          variable: 'LINE_OFFICIAL_ACCOUNT_KEY_ID',
        },
      ],
      configuration: z
        .strictObject({ channel_id: channelId, private_key: privateKey, key_id: keyId })
        .refine(({ private_key, key_id }) => key_id !== '' || hasKid(private_key), {
          path: ['key_id'],
          error: issueText`Enter the key ID that LINE showed when the public key was registered.`,
        }),
    },
  ],
  jobTypes: [{ id: lineOfficialAccountTraits.jobType, label: issueText`Export Audiences` }],
  destination: lineOfficialAccountTraits,
  notes: [
    issueText`Members are only added. Whoever leaves the source, or comes onto a suppression list later, stays in the audience.`,
    issueText`LINE takes nothing more into an audience 180 days after it was created. A run before then fills a new one, and you change the campaigns to it.`,
  ],
};
