/** The PostgreSQL server of the tests, if there is one: `scripts/with-postgres.sh` starts it. */
import { needs } from './skip.ts';

export const serverUrl = process.env.LINEUP_TEST_DATABASE_URL;

/** For tests that need the server. Most tests run on PGlite if there is none. */
export const needsPostgres = needs(serverUrl, 'PostgreSQL is not installed');
