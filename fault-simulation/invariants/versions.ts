/** What an older version must not do once a newer one has updated the tables. */
import type { SeenRows, SeenWrites } from '../world/storage.ts';
import { usesNewKey } from '../world/versions.ts';
import { ViolationError } from './violation.ts';

/** An older worker stops within ten seconds. In a history, an event may be some seconds late, several times. */
const LATEST_STOP_MS = 10_000 + 20_000;

export interface VersionsOptions {
  readonly rows: () => SeenRows;
  readonly now: () => number;
  /**
   * Until when, in machine time, a process may not have got an answer of the database: this one stood still, or the
   * database was away.
   */
  readonly disturbedUntil: () => number;
}

export class Versions {
  readonly #options: VersionsOptions;
  /** When the tables became those of the newer version, and excluded the older one. */
  #excludedAt = Number.POSITIVE_INFINITY;

  constructor(options: VersionsOptions) {
    this.#options = options;
  }

  /** The newer version has updated the tables. */
  onExcluded(): void {
    this.#excludedAt = Math.min(this.#excludedAt, this.#options.now());
  }

  /** A process of the older version has committed something. */
  onOlderCommit(name: string, writes: SeenWrites): void {
    if (this.#excludedAt < Number.POSITIVE_INFINITY) this.#checkExcluded(name, writes);
    const rows = this.#options.rows();
    for (const [runId, events] of writes.events) {
      const type = events?.at(-1)?.type;
      if (type !== 'started' && type !== 'resumed') continue;
      this.#assertKnown(rows.runs.get(runId)?.job_id ?? '', `${name} has ${type} run ${runId}`);
    }
    for (const [jobId, log] of writes.transitions)
      if (log?.at(-1)?.action === 'wake') this.#assertKnown(jobId, `${name} has woken a job`);
  }

  #checkExcluded(name: string, { leases, events, messages }: SeenWrites): void {
    for (const [lease, row] of leases) if (row) throw excluded(`${name} gets the lease ${lease}`);
    for (const [runId] of events) throw excluded(`${name} writes into run ${runId}`);
    const { now, disturbedUntil } = this.#options;
    if (now() <= Math.max(this.#excludedAt, disturbedUntil()) + LATEST_STOP_MS) return;
    for (const [runId, message] of messages)
      if (message === null) throw excluded(`${name} still takes run ${runId} from the queue`);
  }

  #assertKnown(jobId: string, deed: string): void {
    const job = this.#options.rows().jobs.get(jobId);
    if (job && usesNewKey(job))
      throw new ViolationError('version', `${deed}, and its version does not know what job ${jobId} asks for`);
  }
}

const excluded = (deed: string) =>
  new ViolationError('version', `${deed}, although its version may not work on the tables any more`);
