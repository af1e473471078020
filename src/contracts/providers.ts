/**
 * The systems that Lineup has credentials for, as data. The forms, the API and the database follow this registry, so a new provider
 * needs only a new entry.
 */
import { z } from 'zod';
import { MAX_URL } from './bounds.ts';
import { issueText } from './sentence.ts';

/** One field of a method's configuration, in the order of its form. */
export interface ConfigurationField {
  readonly key: string;
  readonly label: string;
  /** Whether the form hides the input. Every value is stored encrypted and never returned. */
  readonly secret: boolean;
  readonly required: boolean;
  /** Whether the value has several lines. */
  readonly multiline?: boolean;
}

export interface Method {
  readonly id: string;
  readonly label: string;
  readonly fields: readonly ConfigurationField[];
  /** The schema of the whole configuration. */
  readonly configuration: z.ZodType<Record<string, string>>;
}

export interface Provider {
  readonly id: string;
  readonly label: string;
  /** Whether members go to the provider or come from it. */
  readonly role: 'destination' | 'source';
  readonly methods: readonly Method[];
  readonly jobTypes: readonly { readonly id: JobType; readonly label: string }[];
}

export const jobType = z.enum(['line_ads_audience_export']);
export type JobType = z.infer<typeof jobType>;

/** LINE's keys are printable ASCII without spaces. Without this check, a badly copied key would only fail at its first use. */
const key = z
  .string()
  .trim()
  .min(1, issueText`Enter the key.`)
  .max(4_000)
  .regex(/^[\x21-\x7e]*$/, issueText`This contains a space or an invalid character. Copy the key again.`);

const groupId = z
  .string()
  .trim()
  .max(40)
  .regex(/^[A-Za-z0-9]*$/, issueText`Enter the group’s ID, for example G1.`);

/** Only scheme, host and port. Paths are appended to it, so anything else would be lost. */
const origin = z
  .url({ protocol: /^https?$/, error: issueText`Enter a URL like https://api.lytics.io.` })
  .max(MAX_URL)
  .refine((text) => {
    const url = URL.parse(text);
    return url !== null && `${url.pathname}${url.search}${url.hash}${url.username}` === '/';
  }, issueText`Enter only the origin, like https://api.lytics.io, without a path, a query or a user.`);

const connectionUrl = z
  .url({
    protocol: /^postgres(ql)?$/,
    error: issueText`Enter a URL like postgres://user:password@host:5432/database.`,
  })
  .max(2 * MAX_URL);

export const providers: readonly Provider[] = [
  {
    id: 'line_ads',
    label: 'LINE Ads',
    role: 'destination',
    methods: [
      {
        id: 'line_ads_api_key',
        label: 'LINE Ads API Key',
        fields: [
          { key: 'access_key', label: 'Access Key', secret: false, required: true },
          { key: 'secret_key', label: 'Secret Key', secret: true, required: true },
          // LINE lists only the ad accounts of a group.
          { key: 'group_id', label: 'Group ID', secret: false, required: false },
        ],
        configuration: z.strictObject({ access_key: key, secret_key: key, group_id: groupId.default('') }),
      },
    ],
    jobTypes: [{ id: 'line_ads_audience_export', label: 'Export Audiences' }],
  },
  {
    id: 'lytics',
    label: 'Lytics',
    role: 'source',
    methods: [
      {
        id: 'lytics_api_token',
        label: 'Lytics API Token',
        fields: [
          { key: 'token', label: 'API Token', secret: true, required: true },
          { key: 'origin', label: 'API Origin', secret: false, required: false },
        ],
        configuration: z.strictObject({ token: key, origin: origin.default('https://api.lytics.io') }),
      },
    ],
    jobTypes: [],
  },
  {
    id: 'postgresql',
    label: 'PostgreSQL',
    role: 'source',
    methods: [
      {
        id: 'postgresql_connection_url',
        label: 'Connection URL',
        fields: [
          { key: 'connection_url', label: 'Connection URL', secret: true, required: true },
          {
            key: 'ca_certificate',
            label: 'CA Certificate (PEM)',
            secret: false,
            required: false,
            multiline: true,
          },
        ],
        // The code that connects checks the certificate.
        configuration: z.strictObject({
          connection_url: connectionUrl,
          // Room for a bundle of several certificates.
          ca_certificate: z.string().trim().max(100_000).default(''),
        }),
      },
    ],
    jobTypes: [],
  },
  // Files need no authorization. An administrator's setting decides which files exports may read.
  { id: 'files', label: 'Files', role: 'source', methods: [], jobTypes: [] },
];

/** The method, or undefined when the registry has no such pair. */
export function findMethod(providerId: string, methodId: string): Method | undefined {
  return providers
    .find((provider) => provider.id === providerId)
    ?.methods.find((method) => method.id === methodId);
}
