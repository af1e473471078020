/**
 * The log of requests to LINE that LINE's guidelines ask for: one JSON line for each attempt (time, method, endpoint,
 * status), one file for each month, without secrets and bodies. Only the command line uses it; the service has a
 * table (repositories/run-requests.ts).
 */
import { appendFileSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';

export class RequestLog {
  readonly #directory: string;
  #made = false;

  constructor(dataDirectory: string) {
    this.#directory = join(dataDirectory, 'requests');
  }

  /** Never throws, because a full disk must not end a running upload. */
  write(entry: { readonly time: string }): void {
    try {
      if (!this.#made) mkdirSync(this.#directory, { recursive: true, mode: 0o700 });
      this.#made = true;
      appendFileSync(join(this.#directory, `${entry.time.slice(0, 7)}.ndjson`), `${JSON.stringify(entry)}\n`, {
        mode: 0o600,
      });
    } catch {
      // The run depends on its journal, which reports a full disk itself.
    }
  }
}
