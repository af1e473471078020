import { z } from 'zod';
import { MAX_URL } from '../bounds.ts';
import { issueText } from '../sentence.ts';
import type { Provider } from './provider.ts';
import { certificates } from './rules.ts';

const connectionUrl = z
  .url({
    protocol: /^(mysql|mariadb)$/,
    error: issueText`Enter a URL like mysql://user:password@host:3306/database.`,
  })
  .max(2 * MAX_URL);

export const mysql: Provider = {
  id: 'mysql',
  label: 'MySQL, MariaDB',
  about: issueText`Tables, views and queries of MySQL, MariaDB or Aurora.`,
  role: 'source',
  methods: [
    {
      id: 'mysql_connection_url',
      label: issueText`Connection URL`,
      help: issueText`A user that may read the tables is enough.`,
      connectionField: 'connection_url',
      fields: [
        {
          key: 'connection_url',
          label: issueText`Connection URL`,
          secret: true,
          required: true,
          variable: 'LINEUP_MYSQL_URL',
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
