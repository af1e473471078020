/** BigQuery as a provider of audiences: its tables and views, or a query. */
import { LineupError } from '../../domain/errors/errors.ts';
import { sentence } from '../../domain/text/sentence.ts';
import { webHost } from '../http.ts';
import type { SourceProvider, Verified } from '../source.ts';
import { type Account, accountOf, assertTrusted, type BigQueryOptions } from './account.ts';
import { isStored, listTables } from './catalogue.ts';
import { BigQueryClient } from './client.ts';
import { audienceNamed, type BigQueryAudience, type TableName } from './names.ts';
import { openBigQuery } from './open.ts';
import { modifiedOf, selectWatched } from './watch.ts';

/**
 * Credentials: `service_account_key` or those of the machine, and the fields of src/contracts/providers/bigquery.ts.
 */
export function bigqueryProvider(options: BigQueryOptions = {}): SourceProvider {
  const accountWith = (credentials: Parameters<typeof accountOf>[0]) => {
    const account = accountOf(credentials, options);
    assertTrusted(account);
    return account;
  };
  return {
    open: async (credentials, audienceId, signal) => {
      const account = accountWith(credentials);
      return openBigQuery(account, audienceNamed(audienceId, account.project), signal);
    },
    audiences: async (credentials, page, signal) =>
      listTables(new BigQueryClient(accountWith(credentials)), page, signal),
    lists: async (audienceId) => isListed(audienceNamed(audienceId, '')),
    watch: {
      select: (credentials, given, field) => selectWatched(accountWith(credentials).project, given, field),
      metadata: (credentials, audienceId, signal) =>
        modifiedOf(new BigQueryClient(accountWith(credentials)), audienceId, signal),
    },
    verify: async (credentials, signal) => verify(accountWith(credentials), signal),
    hosts: (credentials) => {
      // Hosts are no secret of the machine.
      const { simulator } = accountOf(credentials, { ...options, machineCredentials: true });
      const name = 'BigQuery';
      if (simulator) return [webHost(name, simulator)];
      return GOOGLE.map((host) => webHost(name, new URL(`https://${host}`)));
    },
  };
}

/** Tables of other projects, results of queries and BigQuery’s own tables show what the list does not. */
const isListed = (audience: BigQueryAudience): boolean =>
  !('query' in audience) &&
  audience.project === '' &&
  !audience.dataset.startsWith('_') &&
  !/^information_schema$/i.test(audience.dataset);

const GOOGLE = ['bigquery.googleapis.com', 'bigquerystorage.googleapis.com', 'oauth2.googleapis.com'];

async function verify(account: Account, signal: AbortSignal) {
  const client = new BigQueryClient(account);
  const { datasets } = await client.datasets(undefined, signal);
  const { project } = account;
  const works =
    datasets.length === 1
      ? sentence`BigQuery accepts the credentials and shows one dataset in ${project}.`
      : sentence`BigQuery accepts the credentials and shows ${datasets.length} datasets in ${project}.`;
  const [first] = datasets;
  if (!first) return { works };
  const dataset = first.datasetReference.datasetId;
  const { tables } = await client.tables(dataset, undefined, signal);
  const table = tables.find(({ type }) => isStored(type))?.tableReference.tableId;
  if (table === undefined) return { works };
  const rights = await rightsOn(client, { project, dataset, table }, signal).catch((error: unknown) => {
    // BigQuery does not have to tell.
    if (error instanceof LineupError && error.code === 'source_unauthorized') return undefined;
    throw error;
  });
  return rights ? { works, rights } : { works };
}

/** What the account may do with a table. One table is enough of an example. */
async function rightsOn(
  client: BigQueryClient,
  name: TableName,
  signal: AbortSignal,
): Promise<NonNullable<Verified['rights']>> {
  const example = `${name.dataset}.${name.table}`;
  const wanted = ['bigquery.tables.getData', 'bigquery.tables.updateData', 'bigquery.tables.delete'];
  const granted = await client.permissions(name, wanted, signal);
  const writes = granted.filter((permission) => permission !== 'bigquery.tables.getData');
  if (writes.length > 0) {
    return {
      more: true,
      text: sentence`This account can also change tables, for example ${example} (${writes.join(', ')}). The role roles/bigquery.dataViewer is enough.`,
    };
  }
  return {
    more: false,
    text: granted.includes('bigquery.tables.getData')
      ? sentence`This account has read-only rights on ${example}.`
      : sentence`This account may not read ${example}. It needs the role roles/bigquery.dataViewer on the dataset.`,
  };
}
