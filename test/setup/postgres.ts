/** Starts a PostgreSQL server for the run before the first file that needs one, and stops it after the last. */
import { holdServer } from './held-server.ts';

export const setup = (): Promise<() => Promise<void>> => holdServer('with-postgres.sh');
