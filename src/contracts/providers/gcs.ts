import { z } from 'zod';
import { issueText } from '../../domain/text/sentence.ts';
import { placeFields, placeRules } from './object-storage.ts';
import type { Provider } from './provider.ts';
import { key, serviceAccountKey } from './rules.ts';

export const gcs: Provider = {
  id: 'gcs',
  label: 'Google Cloud Storage',
  about: issueText`Objects in buckets of Google Cloud.`,
  role: 'source',
  methods: [
    {
      id: 'gcs_service_account_key',
      label: issueText`Service Account Key`,
      help: issueText`A service account with storage.objects.get and storage.objects.list is enough.`,
      connectionField: 'service_account_key',
      fields: [
        {
          key: 'service_account_key',
          label: issueText`Service Account Key (JSON)`,
          secret: true,
          required: true,
          multiline: true,
        },
        ...placeFields,
      ],
      configuration: z.strictObject({ service_account_key: serviceAccountKey, ...placeRules }),
    },
    {
      id: 'gcs_hmac_key',
      label: issueText`HMAC Key`,
      help: issueText`The HMAC key of a service account. Google Cloud shows it under Cloud Storage, Interoperability.`,
      connectionField: 'secret_access_key',
      fields: [
        {
          key: 'access_key_id',
          label: issueText`Access Key ID`,
          secret: false,
          required: true,
          variable: 'GCS_ACCESS_KEY_ID',
        },
        {
          key: 'secret_access_key',
          label: issueText`Secret Access Key`,
          secret: true,
          required: true,
          variable: 'GCS_SECRET_ACCESS_KEY',
        },
        ...placeFields,
      ],
      configuration: z.strictObject({ access_key_id: key, secret_access_key: key, ...placeRules }),
    },
    {
      id: 'gcs_machine_credentials',
      label: issueText`Credentials of the Machine`,
      help: issueText`The access of Lineup’s own machine to Google Cloud (application default). The operator must allow it.`,
      connectionField: 'bucket',
      fields: placeFields,
      configuration: z.strictObject(placeRules),
    },
  ],
  jobTypes: [],
  source: { written: 'path', files: true, hashes: false, watches: ['object'] },
};
