/** One connection to the server, through the driver `mysql2`. Every error is a SessionError or a LineupError. */
import { isIP, Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { type Connection, createConnection, type PrepareStatementInfo } from 'mysql2';
import type { z } from 'zod';
import { Backlog, checkHost, DatabaseClient, KEEP_ALIVE_MS } from '../database/client.ts';
import { PacketFilter } from './packet-filter.ts';
import type { ColumnDescription } from './packets.ts';
import type { ColumnBlock, RowReader } from './rows.ts';
import { SessionError, sessionError } from './session-error.ts';
import type { Target } from './target.ts';

/** Private parts of the driver’s connection, which we replace or read: test/sources/drivers.test.ts checks them. */
export interface DriverParts {
  stream: Socket;
  packetParser: { execute(bytes: Buffer): unknown };
  startTLS(done: (error?: Error) => void): void;
  /** The number of the next packet. */
  sequenceId: number;
}

/**
 * Without LOCAL_FILES the server cannot ask for files of this machine, and without MULTI_STATEMENTS (which is off) it
 * runs only one statement at a time. IGNORE_SPACE would change what a query means.
 */
const FLAGS = ['-LOCAL_FILES', '-MULTI_RESULTS', '-SESSION_TRACK', '-IGNORE_SPACE', '-ODBC', '-FOUND_ROWS'];

/** The server's description of a statement. */
export interface Described {
  /** Empty for a statement that returns no rows. */
  readonly columns: readonly ColumnDescription[];
  /** The number of its parameters (?). */
  readonly parameters: number;
}

export class Client extends DatabaseClient {
  received = 0;
  readonly #target: Target;
  readonly #socket = new Socket();
  readonly #connection: Connection & DriverParts;
  readonly #filter: PacketFilter;
  #takeRows: ((bytes: Buffer) => void) | undefined;
  #signedIn = false;
  /** Why we ended the connection. */
  #reason: Error | undefined;

  constructor(target: Target) {
    super();
    this.#target = target;
    this.#connection = createConnection({
      stream: () => this.#socket,
      host: target.host,
      port: target.port,
      ...(target.socket !== undefined && { socketPath: target.socket }),
      user: target.user,
      password: target.password.reveal(),
      ...(target.database !== undefined && { database: target.database }),
      // Only that it is wanted: our own `startTLS` has the options.
      ...(target.tls !== false && { ssl: {} }),
      enableCleartextPlugin: target.clearPassword,
      connectTimeout: 0,
      charset: 'UTF8MB4_GENERAL_CI',
      flags: FLAGS,
      connectAttributes: { program_name: 'lineup' },
    }) as Connection & DriverParts;
    // Callers that wait for an answer get the error, too. Without this listener it would end the process.
    this.#connection.on('error', () => {});
    const parser = this.#connection.packetParser;
    this.#filter = new PacketFilter((packet) => {
      // The driver does not see all packets, and so counts differently.
      packet[3] = this.#connection.sequenceId;
      parser.execute(packet);
    });
    this.#connection.packetParser = { execute: (bytes) => this.#receive(bytes) };
    this.#connection.startTLS = (done) => this.#startTls(done);
  }

  get stream(): Socket {
    return this.#connection.stream;
  }

  async connect(timeoutMs: number): Promise<void> {
    const { host, port, socket, network } = this.#target;
    checkHost(socket ?? host, network);
    const connected = new Promise<void>((resolve, reject) => {
      this.#connection.once('connect', () => resolve());
      this.#connection.once('error', reject);
    });
    this.#socket.setNoDelay().setKeepAlive(true, KEEP_ALIVE_MS);
    this.#socket.connect(socket === undefined ? { port, host, lookup: network?.lookup } : { path: socket });
    await this.within(timeoutMs, connected);
    this.#signedIn = true;
  }

  /**
   * Runs one statement.
   * @param row the schema of a row; each column is a text or null
   */
  async query<Row>(row: z.ZodType<Row>, sql: string, timeoutMs: number): Promise<Row[]> {
    this.#filter.begin('run');
    await this.within(
      timeoutMs,
      new Promise<void>((resolve, reject) => {
        this.#connection.query(sql, (error) => (error ? reject(error) : resolve()));
      }),
    );
    const { columns, rows } = this.#filter.answer;
    const found = row
      .array()
      .safeParse(rows.map((values) => Object.fromEntries(columns.map(({ name }, at) => [name, values[at]]))));
    if (!found.success) throw new SessionError('protocol');
    return found.data;
  }

  /** What a statement returns. The server does not run it. */
  async describe(sql: string, timeoutMs: number): Promise<Described> {
    this.#filter.begin('describe');
    const statement = await this.within(
      timeoutMs,
      new Promise<PrepareStatementInfo>((resolve, reject) => {
        this.#connection.prepare(sql, (error, prepared) => (error ? reject(error) : resolve(prepared)));
      }),
    );
    statement.close();
    const { columns, parameters } = this.#filter.answer;
    return { columns, parameters };
  }

  /**
   * The value streams of a SELECT's columns, in blocks. The last statement of a client.
   * @throws {SessionError} for an error of the server, or a lost connection
   */
  async *rows(sql: string, reader: RowReader): AsyncGenerator<ColumnBlock, void> {
    const backlog = new Backlog(this);
    this.#filter.begin({ columns: reader.columns });
    this.#takeRows = (bytes) => backlog.push(bytes);
    // Explained before the close of the connection gives another reason.
    this.#connection.query(sql, (error) => backlog.end(error ? this.failure(error) : undefined));
    for await (const bytes of backlog.blocks()) {
      yield* reader.push(bytes);
      if (reader.rest) this.#filter.endRows(Buffer.concat([reader.rest, ...backlog.takeAll()]));
    }
    // The driver has seen the end, so it came after rows.
    if (!reader.rest) throw new SessionError('protocol');
  }

  cut(reason: Error = new SessionError('cut')): void {
    this.#reason ??= reason;
    this.#connection.stream.destroy(reason);
    this.#socket.destroy(reason);
  }

  giveUp(): void {
    this.cut(new SessionError('silent'));
  }

  protected async signOut(): Promise<void> {
    if (this.#signedIn && !this.#socket.destroyed)
      await new Promise<void>((resolve) => {
        this.#socket.once('close', () => resolve());
        this.#connection.end(() => resolve());
      });
    this.cut();
  }

  protected failure(error: unknown): Error {
    return sessionError(this.#reason ?? error);
  }

  #receive(bytes: Buffer): void {
    this.received += 1;
    try {
      const rows = this.#filter.push(bytes);
      if (rows) this.#takeRows?.(rows);
    } catch (error) {
      this.cut(sessionError(error));
    }
  }

  /** As the driver's own, but with the checks of `node:tls` for addresses, too, and without sessions that skip them. */
  #startTls(done: (error?: Error) => void): void {
    const { host, tls } = this.#target;
    this.#filter.beginTls();
    this.#socket.removeAllListeners('data');
    const secure = connectTls(
      { ...tls, socket: this.#socket, host, ...(isIP(host) === 0 && { servername: host }) },
      () => {
        this.#filter.endTls();
        done();
      },
    );
    secure.on('error', (error) => this.cut(sessionError(error)));
    secure.on('data', (bytes: Buffer) => this.#receive(bytes));
    secure.on('close', () => this.cut());
    this.#connection.stream = secure;
  }
}
