import { issueText } from '../../domain/text/sentence.ts';
import { connectionUrl } from './connection-url.ts';
import type { Provider } from './provider.ts';

export const mysql: Provider = {
  id: 'mysql',
  label: 'MySQL, MariaDB',
  about: issueText`Tables, views and queries of MySQL, MariaDB or Aurora.`,
  role: 'source',
  methods: [
    connectionUrl({
      id: 'mysql_connection_url',
      protocol: /^(mysql|mariadb)$/,
      error: issueText`Enter a URL like mysql://user:password@host:3306/database.`,
      variable: 'LINEUP_MYSQL_URL',
    }),
  ],
  jobTypes: [],
  source: { written: 'query', files: false, hashes: true, watches: ['column', 'query'] },
};
