import { z } from 'zod';
import { MAX_URL } from '../bounds.ts';
import { issueText } from '../sentence.ts';
import type { Provider } from './provider.ts';
import { certificates } from './rules.ts';

const connectionUrl = z
  .url({
    protocol: /^postgres(ql)?$/,
    error: issueText`Enter a URL like postgres://user:password@host:5432/database.`,
  })
  .max(2 * MAX_URL);

export const postgresql: Provider = {
  id: 'postgresql',
  label: 'PostgreSQL',
  about: issueText`Tables, views and queries of a database.`,
  role: 'source',
  methods: [
    {
      id: 'postgresql_connection_url',
      label: issueText`Connection URL`,
      help: issueText`A user that may read the tables is enough.`,
      connectionField: 'connection_url',
      fields: [
        {
          key: 'connection_url',
          label: issueText`Connection URL`,
          secret: true,
          required: true,
          variable: 'LINEUP_POSTGRES_URL',
        },
        {
          key: 'ca_certificate',
          label: issueText`CA Certificate (PEM)`,
          secret: false,
          required: false,
          multiline: true,
        },
      ],
      configuration: z.strictObject({
        connection_url: connectionUrl,
        ca_certificate: certificates.default(''),
      }),
    },
  ],
  jobTypes: [],
  source: { written: 'query', files: false },
};
