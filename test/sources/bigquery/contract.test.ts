import type { Fault } from '../../../simulators/bigquery/index.ts';
import { type Row, type SourceKit, sourceContract } from '../contract.ts';
import { openAudience, startBigQuery } from './support.ts';

const fields = [
  { name: 'email', type: 'STRING' },
  { name: 'phone', type: 'STRING' },
  { name: 'emails', type: 'STRING', mode: 'REPEATED' },
] as const;

async function open(rows: readonly Row[], audience: string, faults: readonly Fault[] = []) {
  const sim = await startBigQuery({
    tables: [{ dataset: 'given', table: 'members', fields, rows: rows as readonly object[] as never }],
    faults,
  });
  return openAudience(sim, audience);
}

const denied: Fault = {
  kind: 'denied',
  permission: 'bigquery.readsessions.getData',
  endpoint: 'rows',
  nth: 2,
};

const kitOf = (audience: string): SourceKit => ({
  name: `BigQuery, ${audience}`,
  lists: true,
  nul: true,
  places: true,
  open: (rows) => open(rows, audience),
  openBroken: (rows) => open(rows, audience, [denied]),
});

const ofTable = kitOf('given.members');
const ofQuery = kitOf('SELECT email, phone, emails FROM given.members');
sourceContract(ofTable);
// The result of a query is a table.
sourceContract({ ...ofQuery, like: ofTable.name, memoryLike: ofTable.name });
