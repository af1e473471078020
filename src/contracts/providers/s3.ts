import { z } from 'zod';
import { placeFields, placeRules, serverFields, serverRules } from './object-storage.ts';
import type { Provider } from './provider.ts';
import { key } from './rules.ts';

export const s3: Provider = {
  id: 's3',
  label: 'Amazon S3 and compatible storage',
  role: 'source',
  methods: [
    {
      id: 's3_access_key',
      label: 'Access Key',
      fields: [
        {
          key: 'access_key_id',
          label: 'Access Key ID',
          secret: false,
          required: true,
          variable: 'AWS_ACCESS_KEY_ID',
        },
        {
          key: 'secret_access_key',
          label: 'Secret Access Key',
          secret: true,
          required: true,
          variable: 'AWS_SECRET_ACCESS_KEY',
        },
        {
          key: 'session_token',
          label: 'Session Token',
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
      label: 'Credentials of the Machine',
      fields: [...serverFields, ...placeFields],
      configuration: z.strictObject({ ...serverRules, ...placeRules }),
    },
  ],
  jobTypes: [],
  source: { written: 'path', files: true },
  connectionField: 'bucket',
};
