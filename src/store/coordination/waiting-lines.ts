/** Lines within this process: of those who wait for the same thing only the first asks for it, first come, first served. */
import type { Release } from '../../contracts/ports.ts';

interface Line {
  /** Resolves when everybody who has come so far is through. */
  last: Promise<unknown>;
  people: number;
}

export class Lines {
  readonly #lines = new Map<string, Line>();

  /** How many lines there are: as many as there are first ones. */
  get size(): number {
    return this.#lines.size;
  }

  has(name: string): boolean {
    return this.#lines.has(name);
  }

  /** Waits until all who came before are through, or have left. @returns to be called when the caller is through itself */
  async enter(name: string, signal?: AbortSignal): Promise<Release> {
    const line = this.#lines.get(name) ?? { last: Promise.resolve(), people: 0 };
    this.#lines.set(name, line);
    line.people += 1;
    const before = line.last;
    const { promise: through, resolve } = Promise.withResolvers<void>();
    line.last = before.then(() => through);
    const leave = () => {
      resolve();
      line.people -= 1;
      if (line.people === 0) this.#lines.delete(name);
    };
    try {
      await unlessAborted(before, signal);
    } catch (error) {
      leave();
      throw error;
    }
    let inside = true;
    return () => {
      if (inside) leave();
      inside = false;
    };
  }
}

/** Resolves with `promise`, or rejects with the signal's reason; leaves no listener. */
async function unlessAborted(promise: Promise<unknown>, signal: AbortSignal | undefined): Promise<void> {
  if (!signal) return void (await promise);
  signal.throwIfAborted();
  const { promise: aborted, reject } = Promise.withResolvers<never>();
  const leave = () => reject(signal.reason);
  signal.addEventListener('abort', leave, { once: true });
  try {
    await Promise.race([promise, aborted]);
  } finally {
    signal.removeEventListener('abort', leave);
  }
}
