/**
 * A service whose connection to PostgreSQL can become half-open, while the test and other processes still reach the
 * server.
 */
import type { Database } from '../../src/store/database/database.ts';
import { openDatabase } from '../../src/store/database/open-database.ts';
import { type Cable, cableTo } from './cable.ts';
import { mainDatabase, type TestDatabases } from './databases.ts';

/** Much shorter than the real time, and long enough for a busy machine. */
export const silenceMs = 1_500;

/** @param onCable gets the cable between the service and its database */
export const databasesThroughCable = (onCable: (cable: Cable) => void): TestDatabases => ({
  ...mainDatabase,
  migrated: async () => {
    const direct = await mainDatabase.migrated();
    const { connection } = direct.database;
    if (connection.kind !== 'postgres') throw new Error('a cable needs a PostgreSQL server');
    const cable = await cableTo(connection.url.reveal());
    onCable(cable);
    const opened: Database[] = [];
    return {
      database: direct.database,
      another: async () => {
        const database = await openDatabase({ url: cable.url, dataDirectory: '', silenceMs });
        opened.push(database);
        return database;
      },
      drop: async () => {
        for (const database of opened) await database.close();
        await cable.pull();
        await direct.drop();
      },
    };
  },
});
