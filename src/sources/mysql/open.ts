/** A table, view or query of a MySQL database as a source. */
import { z } from 'zod';
import { DatabaseSource, type OpenOptions, type Reading, sessionsOf } from '../database/source.ts';
import type { FieldRules } from '../hashing/rules.ts';
import type { Source } from '../source.ts';
import { describeAudience, type MysqlAudience, type Relation, selectBeginnings, selectValues } from './audience.ts';
import { assertScalar, type MysqlField } from './fields.ts';
import { assertHashes, selectHashes } from './hashing.ts';
import { Session } from './session.ts';
import { readTarget } from './target.ts';

/**
 * Looks the audience up. A table must exist; a query must be one SELECT that the server would run.
 * @throws {LineupError} `invalid_configuration` for an unusable URL, `invalid_argument` for a query,
 *   `source_not_found`, `source_unauthorized`, `source_failed`, `interrupted`
 */
export async function openMysql(options: OpenOptions<MysqlAudience>): Promise<Source> {
  const sessions = sessionsOf(Session, readTarget(options.connection), options);
  const relation = await sessions.lookup(options.signal).use((session) => describeAudience(session, options.audience));
  return new MysqlSource(relation, sessions);
}

const previewRow = z.object({ value: z.string().nullable() });

class MysqlSource extends DatabaseSource<Session, MysqlField, Relation> {
  protected async beginnings(session: Session, field: MysqlField, limit: number): Promise<string[][]> {
    const rows = await session.query(previewRow, selectBeginnings(this.relation, field, limit));
    return rows.map(({ value }) => [value ?? '']);
  }

  protected read(fields: readonly MysqlField[]): Reading<Session> {
    const { relation } = this;
    let current = 0;
    return {
      marked: fields.map(() => false),
      column: () => current,
      expected: () => relation.rows,
      blocks: async function* (session) {
        for await (const { column, block } of session.scan(selectValues(relation, fields), fields.length)) {
          current = column;
          yield block;
        }
      },
    };
  }

  protected async *hashes(
    session: Session,
    fields: readonly MysqlField[],
    rules: readonly FieldRules[],
  ): AsyncGenerator<Uint8Array, void> {
    await assertHashes(session);
    for await (const { block } of session.scan(selectHashes(this.relation, fields, rules), 1)) yield block;
  }

  protected override find(name: string): MysqlField {
    const field = super.find(name);
    assertScalar(field, this.label);
    return field;
  }
}
