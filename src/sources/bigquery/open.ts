/** A table, a view or a query of BigQuery as a source. */
import { LineupError } from '../../domain/errors/errors.ts';
import { joinSentences, type Sentence, sentence } from '../../domain/text/sentence.ts';
import type { FieldRules } from '../hashing/rules.ts';
import { openHashScan } from '../hashing/scan.ts';
import { mask } from '../mask.ts';
import { BlockScan, progressOf } from '../scans.ts';
import type { HashedField, PreviewRow, Scan, ShowValue, Source, SourceField } from '../source.ts';
import type { Account } from './account.ts';
import { type Column, columnsOf, textAt } from './arrow/columns.ts';
import { ArrowError, type Batch } from './arrow/message.ts';
import { RecordWriter } from './arrow/records.ts';
import { isSameType } from './arrow/types.ts';
import { readBatches } from './batches.ts';
import { isStored } from './catalogue.ts';
import { BigQueryClient, type SchemaField } from './client.ts';
import { strangeAnswer } from './failure.ts';
import { type BigQueryField, fieldNamed, usableFields } from './fields.ts';
import { assertHashable, linesOf, OUTCOME, selectHashes } from './hashing.ts';
import {
  asTable,
  type BigQueryAudience,
  quoteColumn,
  quoteTableName,
  type TableName,
  writeTableName,
} from './names.ts';
import { type Position, readPlace, writePlace } from './places.ts';
import { costNotice, planQuery, projectNotice, type QueryRun, runQuery } from './query.ts';
import { openStorage, type Storage } from './storage.ts';

/** What a scan reads. */
interface Relation {
  readonly label: string;
  readonly schema: readonly SchemaField[];
  readonly notice?: Sentence;
  /** The table itself, or the query whose result has these fields. */
  readonly reading: { readonly table: TableName } | { readonly queryOf: (fields: readonly string[]) => string };
  readonly location?: string | undefined;
  /** The members, for the FROM clause of another query. */
  readonly from: string;
  /** Whether a person wrote the query, in `from` behind one line. */
  readonly written: boolean;
}

/**
 * Looks the audience up. A query is tested, and not run.
 * @throws {LineupError} `invalid_argument` for anything but one SELECT, `source_*`, `interrupted`
 */
export async function openBigQuery(
  account: Account,
  audience: BigQueryAudience,
  signal?: AbortSignal,
): Promise<Source> {
  const client = new BigQueryClient(account);
  const relation =
    'query' in audience ? await written(client, audience.query, signal) : await named(client, audience, signal);
  return new BigQuerySource(client, relation);
}

async function written(client: BigQueryClient, query: string, signal?: AbortSignal): Promise<Relation> {
  const label = 'the query';
  const { fields, bytes, location, tables } = await planQuery(client, { query, label }, signal);
  // The same text for every field: BigQuery then has the result of the first run.
  const notice = joinSentences(costNotice(bytes), projectNotice(client.account, tables));
  const from = asTable(query);
  return { label, schema: fields, notice, reading: { queryOf: () => query }, location, from, written: true };
}

async function named(client: BigQueryClient, name: TableName, signal?: AbortSignal): Promise<Relation> {
  const label = name.project === client.account.project ? `${name.dataset}.${name.table}` : writeTableName(name);
  const { type, schema } = await client.table(name, signal);
  const from = quoteTableName(name);
  if (isStored(type)) return { label, schema: schema.fields, reading: { table: name }, from, written: false };
  const plan = await planQuery(client, { query: `SELECT * FROM ${from}`, label }, signal);
  const queryOf = (fields: readonly string[]) => `SELECT ${fields.map(quoteColumn).join(', ')} FROM ${from}`;
  return {
    label,
    schema: plan.fields,
    notice: costNotice(plan.bytes),
    reading: { queryOf },
    location: plan.location,
    from,
    written: false,
  };
}

class BigQuerySource implements Source {
  readonly label: string;
  readonly notice: Sentence | undefined;
  readonly isQuery: boolean;
  readonly #client: BigQueryClient;
  readonly #relation: Relation;
  /** The results of queries, by their text. */
  readonly #results = new Map<string, TableName>();
  #storage: Promise<Storage> | undefined;

  constructor(client: BigQueryClient, relation: Relation) {
    this.label = relation.label;
    this.notice = relation.notice;
    this.isQuery = relation.written;
    this.#client = client;
    this.#relation = relation;
  }

