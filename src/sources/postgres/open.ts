/** A table, view or query of a PostgreSQL database as a source. */
import { BlockScan } from '../block-scan.ts';
import { previewRows } from '../files/table.ts';
import { findField } from '../find-field.ts';
import type { PreviewRow, Scan, Source, SourceField } from '../source.ts';
import {
  describeAudience,
  type PostgresAudience,
  type Relation,
  selectLists,
  selectMarkedValues,
  selectValues,
} from './audience.ts';
import type { CopyOut } from './copy-out.ts';
import { assertScalar, type PostgresField } from './fields.ts';
import { Session, type SessionOptions } from './session.ts';
import { type PostgresConnection, readTarget, type Target } from './target.ts';

export interface OpenPostgresOptions {
  readonly connection: PostgresConnection;
  readonly audience: PostgresAudience;
  /** What a person would call it. @default `schema.table`, or `the query` */
  readonly label?: string;
  /** Of a catalogue query, a check or a preview. @default 30 seconds */
  readonly timeoutMs?: number;
  /** Of a scan; it waits for the hashing, too. @default 6 hours */
  readonly scanTimeoutMs?: number;
  readonly signal?: AbortSignal;
}

/**
 * Looks the audience up: a table must be there, a query must be one SELECT that the server would run. The
 * connection is closed again; preview and scan each open their own.
 * @throws {LineupError} `invalid_configuration` for a URL that cannot be used, `invalid_argument` for a query, `source_not_found`,
 * `source_unauthorized`, `source_failed`, `interrupted`
 */
export async function openPostgres(options: OpenPostgresOptions): Promise<Source> {
  const target = readTarget(options.connection);
  const timeoutMs = options.timeoutMs ?? 30_000;
  const described = await Session.with({ target, timeoutMs, signal: options.signal }, (session) =>
    describeAudience(session, options.audience),
  );
  const relation = { ...described, label: options.label ?? described.label };
  return new PostgresSource(target, relation, timeoutMs, options.scanTimeoutMs ?? 6 * 3_600_000);
}

class PostgresSource implements Source {
  readonly label: string;
  readonly #target: Target;
  readonly #relation: Relation;
  readonly #timeoutMs: number;
  readonly #scanTimeoutMs: number;

  constructor(target: Target, relation: Relation, timeoutMs: number, scanTimeoutMs: number) {
    this.label = relation.label;
    this.#target = target;
    this.#relation = relation;
    this.#timeoutMs = timeoutMs;
    this.#scanTimeoutMs = scanTimeoutMs;
  }

  async fields(): Promise<SourceField[]> {
    return this.#relation.fields.map(({ name, type, list }) => ({ name, type, list }));
  }

  async preview(name: string, limit: number, signal?: AbortSignal): Promise<PreviewRow[]> {
    const field = this.#find(name);
    const select = field.list ? selectLists(this.#relation, field) : selectValues(this.#relation, field);
    const options = { target: this.#target, timeoutMs: this.#timeoutMs, signal };
    return Session.with(options, async (session) => {
      const { rows } = await session.query<{ value: string | null | (string | null)[] }>(
        `SELECT value FROM (${select}) AS member (value) LIMIT $1`,
        [`${limit}`],
      );
      return previewRows(
        rows.map(({ value }) => (Array.isArray(value) ? value : [value]).map((one) => one ?? '')),
      );
    });
  }

  async scan(name: string, signal?: AbortSignal): Promise<Scan> {
    const field = this.#find(name);
    const reading: Reading = { copy: undefined, expected: undefined, done: false };
    return new BlockScan({
      marked: field.list,
      blocks: (stop) => this.#read(field, reading, stop),
      progress: () => progressOf(reading),
      signal,
    });
  }

  /** Nothing is held between two pieces of work. */
  async close(): Promise<void> {}

  async *#read(
    field: PostgresField,
    reading: Reading,
    signal: AbortSignal,
  ): AsyncGenerator<Uint8Array, void> {
    const options: SessionOptions = { target: this.#target, timeoutMs: this.#scanTimeoutMs, signal };
    const session = await Session.open(options);
    try {
      const select = await this.#prepare(session, field, reading);
      reading.copy = session.copy(select);
      yield* reading.copy.blocks();
      reading.done = true;
      await session.finish();
    } catch (error) {
      throw session.explain(error, `${this.label} in ${this.#target.label}`);
    } finally {
      await session.close();
    }
  }

  async #prepare(session: Session, field: PostgresField, reading: Reading): Promise<string> {
    if (field.list) {
      // Workers would mix the values of one member with those of another.
      await session.configure({ max_parallel_workers_per_gather: '0' });
      return selectMarkedValues(this.#relation, field);
    }
    const select = selectValues(this.#relation, field);
    reading.expected = await session.estimate(select);
    return select;
  }

  #find(name: string): PostgresField {
    const field = findField(this.#relation.fields, name, this.label);
    assertScalar(field, this.label);
    return field;
  }
}

/** How far a scan is. */
interface Reading {
  copy: CopyOut | undefined;
  /** The planner's estimate of the rows; not of a field with lists, where a row is not a member. */
  expected: number | undefined;
  done: boolean;
}

/** An estimate that turned out too low tells nothing any more. */
function progressOf({ copy, expected, done }: Reading): number | undefined {
  if (done) return 1;
  const rows = copy?.rows ?? 0;
  return expected !== undefined && rows <= expected ? rows / Math.max(1, expected) : undefined;
}
