/**
 * A pool for Kysely that names the statements which its process executes often. The server then parses and plans each
 * of them once for each connection, and not at each execution. For small statements that is a fifth of the server's
 * work.
 *
 * A name belongs to a session of the server, so none is used behind a pooler that shares sessions (`postgres.ts` finds
 * out). If the server nevertheless does not know a name, the process uses no names any more. That one statement fails,
 * like one whose connection was lost.
 */
import type { PostgresPool, PostgresPoolClient, PostgresQueryResult } from 'kysely';
import pg from 'pg';

/** A statement gets a name at this execution. */
const OFTEN = 5;
/** For each name, each session of the server needs some ten kilobytes. */
const MAX_NAMES = 200;
/** Lists of values of many lengths are many statements. */
const MAX_COUNTED = 2_000;

/**
 * `select *`, `its.*` and the like. The result has other columns after a process of a newer version has migrated the
 * database. The server then refuses the statement that it has planned.
 */
const ALL_COLUMNS = /(?:\b(?:select|distinct|all|returning)\b|[.,])\s*\*/i;

/** "The statement is unknown", "is there already", and "has another result than it was planned for". */
const REFUSED_NAMES = new Set(['26000', '42P05', '0A000']);

class Names {
  /** How often statements without a name were executed. */
  readonly #executions = new Map<string, number>();
  readonly #names = new Map<string, string>();
  #isOff = false;

  of(text: string): string | undefined {
    if (this.#isOff) return undefined;
    const name = this.#names.get(text);
    if (name !== undefined || this.#names.size === MAX_NAMES) return name;
    const executions = (this.#executions.get(text) ?? 0) + 1;
    if (executions >= OFTEN && !ALL_COLUMNS.test(text)) {
      this.#executions.delete(text);
      const next = `lineup_${this.#names.size + 1}`;
      this.#names.set(text, next);
      return next;
    }
    if (this.#executions.size >= MAX_COUNTED) this.#executions.clear();
    this.#executions.set(text, executions);
    return undefined;
  }

  /** After an error of a statement with a name. When the server refused the name, no statement has one any more. */
  failed(error: unknown): void {
    if (error instanceof pg.DatabaseError && REFUSED_NAMES.has(error.code ?? '')) this.#isOff = true;
  }
}

/** @param mayName whether a connection of the pool always has the same session of the server */
export function withNamedStatements(pool: pg.Pool, mayName: () => boolean): PostgresPool {
  const names = new Names();
  const clients = new WeakMap<pg.PoolClient, PostgresPoolClient>();
  return {
    options: pool.options,
    end: () => pool.end(),
    connect: async () => {
      const client = await pool.connect();
      const known = clients.get(client) ?? (mayName() ? naming(client, names) : plain(client));
      clients.set(client, known);
      return known;
    },
  };
}

const plain = (client: pg.PoolClient): PostgresPoolClient => client as unknown as PostgresPoolClient;

function naming(client: pg.PoolClient, names: Names): PostgresPoolClient {
  const query = async <Row>(text: string, values: readonly unknown[]): Promise<PostgresQueryResult<Row>> => {
    // Without values it begins or ends a transaction.
    const name = values.length > 0 ? names.of(text) : undefined;
    const asked = { text, values: [...values], ...(name !== undefined && { name }) };
    try {
      return (await client.query(asked)) as unknown as PostgresQueryResult<Row>;
    } catch (error) {
      if (name !== undefined) names.failed(error);
      throw error;
    }
  };
  // Kysely also asks for cursors, but only for streams, which nothing uses.
  return { query: query as PostgresPoolClient['query'], release: (destroy) => client.release(destroy) };
}
