/** The tables and views of a project, by pages. */
import { z } from 'zod';
import type { SourceAudience, SourceAudiencePage } from '../../contracts/sources.ts';
import { LineupError } from '../../domain/errors/errors.ts';
import { sentence } from '../../domain/text/sentence.ts';
import type { PageRequest } from '../../domain/values/paging.ts';
import type { BigQueryClient } from './client.ts';
import type { TableName } from './names.ts';

/** A page ends after this many lists, so that a search in thousands of datasets answers in time. */
const MAX_LISTS = 30;
/** Row counts are asked for table by table, some at the same time. */
const AT_ONCE = 10;

/**
 * A position in the lists: the token of a list of datasets, one of them, the token of a list of its tables, and one of
 * them.
 */
const cursor = z.tuple([z.string(), z.string(), z.string(), z.string()]);
type Cursor = z.infer<typeof cursor>;

interface Listed {
  readonly name: TableName;
  /** The position behind it. */
  readonly after: Cursor;
}

/**
 * Tables and views in the order of BigQuery. A page may have fewer than asked for, also none, although another one
 * follows.
 * @throws {LineupError} `invalid_argument` for a cursor that is none, `source_*`
 */
export async function listTables(
  client: BigQueryClient,
  request: PageRequest & { search?: string },
  signal: AbortSignal,
): Promise<SourceAudiencePage> {
  const { limit, search = '' } = request;
  const wanted = search.toLowerCase();
  const found: Listed[] = [];
  let next: Cursor | undefined;
  for await (const step of walk(client, readCursor(request.cursor), signal)) {
    if (!('name' in step)) {
      next = step.cut;
      break;
    }
    if (!`${step.name.dataset}.${step.name.table}`.toLowerCase().includes(wanted)) continue;
    if (found.length === limit) {
      next = found.at(-1)?.after;
      break;
    }
    found.push(step);
  }
  const items = await described(
    client,
    found.map(({ name }) => name),
    signal,
  );
  return { items, next: next ? Buffer.from(JSON.stringify(next)).toString('base64url') : null };
}

/** All tables behind a position. Ends with `cut`, where another page goes on, when it has read enough lists. */
async function* walk(
  client: BigQueryClient,
  [datasetToken, dataset, tableToken, table]: Cursor,
  signal: AbortSignal,
): AsyncGenerator<Listed | { readonly cut: Cursor }, void> {
  let lists = 0;
  let listToken: string | undefined = datasetToken;
  let at = { dataset, tableToken, table };
  do {
    // Also pages without datasets count.
    if (lists >= MAX_LISTS) return yield { cut: [listToken, '', '', ''] };
    const page = await client.datasets(listToken, signal);
    lists += 1;
    const ids = page.datasets.map(({ datasetReference }) => datasetReference.datasetId);
    for (const id of ids.slice(Math.max(0, ids.indexOf(at.dataset)))) {
      let token: string | undefined = at.dataset === id ? at.tableToken : '';
      let last = at.dataset === id ? at.table : '';
      do {
        if (lists >= MAX_LISTS) return yield { cut: [listToken, id, token, last] };
        const { tables, nextPageToken } = await client.tables(id, token, signal);
        lists += 1;
        const names = tables.map(({ tableReference }) => tableReference.tableId);
        for (const name of names.slice(names.indexOf(last) + 1))
          yield {
            name: { project: client.account.project, dataset: id, table: name },
            after: [listToken, id, token, name],
          };
        token = nextPageToken;
        last = '';
      } while (token);
    }
    at = { dataset: '', tableToken: '', table: '' };
    listToken = page.nextPageToken;
  } while (listToken);
}

async function described(
  client: BigQueryClient,
  names: readonly TableName[],
  signal: AbortSignal,
): Promise<SourceAudience[]> {
  const items: SourceAudience[] = [];
  for (let from = 0; from < names.length; from += AT_ONCE) {
    const some = names.slice(from, from + AT_ONCE);
    items.push(...(await Promise.all(some.map((name) => describe(client, name, signal)))));
  }
  return items;
}

/** A table that vanished meanwhile, or that these credentials may only list, has no size. */
async function describe(client: BigQueryClient, name: TableName, signal: AbortSignal): Promise<SourceAudience> {
  const table = await client.table(name, signal).catch((error: unknown) => {
    const hidden = error instanceof LineupError && /^source_(?:not_found|unauthorized)$/.test(error.code);
    if (!hidden) throw error;
    return undefined;
  });
  const changed = table?.lastModifiedTime;
  return {
    // Without the project, which is that of the authorization.
    id: `${name.dataset}.${name.table}`,
    name: `${name.dataset}.${name.table}`,
    description: table?.description.slice(0, 1_000) ?? '',
    // A view has no rows of its own.
    size: table && isStored(table.type) ? (table.numRows ?? null) : null,
    updated_at: changed ? new Date(Math.min(changed, 8e15)).toISOString() : null,
    file: null,
  };
}

/** Whether the Storage Read API reads it directly. Views and external tables need a query. */
export const isStored = (type: string): boolean => type === 'TABLE' || type === 'SNAPSHOT';

/** @throws {LineupError} `invalid_argument` */
function readCursor(text: string | undefined): Cursor {
  if (text === undefined) return ['', '', '', ''];
  try {
    return cursor.parse(JSON.parse(Buffer.from(text, 'base64url').toString()));
  } catch {
    throw new LineupError('invalid_argument', sentence`This is not a page of the tables. Load the list again.`);
  }
}
