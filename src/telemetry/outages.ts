/** Watches the exports of a signal: one line of the log when they begin to fail, and one when they work again. */
import type { EventLog } from '../contracts/event-log.ts';
import { silentLog } from '../contracts/event-log.ts';

/** The result of an export, as exporters give it. Its code is 0 for a success. */
interface Result {
  readonly code: number;
  readonly error?: Error & { readonly code?: unknown };
}

interface Exporter<Items> {
  export(items: Items, done: (result: Result) => void): void;
}

export class Outages {
  #log: EventLog = silentLog;
  readonly #failing = new Set<string>();

  reportTo(log: EventLog): void {
    this.#log = log;
  }

  /** Watches an exporter. @returns the same one */
  watch<Items, E extends Exporter<Items>>(signal: 'traces' | 'metrics', exporter: E & Exporter<Items>): E {
    const send = exporter.export.bind(exporter);
    exporter.export = (items, done) =>
      send(items, (result) => {
        this.#note(signal, result);
        done(result);
      });
    return exporter;
  }

  #note(signal: string, { code, error }: Result): void {
    if (code === 0) {
      if (this.#failing.delete(signal)) this.#log.record('telemetry.recovered', { signal });
      return;
    }
    if (this.#failing.has(signal)) return;
    this.#failing.add(signal);
    // Its message may hold what the other side has answered.
    this.#log.record('telemetry.failed', { signal, code: String(error?.code ?? error?.name ?? 'unknown') });
  }
}
