import { issueText } from '../../domain/text/sentence.ts';
import { connectionUrl } from './connection-url.ts';
import type { Provider } from './provider.ts';

export const postgresql: Provider = {
  id: 'postgresql',
  label: 'PostgreSQL',
  about: issueText`Tables, views and queries of a database.`,
  role: 'source',
  methods: [
    connectionUrl({
      id: 'postgresql_connection_url',
      protocol: /^postgres(ql)?$/,
      error: issueText`Enter a URL like postgres://user:password@host:5432/database.`,
      variable: 'LINEUP_POSTGRES_URL',
    }),
  ],
  jobTypes: [],
  source: { written: 'query', files: false, hashes: true, watches: ['column', 'query'] },
};
