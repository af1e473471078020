import { type Row, sourceContract } from '../contract.ts';
import { openTable, startSnowflake, tableOf } from '../support/snowflake.ts';

async function open(rows: readonly Row[], faulty = false) {
  const sim = await startSnowflake({
    tables: [tableOf(rows)],
    partitionRows: 100,
    faults: faulty ? [{ kind: 'status', status: 400, endpoint: 'partition', nth: 2 }] : [],
  });
  return openTable(sim, 'SHOP.CRM.GIVEN');
}

sourceContract({
  name: 'Snowflake',
  lists: true,
  nul: true,
  places: true,
  open: (rows) => open(rows),
  openBroken: (rows) => open(rows, true),
});
