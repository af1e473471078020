/**
 * The log of every request to LINE, as LINE's guidelines ask for: one JSON line an attempt (time, method, endpoint,
 * status), a file a month, without secrets or bodies.
 */
import { appendFileSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';

export class RequestLog {
  readonly #directory: string;
  #made = false;

  constructor(dataDirectory: string) {
    this.#directory = join(dataDirectory, 'requests');
  }

  /** Never throws: a full disk must not end an upload that LINE is taking. */
  write(entry: { readonly time: string }): void {
    try {
      if (!this.#made) mkdirSync(this.#directory, { recursive: true, mode: 0o700 });
      this.#made = true;
      appendFileSync(
        join(this.#directory, `${entry.time.slice(0, 7)}.ndjson`),
        `${JSON.stringify(entry)}\n`,
        { mode: 0o600 },
      );
    } catch {
      // The journal is what the run depends on, and it reports a full disk itself.
    }
  }
}
