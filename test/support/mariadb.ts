/** The MariaDB server of the tests, if there is one: `scripts/with-mariadb.sh` starts it. */
import { needs } from './skip.ts';

export const mariadbUrl = process.env.LINEUP_TEST_MARIADB_URL;

/** The Unix socket of the server. Empty without a server. */
export const mariadbSocket = mariadbUrl ? socketOf(mariadbUrl) : '';

export const needsMariadb = needs(mariadbUrl, 'MariaDB is not installed');

/** Without a socket, the tests would connect to another server than this one, or to none. */
function socketOf(url: string): string {
  const socket = URL.parse(url)?.searchParams.get('socket');
  if (socket) return socket;
  throw new Error('LINEUP_TEST_MARIADB_URL has no socket. Add it: ?socket=%2Frun%2Fmysqld%2Fmysqld.sock');
}
