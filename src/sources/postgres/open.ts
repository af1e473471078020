/** A table, view or query of a PostgreSQL database as a source. */
import { z } from 'zod';
import { explainSessionError } from '../database/failure.ts';
import { DatabaseSource, type OpenOptions, type Reading, sessionsOf } from '../database/source.ts';
import { CsvColumns } from '../files/csv-columns.ts';
import { BrokenRowError } from '../files/table.ts';
import type { FieldRules } from '../hashing/rules.ts';
import type { Source } from '../source.ts';
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
import { Session } from './session.ts';
import { NO_RIGHT, SessionError } from './session-error.ts';
import { readTarget } from './target.ts';

/**
 * Looks the audience up. A table must exist; a query must be one SELECT that the server would run.
 * @throws {LineupError} `invalid_configuration` for an unusable URL, `invalid_argument` for a query,
 *   `source_not_found`, `source_unauthorized`, `source_failed`, `interrupted`
 */
export async function openPostgres(options: OpenOptions<PostgresAudience>): Promise<Source> {
  const sessions = sessionsOf(Session, readTarget(options.connection), options);
  const relation = await sessions.lookup(options.signal).use((session) => describeAudience(session, options.audience));
  return new PostgresSource(relation, sessions);
}

/** The column has the name of its function. */
const previewRow = z.object({
  to_json: z
    .string()
    .transform((text) => JSON.parse(text))
    .pipe(z.array(z.string().nullable())),
});

class PostgresSource extends DatabaseSource<Session, PostgresField, Relation> {
  protected async beginnings(session: Session, field: PostgresField, limit: number): Promise<string[][]> {
    await this.#takePath(session);
    const select = `${selectBeginnings(this.relation, field)} LIMIT $1`;
    const rows = await session.query(previewRow, select, [`${limit}`]);
    return rows.map(({ to_json: values }) => values.map((value) => value ?? ''));
  }

  protected read(fields: readonly PostgresField[]): Reading<Session> {
    const marked = fields.map(({ list }) => list);
    // The rows of a single field are its value stream.
    const csv = fields.length > 1 ? new CsvColumns(marked, this.label) : undefined;
    const prepare = (session: Session) => this.#prepare(session, fields);
    let expected: number | undefined;
    return {
      marked,
      column: () => csv?.column ?? 0,
      expected: () => expected,
      blocks: async function* (session) {
        const { select, estimate } = await prepare(session);
        expected = estimate;
        const rows = session.copy(select);
        try {
          yield* csv?.split(rows) ?? rows;
        } catch (error) {
          throw error instanceof BrokenRowError ? new SessionError('protocol') : error;
        }
      },
    };
  }

  protected async *hashes(
    session: Session,
    fields: readonly PostgresField[],
    rules: readonly FieldRules[],
  ): AsyncGenerator<Uint8Array, void> {
    const encoding = await session.encoding();
    await this.#takePath(session);
    yield* session.copy(selectHashes(this.relation, fields, rules, encoding));
  }

  protected override find(name: string): PostgresField {
    if (this.relation.denied.includes(name)) throw explainSessionError(new SessionError(NO_RIGHT), this.subject);
    const field = super.find(name);
    assertScalar(field, this.label);
    return field;
  }

  /** Names of a table have their schema. */
  async #takePath(session: Session): Promise<void> {
    if (this.relation.isQuery) await session.takeUserPath();
  }

  /** The estimate is the planner's. A single list has none, because its rows are not members. */
  async #prepare(
    session: Session,
    fields: readonly PostgresField[],
  ): Promise<{ readonly select: string; readonly estimate: number | undefined }> {
    await this.#takePath(session);
    const [field, ...others] = fields;
    if (field?.list && others.length === 0) {
      // Parallel workers would mix the values of different members.
      await session.configure({ max_parallel_workers_per_gather: '0' });
      return { select: selectMarkedValues(this.relation, field), estimate: undefined };
    }
    const select = selectMembers(this.relation, fields);
    return { select, estimate: await session.estimate(select) };
  }
}
