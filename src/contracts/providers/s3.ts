import { z } from 'zod';
import { issueText } from '../../domain/text/sentence.ts';
import { placeFields, placeRules, serverFields, serverRules } from './object-storage.ts';
import type { Provider } from './provider.ts';
import { key } from './rules.ts';

export const s3: Provider = {
  id: 's3',
  label: 'Amazon S3',
  about: issueText`Objects in buckets of Amazon S3, MinIO, R2, Wasabi and others.`,
  role: 'source',
  methods: [
    {
      id: 's3_access_key',
      label: issueText`Access Key`,
      help: issueText`A user with the rights s3:GetObject and s3:ListBucket is enough.`,
      connectionField: 'secret_access_key',
      fields: [
        {
          key: 'access_key_id',
          label: issueText`Access Key ID`,
          secret: false,
          required: true,
          variable: 'AWS_ACCESS_KEY_ID',
        },
        {
          key: 'secret_access_key',
          label: issueText`Secret Access Key`,
          secret: true,
          required: true,
          variable: 'AWS_SECRET_ACCESS_KEY',
        },
        {
          key: 'session_token',
          label: issueText`Session Token`,
          hint: issueText`Optional. Temporary credentials end after some hours.`,
          secret: true,
          required: false,
          variable: 'AWS_SESSION_TOKEN',
        },
        ...serverFields,
        ...placeFields,
      ],
      configuration: z.strictObject({
        access_key_id: key,
        secret_access_key: key,
        session_token: key.or(z.literal('')).default(''),
        ...serverRules,
        ...placeRules,
      }),
    },
    {
      id: 's3_machine_credentials',
      label: issueText`Credentials of the Machine`,
      help: issueText`The access of Lineup’s own machine to S3: its environment, its profile or its cloud. The operator must allow it.`,
      connectionField: 'bucket',
      fields: [...serverFields, ...placeFields],
      configuration: z.strictObject({ ...serverRules, ...placeRules }),
    },
  ],
  jobTypes: [],
  source: { written: 'path', files: true, hashes: false, watches: ['object'] },
};
