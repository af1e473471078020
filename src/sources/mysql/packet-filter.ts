/**
 * Reads the answers of the server in place of the driver, which trusts every length and count. The driver gets only the
 * packets of signing in and of errors, and at the end of an answer a short one that we wrote. Memory is bounded,
 * whatever a server sends. The rows of a scan go to rows.ts.
 *
 * The driver's own parser, with the limits of the reader process (src/readers), would not give the same. The command
 * line reads in its own process: it has no such limit, and an error in an event handler of the driver would end it. The
 * limit ends the whole run and puts the source into quarantine, while here a value that is too long counts as invalid,
 * and the others are sent. And the driver makes an object of each row: for three million addresses it takes 1.6 seconds
 * of processor time, rows.ts 0.4. The price is four private parts of the driver (`DriverParts` in client.ts), so its
 * version is exact, and a test says what a new one must still do (test/sources/drivers.test.ts).
 */
import { AnswerCount, LONGEST_PART } from '../database/client.ts';
import { type ColumnDescription, END, ERROR, HEADER, LONGEST_END, parseColumn, parseRow } from './packets.ts';
import { SessionError } from './session-error.ts';

const OK = 0x00;

/** What is asked: to run a statement, to describe it, or to scan so many columns. */
type Command = 'run' | 'describe' | { readonly columns: number };

/** What may come next. */
type Next = 'sign-in' | 'tls' | 'first' | 'parameter' | 'column' | 'row' | 'rows of a scan' | 'nothing';

export interface Answer {
  readonly columns: ColumnDescription[];
  /** How many parameters a described statement has. */
  parameters: number;
  readonly rows: (string | null)[][];
}

/** For the driver: a statement has run; or it was described, and has neither columns nor parameters. */
const SUCCESS = Buffer.from([7, 0, 0, 0, OK, 0, 0, 2, 0, 0, 0]);
const DESCRIBED = 12;

export class PacketFilter {
  /** The answer to the last command. */
  answer: Answer = { columns: [], parameters: 0, rows: [] };
  readonly #deliver: (packet: Buffer) => void;
  #command: Command = 'run';
  #next: Next = 'sign-in';
  /** How many descriptions of the current kind are missing. After them comes the packet that ends them. */
  #missing = 0;
  #columns = 0;
  /** For the driver, at the end. */
  #success: Buffer = SUCCESS;
  /** The beginning of a packet whose rest has not arrived. */
  #cut: Buffer = Buffer.alloc(0);
  #count = new AnswerCount();

  /** @param deliver gives a whole packet to the driver */
  constructor(deliver: (packet: Buffer) => void) {
    this.#deliver = deliver;
  }

  /**
   * From here to `endTls` only TLS itself may come. What came in clear text may be from anybody, even in the same
   * segment.
   */
  beginTls(): void {
    this.#next = 'tls';
  }

  /** From here on, what comes was encrypted. */
  endTls(): void {
    this.#next = 'sign-in';
  }

  /** Before a command is sent. */
  begin(command: Command): void {
    this.answer = { columns: [], parameters: 0, rows: [] };
    this.#command = command;
    this.#next = 'first';
    this.#success = SUCCESS;
    this.#count = new AnswerCount();
  }

  /**
   * Takes the next bytes from the server.
   * @returns those that belong to the rows of a scan
   * @throws {SessionError} for data that no MySQL server sends, or that is more than we asked for
   */
  push(chunk: Buffer): Buffer | undefined {
    const bytes = this.#cut.length > 0 ? Buffer.concat([this.#cut, chunk]) : chunk;
    let at = 0;
    while (this.#next !== 'rows of a scan' && bytes.length - at >= HEADER) {
      const length = bytes.readUIntLE(at, 3);
      if (length > LONGEST_PART) throw new SessionError('too_much');
      const end = at + HEADER + length;
      if (end > bytes.length) break;
      if (!this.#count.add(length)) throw new SessionError('too_much');
      this.#read(bytes.subarray(at, end));
      at = end;
    }
    const rest = bytes.subarray(at);
    if (this.#next === 'tls' && rest.length > 0) throw new SessionError('protocol');
    const scanning = this.#next === 'rows of a scan';
    this.#cut = scanning ? Buffer.alloc(0) : Buffer.from(rest);
    return scanning && rest.length > 0 ? rest : undefined;
  }

  /** @param rest the bytes from the packet on that ends the rows of a scan */
  endRows(rest: Buffer): void {
    this.#next = 'row';
    this.push(rest);
  }

  #read(packet: Buffer): void {
    const content = packet.subarray(HEADER);
    const next = this.#next;
    if (next === 'sign-in') this.#deliver(packet);
    else if (next === 'tls' || next === 'nothing' || content.length === 0) throw new SessionError('protocol');
    else if (content[0] === ERROR) this.#end(packet);
    else if (next === 'first') this.#readFirst(content);
    else this.#readPart(next, content);
  }

  #readPart(next: Next, content: Buffer): void {
    const isEnd = content[0] === END && content.length < LONGEST_END;
    if (next === 'row') {
      if (isEnd) this.#end(this.#success);
      else this.answer.rows.push(parseRow(content, this.#columns));
    } else if (this.#missing === 0) {
      if (!isEnd) throw new SessionError('protocol');
      if (next === 'parameter') this.#expectColumns();
      else if (this.#command === 'describe') this.#end(this.#success);
      else this.#next = typeof this.#command === 'object' ? 'rows of a scan' : 'row';
    } else {
      this.#missing -= 1;
      if (next === 'column') this.answer.columns.push(parseColumn(content));
    }
  }

  #readFirst(content: Buffer): void {
    if (this.#command === 'describe') this.#readDescribed(content);
    else if (this.#command === 'run' && content[0] === OK) this.#end(SUCCESS);
    else this.#readColumnCount(content);
  }

  #readDescribed(content: Buffer): void {
    if (content[0] !== OK || content.length < DESCRIBED) throw new SessionError('protocol');
    // The number of the statement stays.
    this.#success = Buffer.alloc(HEADER + DESCRIBED);
    this.#success[0] = DESCRIBED;
    content.copy(this.#success, HEADER, 0, 5);
    this.#columns = content.readUInt16LE(5);
    this.answer.parameters = content.readUInt16LE(7);
    this.#missing = this.answer.parameters;
    if (this.#missing > 0) this.#next = 'parameter';
    else this.#expectColumns();
  }

  /** Another first byte asks for a file of this machine (0xfb), or is no number of columns. */
  #readColumnCount(content: Buffer): void {
    const wide = content[0] === 0xfc && content.length === 3;
    if (!wide && (content.length > 1 || content[0]! > 0xfa)) throw new SessionError('protocol');
    this.#columns = wide ? content.readUInt16LE(1) : content[0]!;
    const expected = typeof this.#command === 'object' ? this.#command.columns : this.#columns;
    if (this.#columns === 0 || this.#columns !== expected) throw new SessionError('protocol');
    this.#expectColumns();
  }

  #expectColumns(): void {
    this.#next = 'column';
    this.#missing = this.#columns;
    if (this.#columns === 0) this.#end(this.#success);
  }

  #end(packet: Buffer): void {
    this.#next = 'nothing';
    this.#deliver(Buffer.from(packet));
  }
}
