/** Notices when a newer version updates the tables so that this version may not work on them any more. */

import type { Clock, Release } from '../../contracts/ports.ts';
import type { LineupError } from '../../domain/errors/errors.ts';

/** A process that is too old stops within ten seconds. */
const LOOK_MS = 3_000;

export interface SchemaWatchOptions {
  /** Asks the tables whether this version may still work on them: `outdatedFor`. */
  readonly ask: () => Promise<LineupError | undefined>;
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
    const { ask, onOutdated } = this.#options;
    const found = this.#outdated ?? (await ask());
    if (!found || this.#outdated) return;
    this.#outdated = found;
    this.stop();
    onOutdated(found);
  }

  stop(): void {
    this.#stop();
  }
}
