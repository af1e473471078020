/** A table, view or query of a MySQL database as a source. */
import { z } from 'zod';
import { type OpenLimits, sessionsOf } from '../database/session.ts';
import { previewRows } from '../files/table.ts';
import { findField } from '../find-field.ts';
import type { FieldRules } from '../hashing/rules.ts';
import { openHashScan } from '../hashing/scan.ts';
import { BlockScan, progressOf } from '../scans.ts';
import type { HashedField, PreviewRow, Scan, ShowValue, Source, SourceField } from '../source.ts';
import { describeAudience, type MysqlAudience, type Relation, selectBeginnings, selectValues } from './audience.ts';
import { assertScalar, type MysqlField } from './fields.ts';
import { assertHashes, selectHashes } from './hashing.ts';
import type { RowReader } from './rows.ts';
import { Session, type SessionOptions } from './session.ts';
import { type MysqlConnection, readTarget } from './target.ts';

export interface OpenMysqlOptions extends OpenLimits {
  readonly connection: MysqlConnection;
  readonly audience: MysqlAudience;
  readonly signal?: AbortSignal;
}

/**
 * Looks the audience up. A table must exist; a query must be one SELECT that the server would run. Then the
 * connection is closed: preview and scan open their own ones.
 * @throws {LineupError} `invalid_configuration` for an unusable URL, `invalid_argument` for a query,
 *   `source_not_found`, `source_unauthorized`, `source_failed`, `interrupted`
 */
export async function openMysql(options: OpenMysqlOptions): Promise<Source> {
  const target = readTarget(options.connection);
  const { lookups, scanning } = sessionsOf(target, options);
  const relation = await Session.with({ ...lookups, signal: options.signal }, (session) =>
    describeAudience(session, options.audience),
  );
  return new MysqlSource(relation, lookups, scanning);
}

const previewRow = z.object({ value: z.string().nullable() });

class MysqlSource implements Source {
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
    const select = selectBeginnings(this.#relation, this.#find(name), limit);
    return Session.with({ ...this.#lookups, signal }, async (session) => {
      const rows = await session.query(previewRow, select);
      return previewRows(
        rows.map(({ value }) => [value ?? '']),
        show,
      );
    });
  }

  async scan(names: readonly string[], signal?: AbortSignal): Promise<Scan> {
    const fields = names.map((name) => this.#find(name));
    const reading: Reading = { fields, reader: undefined, column: 0, done: false };
    return new BlockScan({
      marked: fields.map(() => false),
      column: () => reading.column,
      blocks: (stop) => this.#read(reading, stop),
      progress: () => (reading.done ? 1 : progressOf(reading.reader?.rows ?? 0, this.#relation.rows)),
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
    const select = selectValues(this.#relation, reading.fields);
    const blocks = session.scan(select, reading.fields.length, (reader) => {
      reading.reader = reader;
    });
    for await (const { column, block } of session.give(this.#what, blocks)) {
      reading.column = column;
      yield block;
    }
    reading.done = true;
  }

  async *#readHashes(
    fields: readonly MysqlField[],
    rules: readonly FieldRules[],
    signal: AbortSignal,
  ): AsyncGenerator<Uint8Array, void> {
    const session = await Session.open({ ...this.#scanning, signal });
    const relation = this.#relation;
    const outcomes = async function* () {
      await assertHashes(session);
      for await (const { block } of session.scan(selectHashes(relation, fields, rules), 1, () => {})) yield block;
    };
    yield* session.give(this.#what, outcomes());
  }

  /** The subject of an error. */
  get #what(): string {
    return `${this.label} in ${this.#scanning.target.label}`;
  }

  #find(name: string): MysqlField {
    const field = findField(this.#relation.fields, name, this.label);
    assertScalar(field, this.label);
    return field;
  }
}

/** A scan, and its progress. */
interface Reading {
  readonly fields: readonly MysqlField[];
  reader: RowReader | undefined;
  column: number;
  done: boolean;
}
