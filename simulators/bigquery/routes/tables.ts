/** Data sets, tables, and the rights on them. */
import { ok } from '../../shared/admin.ts';
import type { Reply } from '../../shared/http.ts';
import { permissionsShape, readBody } from '../body.ts';
import { RefusalError } from '../refusals.ts';
import type { Field, Table } from '../tables.ts';
import { type Call, findTable, ownerOf, project } from '../world.ts';

/** A page of a list. Its token is a position. */
function page<T>(all: readonly T[], { query }: Call): { items: readonly T[]; next?: string } {
  const from = Number(query.pageToken ?? 0);
  const to = from + Math.min(Number(query.maxResults ?? 50), 1000);
  return { items: all.slice(from, to), ...(to < all.length && { next: String(to) }) };
}

export function listDatasets(call: Call): Reply {
  const ids = [...new Set(call.world.tables.filter(isOwn).map(({ spec }) => spec.dataset))];
  const { items, next } = page(ids, call);
  const datasets = items.map((datasetId) => ({
    kind: 'bigquery#dataset',
    id: `${project}:${datasetId}`,
    datasetReference: { projectId: project, datasetId },
    location: call.world.tables.find(({ spec }) => spec.dataset === datasetId)?.spec.location ?? 'US',
  }));
  return ok({ kind: 'bigquery#datasetList', ...(items.length > 0 && { datasets }), nextPageToken: next });
}

export function listTables(call: Call): Reply {
  const { dataset = '' } = call.params;
  const tables = call.world.tables.filter((table) => isOwn(table) && table.spec.dataset === dataset);
  if (tables.length === 0) throw new RefusalError(404, 'notFound', `Not found: Dataset ${project}:${dataset}`);
  const { items, next } = page(tables, call);
  const listed = items.map((table) => ({ kind: 'bigquery#table', ...reference(table), type: typeOf(table) }));
  return ok({ kind: 'bigquery#tableList', tables: listed, nextPageToken: next, totalItems: tables.length });
}

export function showTable({ world, params }: Call): Reply {
  const table = findTable(world, `${params.dataset}.${params.table}`);
  if (!table) throw new RefusalError(404, 'notFound', `Not found: Table ${project}:${params.dataset}.${params.table}`);
  return ok({
    kind: 'bigquery#table',
    ...reference(table),
    type: typeOf(table),
    description: table.spec.description,
    schema: { fields: schemaOf(table.fields) },
    ...(typeOf(table) === 'TABLE' && { numRows: String(table.size), numBytes: String(table.size * 200) }),
    lastModifiedTime: String(table.spec.modified?.() ?? 1771578000000),
    location: table.spec.location ?? 'US',
  });
}

/** Only the tables of the sample’s project are listed. */
const isOwn = (table: Table): boolean => ownerOf(table) === project;

/** The account may only read. */
export function testPermissions({ body }: Call): Reply {
  const { permissions = [] } = readBody<{ permissions?: string[] }>(body, permissionsShape, '');
  const granted = permissions.filter(
    (permission) => permission === 'bigquery.tables.getData' || permission === 'bigquery.tables.get',
  );
  return ok(granted.length > 0 ? { permissions: granted } : {});
}

export const schemaOf = (fields: readonly Field[]) =>
  fields.map(({ name, type, mode = 'NULLABLE' }) => ({ name, type, mode }));

const reference = ({ id, spec }: Table) => ({
  id: `${project}:${id}`,
  tableReference: { projectId: project, datasetId: spec.dataset, tableId: spec.table },
});

const typeOf = ({ spec }: Table) => spec.type ?? 'TABLE';