  async fields(): Promise<SourceField[]> {
    return usableFields(this.#relation.schema).map(({ name, type, list }) => ({ name, type, list }));
  }

  async preview(name: string, limit: number, signal?: AbortSignal, show: ShowValue = mask): Promise<PreviewRow[]> {
    const field = this.#field(name);
    const rows: PreviewRow[] = [];
    const stop = new AbortController();
    const both = AbortSignal.any([stop.signal, ...(signal ? [signal] : [])]);
    try {
      const position = await this.#begin([field], await this.#table([field.name], both), both, 1);
      for await (const { columns } of this.#members([field], position, both)) {
        for (let row = 0; row < columns[0]!.rows && rows.length < limit; row += 1)
          rows.push({ row: rows.length + 1, values: textsOf(columns[0]!, row).map((value) => show(value)) });
        if (rows.length >= limit) break;
      }
    } finally {
      stop.abort();
    }
    return rows;
  }

  async scan(names: readonly string[], signal?: AbortSignal, from?: string): Promise<Scan> {
    const fields = names.map((name) => this.#field(name));
    const saved = from === undefined ? undefined : readPlace(from);
    if (saved) orderOf(fields, saved, 'source_expired');
    const writer = new RecordWriter();
    let position = saved;
    let column = 0;
    let whole = false;
    const begin = async (stop: AbortSignal) =>
      saved ?? (await this.#begin(fields, await this.#table(names, stop), stop));
    const members = (at: Position, stop: AbortSignal) => this.#members(fields, at, stop);
    return new BlockScan({
      marked: fields.map(({ list }) => list),
      column: () => column,
      signal,
      progress: () => progressOf(position?.done ?? 0, position?.rows),
      place: () => (whole && position ? writePlace(position) : undefined),
      blocks: async function* (stop) {
        position = await begin(stop);
        for await (const { columns } of members(position, stop)) {
          whole = false;
          for (const [index, values] of columns.entries()) {
            column = index;
            const block = writer.write(values);
            whole = index === columns.length - 1;
            yield block;
          }
        }
      },
    });
  }

  /** A query job, also for a stored table. Only its result is read. */
  async scanHashes(asked: readonly HashedField[], signal?: AbortSignal): Promise<Scan> {
    return openHashScan({
      asked,
      label: this.label,
      find: (name) => {
        const field = this.#field(name);
        assertHashable(field, this.#relation.written);
        return field;
      },
      rows: (...request) => this.#readHashes(...request),
      signal,
    });
  }

  async close(): Promise<void> {
    const storage = await this.#storage?.catch(() => undefined);
    this.#storage = undefined;
    await storage?.close();
  }

  async *#readHashes(
    fields: readonly BigQueryField[],
    rules: readonly FieldRules[],
    signal: AbortSignal,
  ): AsyncGenerator<Uint8Array, void> {
    const { from, written } = this.#relation;
    const query = selectHashes(from, fields, rules);
    const planned = { query, label: this.label, lines: linesOf(query, from, written) };
    // It costs nothing, and refuses a query that would read more than the limit.
    const { location } = await planQuery(this.#client, planned, signal);
    const table = await this.#result({ ...planned, location }, signal);
    const position = await this.#begin([OUTCOME], table, signal);
    const writer = new RecordWriter();
    for await (const { columns } of this.#members([OUTCOME], position, signal)) yield writer.write(columns[0]!);
  }

  /** A new session: the members of this moment. */
  async #begin(
    fields: readonly BigQueryField[],
    table: TableName,
    signal: AbortSignal,
    streams?: number,
  ): Promise<Position> {
    const names = fields.map(({ name }) => name);
    const storage = await this.#open();
    const {
      name,
      streams: all,
      columns,
      rows,
    } = await storage
      .createSession({ table, fields: names, label: this.label, streams }, signal)
      .catch((error: unknown) => {
        // BigQuery forgets a result after a day.
        this.#results.clear();
        throw error;
      });
    const rests = all.map((stream) => ({ stream, offset: 0 }));
    const position = { session: name, columns, rows, done: 0, rests };
    orderOf(fields, position);
    return position;
  }

  async #table(fields: readonly string[], signal: AbortSignal): Promise<TableName> {
    const { reading, location } = this.#relation;
    if ('table' in reading) return reading.table;
    return this.#result({ query: reading.queryOf(fields), label: this.label, location }, signal);
  }

  async #result(run: QueryRun, signal: AbortSignal): Promise<TableName> {
    const result = this.#results.get(run.query) ?? (await runQuery(this.#client, run, signal));
    this.#results.set(run.query, result);
    return result;
  }

  /** The columns of each batch, in the order of the fields. */
  async *#members(
    fields: readonly BigQueryField[],
    position: Position,
    signal: AbortSignal,
  ): AsyncGenerator<{ columns: Column[] }, void> {
    const order = orderOf(fields, position);
    const types = order.map((index) => fields[index]!.column);
    const storage = await this.#open();
    try {
      for await (const batch of readBatches(storage, this.#client.account, position, signal)) {
        yield { columns: inOrder(batch, types, order) };
      }
    } catch (error) {
      throw error instanceof ArrowError ? strangeAnswer('arrow') : error;
    }
  }

  #open(): Promise<Storage> {
    this.#storage ??= openStorage(this.#client.account).catch((error: unknown) => {
      this.#storage = undefined;
      throw error;
    });
    return this.#storage;
  }

  #field(name: string): BigQueryField {
    return fieldNamed(this.#relation.schema, name, this.label);
  }
}

/**
 * For each column of a batch, which field it is. BigQuery keeps the order of the table.
 * @throws {LineupError} `code` when the columns are not those of the fields, or have other types
 */
function orderOf(
  fields: readonly BigQueryField[],
  { columns }: Position,
  code: 'source_failed' | 'source_expired' = 'source_failed',
): number[] {
  const order = columns.map(({ name, type }) =>
    fields.findIndex((field) => field.name === name && isSameType(field.column, type)),
  );
  if (order.length !== fields.length || new Set(order).size !== fields.length || order.includes(-1)) {
    throw new LineupError(code, sentence`The columns of the table have changed meanwhile. Start again.`, {
      retryable: true,
    });
  }
  return order;
}

function inOrder(batch: Batch, types: Parameters<typeof columnsOf>[1], order: readonly number[]): Column[] {
  const columns: Column[] = [];
  for (const [place, column] of columnsOf(batch, types).entries()) columns[order[place]!] = column;
  return columns;
}

function textsOf({ starts, values }: Column, row: number): string[] {
  if (!starts) return [textAt(values, row)];
  return Array.from({ length: starts[row + 1]! - starts[row]! }, (_, n) => textAt(values, starts[row]! + n));
}
