/**
 * A PGlite that parses and plans each statement once. PGlite itself does so for every query anew, which takes longer
 * than to execute it.
 *
 * A query of PGlite is five messages of PostgreSQL's protocol, sent one after another while it holds its lock: parse,
 * describe, bind, execute, sync. This class sees each on its way to the database. It gives a statement a name, leaves
 * out the first two when the database knows the statement, and puts the name into the third. So everything that uses
 * the connection gains: Kysely, transactions and the queue. If another version of PGlite sends its messages in another
 * way, they pass unchanged (`test/store/prepared-pglite.test.ts` fails then).
 */
import { type ExecProtocolOptions, PGlite, type PGliteOptions, protocol } from '@electric-sql/pglite';

const { serialize } = protocol;

export interface PreparationLimits {
  /** The least recently used statement gives way. One takes some ten kilobytes of memory. */
  readonly statements: number;
  /**
   * After so many executions everything is planned again. PGlite has no autovacuum, which makes a server plan again
   * when a table has grown.
   */
  readonly executions: number;
}

const LIMITS: PreparationLimits = { statements: 300, executions: 5_000 };

/** Other statements, as `create table`, need no plan. */
const PLANNED = /^\s*(?:select|insert|update|delete|merge|with)\b/i;

/** What the database says after a statement that changed no table. */
const CHANGES_NO_TABLE =
  /^(?:SELECT|INSERT|UPDATE|DELETE|MERGE|BEGIN|START TRANSACTION|COMMIT|ROLLBACK|SAVEPOINT|RELEASE|SET|SHOW|LOCK TABLE|LISTEN|UNLISTEN|NOTIFY)\b/;

type Message = Awaited<ReturnType<PGlite['execProtocolStream']>>[number];

interface Statement {
  readonly key: string;
  readonly name: string;
  /** The answer to its description. */
  description?: Message[];
}

const code = (letter: string): number => letter.charCodeAt(0);
const [PARSE, BIND, DESCRIBE, EXECUTE, SYNC, QUERY] = [...'PBDESQ'].map(code);
const STATEMENT = code('S');
/** A letter and a length of four bytes. */
const HEAD = 5;

/** A PGlite that is ready. */
export async function createPglite(options: PGliteOptions, limits = LIMITS): Promise<PGlite> {
  const pglite = new PreparedPglite(options, limits);
  await pglite.waitReady;
  return pglite;
}

class PreparedPglite extends PGlite {
  readonly #limits: PreparationLimits;
  /** Those that the database knows, the least recently used first. */
  readonly #statements = new Map<string, Statement>();
  /** The names that the database may forget. */
  #unused: string[] = [];
  #names = 0;
  #executions = 0;
  /** The statement of the present query. */
  #present: Statement | undefined;
  /** The open transaction has changed tables, and may take that back. */
  #changed = false;

  constructor(options: PGliteOptions, limits: PreparationLimits) {
    super(options);
    this.#limits = limits;
  }

