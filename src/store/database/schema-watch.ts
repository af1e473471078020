/** Notices when a newer version updates the tables so that this version may not work on them any more. */
import type { LineupError } from '../../contracts/errors.ts';
import type { Clock, Release } from '../../contracts/ports.ts';
import type { Db } from './database.ts';
import { outdatedFor } from './migrate.ts';

/** A process that is too old stops within ten seconds. */
const LOOK_MS = 3_000;

export interface SchemaWatchOptions {
  readonly db: Db;
  /** The number of the last migration that this version knows. */
  readonly knows: number;
  readonly clock: Pick<Clock, 'every'>;
  /** Called once. */
  readonly onOutdated: (why: LineupError) => void;
}

export class SchemaWatch {
  readonly #options: SchemaWatchOptions;
  readonly #stop: Release;
  #outdated: LineupError | undefined;

  constructor(options: SchemaWatchOptions) {
    this.#options = options;
    this.#stop = options.clock.every(LOOK_MS, () => {
      // Without the database, this process can do nothing anyway.
      this.look().catch(() => {});
    });
  }

  /** Why this version may not work. It stays so until the process ends. */
  get outdated(): LineupError | undefined {
    return this.#outdated;
  }

  /** Looks now. */
  async look(): Promise<void> {
    const { db, knows, onOutdated } = this.#options;
    const found = this.#outdated ?? (await outdatedFor(db, knows));
    if (!found || this.#outdated) return;
    this.#outdated = found;
    onOutdated(found);
  }

  stop(): void {
    this.#stop();
  }
}
