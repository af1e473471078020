/** A table, view or query of a PostgreSQL database as a source. */
import { z } from 'zod';
import { BlockScan } from '../block-scan.ts';
import { previewRows } from '../files/table.ts';
import { findField } from '../find-field.ts';
import type { PreviewRow, Scan, Source, SourceField } from '../source.ts';
import {
  describeAudience,
  type PostgresAudience,
  type Relation,
  selectBeginnings,
  selectMarkedValues,
  selectValues,
} from './audience.ts';
import { assertScalar, type PostgresField } from './fields.ts';
import { Session, type SessionOptions } from './session.ts';
import type { CopyOut } from './statements.ts';
import { type PostgresConnection, readTarget } from './target.ts';

/** A column without a name of its own has the name of its function. */
const previewRow = z.object({
  to_json: z
    .string()
    .transform((text) => JSON.parse(text))
    .pipe(z.array(z.string().nullable())),
});

export interface OpenPostgresOptions {
  readonly connection: PostgresConnection;
  readonly audience: PostgresAudience;
  /** What a person would call it. @default `schema.table`, or `the query` */
  readonly label?: string;
  /** Of a catalogue query, a check or a preview. @default 30 seconds */
  readonly timeoutMs?: number;
  /** Of a scan; it waits for the hashing, too. @default 6 hours */
  readonly scanTimeoutMs?: number;
  /** Silence of a scan after which the server is asked whether it still works at it. @default 8 seconds */
  readonly silenceMs?: number;
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
  const scanning = {
    target,
    timeoutMs: options.scanTimeoutMs ?? 6 * 3_600_000,
    silenceMs: options.silenceMs,
  };
  return new PostgresSource(relation, { target, timeoutMs }, scanning);
}

class PostgresSource implements Source {
  readonly label: string;
  readonly #relation: Relation;
  readonly #looking: SessionOptions;
  readonly #scanning: SessionOptions;

  constructor(relation: Relation, looking: SessionOptions, scanning: SessionOptions) {
    this.label = relation.label;
    this.#relation = relation;
    this.#looking = looking;
    this.#scanning = scanning;
  }

  async fields(): Promise<SourceField[]> {
    return this.#relation.fields.map(({ name, type, list }) => ({ name, type, list }));
  }

  async preview(name: string, limit: number, signal?: AbortSignal): Promise<PreviewRow[]> {
    const field = this.#find(name);
    const select = selectBeginnings(this.#relation, field);
    return Session.with({ ...this.#looking, signal }, async (session) => {
      const rows = await session.query(previewRow, `${select} LIMIT $1`, [`${limit}`]);
      return previewRows(rows.map(({ to_json: values }) => values.map((value) => value ?? '')));
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
    const options: SessionOptions = { ...this.#scanning, signal };
    const session = await Session.open(options);
    try {
      const select = await this.#prepare(session, field, reading);
      yield* session.copy(select, (copy) => {
        reading.copy = copy;
      });
      reading.done = true;
      await session.finish();
    } catch (error) {
      throw session.explain(error, `${this.label} in ${this.#scanning.target.label}`);
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
