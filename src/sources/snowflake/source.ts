/** A table, view or query of Snowflake as a source. */
import { LineupError } from '../../domain/errors/errors.ts';
import { sentence } from '../../domain/text/sentence.ts';
import { previewRows } from '../files/table.ts';
import { findField } from '../find-field.ts';
import { openHashScan } from '../hashing/scan.ts';
import { BlockScan } from '../scans.ts';
import type { HashedField, PreviewRow, Scan, ShowValue, Source, SourceField } from '../source.ts';
import { errorOf, expired, notUnderstood, type Subject } from './explain.ts';
import { selectHashes, subjectOf } from './hashing.ts';
import { ListError, listValues } from './list-values.ts';
import {
  assertReadable,
  describe,
  fieldOf,
  type Relation,
  relationOf,
  SHOWN_CHARACTERS,
  type SnowflakeField,
  selectBeginnings,
  selectValues,
} from './relation.ts';
import { type ResultColumn, ResultError, ResultReader } from './result-reader.ts';
import { readScanPlace, type ScanPlace, writeScanPlace } from './scan-place.ts';
import type { SnowflakeAudience } from './sql-text.ts';
import { assertWhole, type Body, type Description, readDescription, type Statements } from './statements.ts';
import { isPackingFault, unpacked } from './unpacking.ts';

const SCAN_SECONDS = 6 * 3_600;
/** How many partitions are fetched at the same time, and how many bytes of them. */
const MAX_AHEAD = 4;
const MAX_BYTES_AHEAD = 64 << 20;
const UNKNOWN_SIZE = 16 << 20;
/** A partition that arrives broken is fetched again. */
const MAX_READINGS = 3;

/**
 * Looks the audience up: a table must exist, and a query must be one SELECT. A source that cannot be opened closes its
 * connections.
 * @throws {LineupError} `invalid_argument`, `source_not_found`, `source_unauthorized`, `source_failed`, `interrupted`
 */
export async function openSnowflake(
  statements: Statements,
  audience: SnowflakeAudience,
  signal?: AbortSignal,
): Promise<Source> {
  try {
    const relation = relationOf(audience);
    const { columns } = await statements.lookup(describe(relation), { subject: relation, signal });
    return new SnowflakeSource(statements, relation, columns.map(fieldOf));
  } catch (error) {
    statements.close();
    throw error;
  }
}

class SnowflakeSource implements Source {
  readonly label: string;
  readonly isQuery: boolean;
  readonly #statements: Statements;
  readonly #relation: Relation;
  readonly #fields: readonly SnowflakeField[];

  constructor(statements: Statements, relation: Relation, fields: readonly SnowflakeField[]) {
    this.label = relation.label;
    this.isQuery = relation.query !== undefined;
    this.#statements = statements;
    this.#relation = relation;
    this.#fields = fields;
  }

  async fields(): Promise<SourceField[]> {
    return this.#fields.map(({ name, type, list }) => ({ name, type, list }));
  }

