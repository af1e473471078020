/** The MariaDB server of the tests, if there is one: `scripts/with-mariadb.sh` starts it. */
import { needs } from './skip.ts';

export const mariadbUrl = process.env.LINEUP_TEST_MARIADB_URL;

export const needsMariadb = needs(mariadbUrl, 'MariaDB is not installed');
