/** The log of requests that a simulator keeps for tests and for its admin endpoint. */

/** What every simulator records of a request. */
export interface LoggedRequest {
  number: number;
  /** ISO 8601. */
  time: string;
  method: string;
  /** With its query. */
  path: string;
  /** Name of the endpoint, or `unknown`. */
  endpoint: string;
  /** Absent while it is unanswered, and when the connection was reset or abandoned. */
  status?: number;
  /** Why it was refused, in plain text. */
  detail?: string;
  /** The kinds of its faults. */
  faults: string[];
}

/** How many requests are kept: a simulator may run for weeks, and a scan of millions makes many. */
const KEPT = 10_000;

/** The log of one simulator. Its entries are completed in place, when the answer is known. */
export class RequestLog<Request extends LoggedRequest> {
  readonly #kept: Request[] = [];
  #count = 0;

  /** How many requests there were, with those that are not kept any more. */
  get count(): number {
    return this.#count;
  }

  /** The last requests, oldest first. */
  get kept(): readonly Request[] {
    return this.#kept;
  }

  /** Starts the record of a request. */
  add(begin: Omit<Request, 'number' | 'time' | 'faults'>, time: string): Request {
    this.#count += 1;
    // These three fields complete it, but TypeScript cannot know this of a generic type.
    const record = { number: this.#count, time, ...begin, faults: [] } as unknown as Request;
    this.#kept.push(record);
    if (this.#kept.length > KEPT) this.#kept.shift();
    return record;
  }

  /** As plain data. */
  list(): Request[] {
    return this.#kept.map((record) => ({ ...record }));
  }

  clear(): void {
    this.#kept.length = 0;
    this.#count = 0;
  }
}
