/**
 * How many looks at sources a person may take at the same time, so that there are readers and processors left for
 * others. More of them wait until one has ended; each ends within its limit of time, or when its client goes away.
 */
import { LineupError } from '../domain/errors/errors.ts';
import { sentence } from '../domain/text/sentence.ts';

/** For each person. */
const AT_ONCE = 2;
/** More requests of a person than a form sends. */
const MAX_WAITING = 20;

interface Waiting {
  readonly person: string;
  readonly start: () => void;
}

export class Looks {
  readonly #most: number;
  readonly #running = new Map<string, number>();
  #waiting: readonly Waiting[] = [];

  /** @param most of all people together */
  constructor(most: number) {
    this.#most = most;
  }

  /**
   * @throws {LineupError} `too_many_requests`, `interrupted` when the signal aborts before the turn comes; the errors
   * of `look`
   */
  async take<T>(person: string, signal: AbortSignal, look: () => Promise<T>): Promise<T> {
    if (this.#mayStart(person)) this.#start(person);
    else await this.#turn(person, signal);
    try {
      return await look();
    } finally {
      this.#end(person);
    }
  }

  #mayStart(person: string): boolean {
    const all = [...this.#running.values()].reduce((sum, some) => sum + some, 0);
    return all < this.#most && (this.#running.get(person) ?? 0) < AT_ONCE;
  }

  #start(person: string): void {
    this.#running.set(person, (this.#running.get(person) ?? 0) + 1);
  }

  #end(person: string): void {
    const rest = (this.#running.get(person) ?? 0) - 1;
    if (rest > 0) this.#running.set(person, rest);
    else this.#running.delete(person);
    const next = this.#waiting.find((look) => this.#mayStart(look.person));
    if (!next) return;
    this.#leave(next);
    this.#start(next.person);
    next.start();
  }

  #leave(gone: Waiting): void {
    this.#waiting = this.#waiting.filter((look) => look !== gone);
  }

  async #turn(person: string, signal: AbortSignal): Promise<void> {
    if (this.#waiting.filter((look) => look.person === person).length >= MAX_WAITING) {
      throw new LineupError(
        'too_many_requests',
        sentence`You have asked for too many previews at the same time. Try again when some have ended.`,
        { retryable: true },
      );
    }
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const waiting = { person, start: resolve };
    const giveUp = () => {
      this.#leave(waiting);
      reject(new LineupError('interrupted', sentence`Reading the source was stopped.`));
    };
    signal.addEventListener('abort', giveUp, { once: true });
    if (signal.aborted) giveUp();
    else this.#waiting = [...this.#waiting, waiting];
    await promise.finally(() => signal.removeEventListener('abort', giveUp));
  }
}