  override async execProtocolStream(message: Uint8Array, options: ExecProtocolOptions = {}): Promise<Message[]> {
    const send = (bytes: Uint8Array) => super.execProtocolStream(bytes, options);
    switch (message[0]) {
      case PARSE:
        return this.#parse(message, send);
      case DESCRIBE:
        return this.#describe(message, send);
      case BIND:
        return this.#bind(message, send);
      case EXECUTE:
        if (++this.#executions >= this.#limits.executions) this.#forgetAll();
        return this.#watch(await send(message));
      case SYNC:
        this.#present = undefined;
        return letOthers(await send(message));
      case QUERY:
        try {
          return letOthers(this.#watch(await send(message)));
        } catch (error) {
          // Some of its statements may have been executed.
          this.#forgetAll();
          throw error;
        }
      default:
        return send(message);
    }
  }

  async #parse(message: Uint8Array, send: (bytes: Uint8Array) => Promise<Message[]>): Promise<Message[]> {
    this.#present = undefined;
    if (this.#changed) this.#changed = this.isInTransaction();
    const key = this.#changed ? undefined : keyOf(message);
    if (key === undefined) return send(message);
    const known = this.#statements.get(key);
    if (known) {
      this.#statements.delete(key);
      this.#statements.set(key, known);
      this.#present = known;
      return [];
    }
    await this.#closeUnused(send);
    const name = `lineup_${++this.#names}`;
    const answer = await send(named(message, HEAD, name));
    this.#present = { key, name };
    this.#statements.set(key, this.#present);
    const [oldest] = this.#statements.values();
    if (oldest && this.#statements.size > this.#limits.statements) this.#forget(oldest);
    return answer;
  }

  async #describe(message: Uint8Array, send: (bytes: Uint8Array) => Promise<Message[]>): Promise<Message[]> {
    const present = this.#present;
    if (!present) return send(message);
    present.description ??= await send(serialize.describe({ type: 'S', name: present.name }));
    if (message[HEAD] === STATEMENT) return present.description;
    // Its portal has the same columns. The statement's own answer begins with its parameters.
    return present.description.filter(({ name }) => name !== 'parameterDescription');
  }

  async #bind(message: Uint8Array, send: (bytes: Uint8Array) => Promise<Message[]>): Promise<Message[]> {
    const present = this.#present;
    if (!present) return send(message);
    try {
      // The empty name of the portal comes first.
      return await send(named(message, HEAD + 1, present.name));
    } catch (error) {
      // The values are wrong, or the statement is.
      this.#forget(present);
      throw error;
    }
  }

  /** Forgets all statements when the database has done something else than reading and writing rows. */
  #watch(messages: Message[]): Message[] {
    for (const message of messages) {
      if (message.name !== 'commandComplete') continue;
      const { text } = message as InstanceType<typeof protocol.messages.CommandCompleteMessage>;
      if (!CHANGES_NO_TABLE.test(text)) {
        this.#forgetAll();
        this.#changed = true;
      } else if (text === 'BEGIN' || text === 'START TRANSACTION') this.#changed = false;
    }
    return messages;
  }

  #forget({ key, name }: Statement): void {
    if (this.#statements.delete(key)) this.#unused.push(name);
  }

  #forgetAll(): void {
    this.#executions = 0;
    for (const statement of this.#statements.values()) this.#forget(statement);
  }

  /** Possible also in a transaction that has failed, as `deallocate` is not. */
  async #closeUnused(send: (bytes: Uint8Array) => Promise<Message[]>): Promise<void> {
    for (const name of this.#unused.splice(0)) await send(serialize.close({ type: 'S', name }));
  }
}

/**
 * PGlite works in this thread, and continues without leaving it. After each statement the requests that have come in
 * get their turn. Else they would wait for the end of a row of statements.
 */
async function letOthers<T>(answer: T): Promise<T> {
  await new Promise(setImmediate);
  return answer;
}

/** The text and the types of a statement without a name. Undefined when it is not to be prepared. */
function keyOf(message: Uint8Array): string | undefined {
  const { length } = message;
  const view = new DataView(message.buffer, message.byteOffset, length);
  // Several messages at once, or a name that somebody else gave.
  if (view.getInt32(1) !== length - 1 || message[HEAD] !== 0) return undefined;
  const key = Buffer.from(message.buffer, message.byteOffset + HEAD + 1, length - HEAD - 1).toString('latin1');
  return PLANNED.test(key) ? key : undefined;
}

/** The message with `name` in the place of an empty name at `position`. */
function named(message: Uint8Array, position: number, name: string): Uint8Array {
  const bytes = new Uint8Array(message.length + name.length);
  bytes.set(message.subarray(0, position));
  bytes.set(Buffer.from(name, 'latin1'), position);
  bytes.set(message.subarray(position), position + name.length);
  new DataView(bytes.buffer).setInt32(1, bytes.length - 1);
  return bytes;
}
