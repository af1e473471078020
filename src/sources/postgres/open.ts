/** A table, view or query of a PostgreSQL database as a source. */
import { z } from 'zod';
import { type OpenLimits, sessionsOf } from '../database/session.ts';
import { CsvColumns } from '../files/csv-columns.ts';
import { previewRows, RowFault } from '../files/table.ts';
import { findField } from '../find-field.ts';
import type { FieldRules } from '../hashing/rules.ts';
import { openHashScan } from '../hashing/scan.ts';
import { BlockScan, progressOf } from '../scans.ts';
import type { HashedField, PreviewRow, Scan, ShowValue, Source, SourceField } from '../source.ts';
import {
  describeAudience,
  type PostgresAudience,
  type Relation,
  selectBeginnings,
  selectMarkedValues,
  selectMembers,
} from './audience.ts';
import { assertScalar, type PostgresField } from './fields.ts';
import { selectHashes } from './hashing.ts';
import { Session, type SessionOptions } from './session.ts';
import { explainSessionError, NO_RIGHT, SessionError } from './session-error.ts';
import type { CopyOut } from './statements.ts';
import { type PostgresConnection, readTarget } from './target.ts';

/** The column has the name of its function. */
const previewRow = z.object({
  to_json: z
    .string()
    .transform((text) => JSON.parse(text))
    .pipe(z.array(z.string().nullable())),
});

export interface OpenPostgresOptions extends OpenLimits {
  readonly connection: PostgresConnection;
  readonly audience: PostgresAudience;
  /** The name for people. @default `schema.table`, or `the query` */
  readonly label?: string;
  readonly signal?: AbortSignal;
}

/**
 * Looks the audience up. A table must exist; a query must be one SELECT that the server would run. Then the
 * connection is closed: preview and scan open their own ones.
 * @throws {LineupError} `invalid_configuration` for an unusable URL, `invalid_argument` for a query,
 *   `source_not_found`, `source_unauthorized`, `source_failed`, `interrupted`
 */
export async function openPostgres(options: OpenPostgresOptions): Promise<Source> {
  const target = readTarget(options.connection);
  const { lookups, scanning } = sessionsOf(target, options);
  const described = await Session.with({ ...lookups, signal: options.signal }, (session) =>
    describeAudience(session, options.audience),
  );
  const relation = { ...described, label: options.label ?? described.label };
  return new PostgresSource(relation, lookups, scanning);
}

class PostgresSource implements Source {
  readonly label: string;
  readonly isQuery: boolean;
  readonly #relation: Relation;
  readonly #lookups: SessionOptions;
  readonly #scanning: SessionOptions;

  constructor(relation: Relation, lookups: SessionOptions, scanning: SessionOptions) {
    this.label = relation.label;
    this.isQuery = relation.isQuery;
    this.#relation = relation;
    this.#lookups = lookups;
    this.#scanning = scanning;
  }

  async fields(): Promise<SourceField[]> {
    return this.#relation.fields.map(({ name, type, list }) => ({ name, type, list }));
  }

  async preview(name: string, limit: number, signal?: AbortSignal, show?: ShowValue): Promise<PreviewRow[]> {
    const field = this.#find(name);
    const select = selectBeginnings(this.#relation, field);
    return Session.with({ ...this.#lookups, signal }, async (session) => {
      await this.#takePath(session);
      const rows = await session.query(previewRow, `${select} LIMIT $1`, [`${limit}`]);
      return previewRows(
        rows.map(({ to_json: values }) => values.map((value) => value ?? '')),
        show,
      );
    });
  }

  async scan(names: readonly string[], signal?: AbortSignal): Promise<Scan> {
    const fields = names.map((name) => this.#find(name));
    const marked = fields.map(({ list }) => list);
    // The rows of a single field are its value stream.
    const csv = fields.length > 1 ? new CsvColumns(marked, this.label) : undefined;
    const reading: Reading = { fields, csv, copy: undefined, expected: undefined, done: false };
    return new BlockScan({
      marked,
      column: () => csv?.column ?? 0,
      blocks: (stop) => this.#read(reading, stop),
      progress: () => (reading.done ? 1 : progressOf(reading.copy?.rows ?? 0, reading.expected)),
      signal,
    });
  }

  async scanHashes(asked: readonly HashedField[], signal?: AbortSignal): Promise<Scan> {
    return openHashScan({
      asked,
      label: this.label,
      find: (name) => this.#find(name),
      rows: (...what) => this.#readHashes(...what),
      signal,
    });
  }

  /** No connection is open between two calls. */
  async close(): Promise<void> {}

  async *#read(reading: Reading, signal: AbortSignal): AsyncGenerator<Uint8Array, void> {
    const session = await Session.open({ ...this.#scanning, signal });
    yield* session.give(this.#what, this.#rows(session, reading));
  }

  async *#rows(session: Session, reading: Reading): AsyncGenerator<Uint8Array, void> {
    const select = await this.#prepare(session, reading);
    const rows = session.copy(select, (copy) => {
      reading.copy = copy;
    });
    try {
      yield* reading.csv?.split(rows) ?? rows;
    } catch (error) {
      throw error instanceof RowFault ? new SessionError('protocol') : error;
    }
    reading.done = true;
  }

  async *#readHashes(
    fields: readonly PostgresField[],
    rules: readonly FieldRules[],
    signal: AbortSignal,
  ): AsyncGenerator<Uint8Array, void> {
    const session = await Session.open({ ...this.#scanning, signal });
    const relation = this.#relation;
    const takePath = () => this.#takePath(session);
    const outcomes = async function* () {
      const encoding = await session.encoding();
      await takePath();
      yield* session.copy(selectHashes(relation, fields, rules, encoding), () => {});
    };
    yield* session.give(this.#what, outcomes());
  }

  /** The subject of an error. */
  get #what(): string {
    return `${this.label} in ${this.#scanning.target.label}`;
  }

  /** Names of a table have their schema. */
  async #takePath(session: Session): Promise<void> {
    if (this.#relation.isQuery) await session.takeUserPath();
  }

  async #prepare(session: Session, reading: Reading): Promise<string> {
    await this.#takePath(session);
    const [field, ...others] = reading.fields;
    if (field?.list && others.length === 0) {
      // Parallel workers would mix the values of different members.
      await session.configure({ max_parallel_workers_per_gather: '0' });
      return selectMarkedValues(this.#relation, field);
    }
    const select = selectMembers(this.#relation, reading.fields);
    reading.expected = await session.estimate(select);
    return select;
  }

  #find(name: string): PostgresField {
    const { fields, denied } = this.#relation;
    if (denied.includes(name)) throw explainSessionError(new SessionError(NO_RIGHT), this.#what);
    const field = findField(fields, name, this.label);
    assertScalar(field, this.label);
    return field;
  }
}

/** A scan, and its progress. */
interface Reading {
  readonly fields: readonly PostgresField[];
  /** Splits the rows of several fields. */
  readonly csv: CsvColumns | undefined;
  copy: CopyOut | undefined;
  /** The planner's estimate of the rows. Not for a single list, where a row is not a member. */
  expected: number | undefined;
  done: boolean;
}
