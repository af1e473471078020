/** A process that writes into the database of a given data directory, prints that it is ready, and stays. */
import { openDatabase } from '../../src/store/database/open-database.ts';
import { json } from '../../src/store/database/schema.ts';

const database = await openDatabase({ dataDirectory: process.argv[2] ?? '' });
await database.db
  .insertInto('settings')
  .values({ key: 'kept', value: json({ by: 'a dead process' }), updated_by: 'test', updated_at: new Date() })
  .execute();
console.log('written');
setInterval(() => {}, 60_000);
