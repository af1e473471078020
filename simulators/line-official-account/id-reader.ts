/** Reads an uploaded file as a stream: an id on each line, user ids or advertising ids. */
import { decodeUserId, idWords, userIdLength } from '../shared/hex-codec.ts';
import { type LineSink, LineSplitter } from '../shared/line-splitter.ts';
import { Records } from '../shared/records.ts';
import { decodeLine } from './membership.ts';
import type { Settings } from './settings.ts';

const lf = 10;
const cr = 13;
const lineLength = userIdLength + 1;

/** Why a file cannot be taken. It never contains a value. */
export interface FileFault {
  readonly code:
    | 'UPLOAD_AUDIENCE_GROUP_INVALID_AUDIENCE_ID_FORMAT'
    | 'UPLOAD_AUDIENCE_GROUP_TOO_MANY_AUDIENCE_IDS'
    | 'UPLOAD_AUDIENCE_GROUP_NO_VALID_AUDIENCE_IDS';
  readonly violation: 'malformed_id' | 'mixed_ids' | 'too_many_ids' | undefined;
  readonly detail: string;
}

/**
 * The kind of an audience may come after its file, so it takes both kinds, and judges at the end. With two kinds in one
 * file, one of them is wrong.
 */
export class IdReader implements LineSink {
  readonly #users = new Records(idWords);
  readonly #devices = new Records(idWords);
  /** All lines, with those that are no ids. */
  lines = 0;
  /** The first line of each kind, from 1; 0: none. */
  #firstUser = 0;
  #firstDevice = 0;
  #firstMalformed = 0;
  readonly #most: number;
  readonly #takesCr: boolean;
  readonly #splitter = new LineSplitter(this);

  constructor({ mostIds, lineEnds }: Pick<Settings, 'mostIds' | 'lineEnds'>) {
    this.#most = mostIds;
    this.#takesCr = lineEnds === 'any';
  }

  get bytes(): number {
    return this.#splitter.bytes;
  }

  /** Takes the next bytes of the file. It does not keep the block. */
  feed(block: Buffer): void {
    this.#splitter.feed(block);
  }

  /** Ends the file. A last line without LF counts as a line. */
  end(): void {
    this.#splitter.end();
  }

  isOver(): boolean {
    return this.lines > this.#most;
  }

  /** A user id and its LF: the most frequent line by far. */
  usual(block: Buffer, at: number): number {
    if (block[at + userIdLength] !== lf || this.lines >= this.#most) return 0;
    const users = this.#users;
    if (!decodeUserId(block, at, users.openPage(), users.openOffset())) return 0;
    users.commit();
    this.lines += 1;
    if (this.#firstUser === 0) this.#firstUser = this.lines;
    return lineLength;
  }

  line(bytes: Buffer): void {
    this.lines += 1;
    if (this.lines > this.#most) return;
    const line = this.#takesCr && bytes.at(-1) === cr ? bytes.subarray(0, -1) : bytes;
    if (decodeLine(line, false, this.#users)) this.#firstUser ||= this.lines;
    else if (decodeLine(line, true, this.#devices)) this.#firstDevice ||= this.lines;
    else this.#firstMalformed ||= this.lines;
  }

  /** The ids of this kind. */
  ids(isIfa: boolean): Records {
    return isIfa ? this.#devices : this.#users;
  }

  /** What is wrong with the whole file for an audience of this kind, or null. */
  fault(isIfa: boolean, { malformedIds }: Pick<Settings, 'malformedIds'>): FileFault | null {
    if (this.lines > this.#most) {
      return {
        code: 'UPLOAD_AUDIENCE_GROUP_TOO_MANY_AUDIENCE_IDS',
        violation: 'too_many_ids',
        detail: `the file has more than ${this.#most} lines`,
      };
    }
    const other = isIfa ? this.#firstUser : this.#firstDevice;
    const wrong = this.#firstMalformed || other;
    if (wrong > 0 && malformedIds !== 'skip') {
      return {
        code: 'UPLOAD_AUDIENCE_GROUP_INVALID_AUDIENCE_ID_FORMAT',
        violation: this.#firstMalformed > 0 ? 'malformed_id' : 'mixed_ids',
        detail: `line ${wrong} of the file is no ${isIfa ? 'advertising id' : 'user id'}`,
      };
    }
    if (this.ids(isIfa).count > 0) return null;
    return {
      code: 'UPLOAD_AUDIENCE_GROUP_NO_VALID_AUDIENCE_IDS',
      violation: undefined,
      detail: `the file has no ${isIfa ? 'advertising id' : 'user id'}`,
    };
  }
}