  async preview(name: string, limit: number, signal?: AbortSignal, show?: ShowValue): Promise<PreviewRow[]> {
    const field = this.#find(name);
    const statement = selectBeginnings(this.#relation, field, limit);
    const { rows } = await this.#statements.lookup(statement, { subject: this.#relation, signal });
    const values = rows
      .slice(0, limit)
      .map(([value = null]) => (!field.list ? [value ?? ''] : value === null ? [''] : this.#listOf(value, field)));
    return previewRows(values, show);
  }

  /** One statement, so all values are of one moment. Its result is in the same order for a day. */
  async scan(names: readonly string[], signal?: AbortSignal, from?: string): Promise<Scan> {
    const fields = names.map((name) => this.#find(name));
    const reading = newReading();
    const result = {
      columns: fields,
      statement: selectValues(this.#relation, fields),
      subject: this.#relation,
    };
    const start = from === undefined ? undefined : readScanPlace(from);
    return new BlockScan({
      marked: fields.map(({ list }) => list),
      column: () => reading.column,
      place: () => reading.place,
      // Never more than the whole: the total is Snowflake's.
      progress: () => reading.rows && Math.min(1, reading.done / reading.rows),
      blocks: (stop) => this.#read(result, reading, start, stop),
      signal,
    });
  }

  async scanHashes(asked: readonly HashedField[], signal?: AbortSignal): Promise<Scan> {
    return openHashScan({
      asked,
      label: this.label,
      find: (name) => this.#find(name),
      rows: (fields, rules, stop) => {
        const statement = selectHashes(this.#relation, fields, rules);
        const subject = subjectOf(this.#relation, statement);
        return this.#read({ columns: [{ list: false }], statement, subject }, newReading(), undefined, stop);
      },
      signal,
    });
  }

  async close(): Promise<void> {
    this.#statements.close();
  }

  async *#read(
    { columns, statement, subject }: Result,
    reading: Reading,
    start: ScanPlace | undefined,
    signal: AbortSignal,
  ): AsyncGenerator<Uint8Array, void> {
    const leaving = new AbortController();
    const either = AbortSignal.any([signal, leaving.signal]);
    try {
      const handle = start?.handle ?? (await this.#statements.start(statement, SCAN_SECONDS, subject, either));
      const first = await this.#statements.first(handle, SCAN_SECONDS, subject, either);
      const skipped = start === undefined ? 0 : start.partition > 0 ? Number.MAX_SAFE_INTEGER : start.row;
      const partition = {
        handle,
        number: 0,
        refetch: () => this.#statements.first(handle, SCAN_SECONDS, subject, either),
      };
      const around = yield* this.#readPartition(columns, reading, partition, first, skipped, either);
      const description = readDescription(around);
      if (!description || description.columns.length !== columns.length) throw errorOf(notUnderstood);
      if (start && (description.partitions[start.partition]?.rows ?? -1) < start.row) throw errorOf(expired);
      reading.rows = description.rows;
      yield* this.#readOthers(columns, reading, handle, description, start, either);
    } catch (error) {
      throw this.#explain(error);
    } finally {
      leaving.abort();
    }
  }

  /** All partitions behind the first one: several are on their way, and they are given in order. */
  async *#readOthers(
    columns: readonly ResultColumn[],
    reading: Reading,
    handle: string,
    { partitions, rows }: Description,
    start: ScanPlace | undefined,
    signal: AbortSignal,
  ): AsyncGenerator<Uint8Array, void> {
    const fetchOne = (number: number) => this.#statements.partition(handle, number, partitions[number]?.bytes, signal);
    const begins = Math.max(1, start?.partition ?? 1);
    const before = partitions.slice(0, begins).reduce((sum, partition) => sum + partition.rows, 0);
    if (reading.done !== (start && start.partition > 0 ? 0 : (partitions[0]?.rows ?? 0))) throw errorOf(notUnderstood);
    reading.done = before;
    const coming: Promise<Body>[] = [];
    let next = begins;
    let bytesAhead = 0;
    const sizeOf = (number: number) => partitions[number]?.bytes ?? UNKNOWN_SIZE;
    for (let number = begins; number < partitions.length; number += 1) {
      while (
        next < partitions.length &&
        coming.length < MAX_AHEAD &&
        (coming.length === 0 || bytesAhead + sizeOf(next) <= MAX_BYTES_AHEAD)
      ) {
        const asked = fetchOne(next);
        // The failure is reported when this partition is awaited.
        asked.catch(() => {});
        coming.push(asked);
        bytesAhead += sizeOf(next);
        next += 1;
      }
      const body = await coming.shift()!;
      const partition = { handle, number, refetch: () => fetchOne(number) };
      const skipped = number === start?.partition ? start.row : 0;
      const until = reading.done + partitions[number]!.rows;
      yield* this.#readPartition(columns, reading, partition, body, skipped, signal);
      if (reading.done !== until) throw errorOf(notUnderstood);
      bytesAhead -= sizeOf(number);
    }
    if (reading.done !== rows) throw errorOf(notUnderstood);
  }

  /** Gives the values of a partition, and returns what stood around its rows. */
  async *#readPartition(
    columns: readonly ResultColumn[],
    reading: Reading,
    { handle, number, refetch }: Partition,
    fetched: Body,
    skipped: number,
    signal: AbortSignal,
  ): AsyncGenerator<Uint8Array, unknown> {
    const before = reading.done;
    let body = fetched;
    let given = skipped;
    for (let readings = 1; ; readings += 1) {
      const reader = new ResultReader(columns, given);
      const give = function* (blocks: Iterable<Uint8Array>): Generator<Uint8Array, void> {
        for (const block of blocks) {
          reading.column = reader.column;
          const whole = reader.column === columns.length - 1;
          if (whole) {
            given = reader.rows;
            reading.done = before + reader.rows;
          }
          reading.place = whole ? writeScanPlace({ handle, partition: number, row: given }) : undefined;
          yield block;
        }
      };
      try {
        for await (const bytes of unpacked(body, signal)) yield* give(reader.push(bytes));
        const ending = reader.end();
        let last = ending.next();
        for (; !last.done; last = ending.next()) yield* give([last.value]);
        assertWhole(last.value);
        if (skipped !== Number.MAX_SAFE_INTEGER) reading.done = before + reader.rows;
        return last.value;
      } catch (error) {
        const broken = error instanceof ResultError || isPackingFault(error);
        if (!broken || readings === MAX_READINGS) throw error;
        body = await refetch();
      }
    }
  }

  #listOf(json: string, field: SnowflakeField): readonly string[] {
    try {
      return listValues(json).map((value) => value.slice(0, SHOWN_CHARACTERS));
    } catch (error) {
      throw error instanceof ListError ? notAList(field.name) : error;
    }
  }

  #explain(error: unknown): unknown {
    if (error instanceof ListError) return notAList(this.label);
    return error instanceof ResultError || isPackingFault(error) ? errorOf(notUnderstood) : error;
  }

  #find(name: string): SnowflakeField {
    const field = findField(this.#fields, name, this.label);
    assertReadable(field, this.label);
    return field;
  }
}

/** What a scan reads. */
interface Result {
  readonly columns: readonly ResultColumn[];
  readonly statement: string;
  readonly subject: Subject;
}

/** A scan, and how far it is. */
interface Reading {
  column: number;
  place: string | undefined;
  done: number;
  rows: number | undefined;
}

const newReading = (): Reading => ({ column: 0, place: undefined, done: 0, rows: undefined });

interface Partition {
  readonly handle: string;
  readonly number: number;
  readonly refetch: () => Promise<Body>;
}

function notAList(subject: string): LineupError {
  return new LineupError(
    'field_type',
    sentence`A list in ${subject} holds objects or lists. Its elements must be text or numbers. A query can take them out, e.g. with TRANSFORM.`,
  );
}
