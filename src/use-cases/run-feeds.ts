/**
 * Following runs. However many watch a run, one loop looks at it in the database now and then and hands what it sees to all of
 * them; it ends with the last watcher. Whichever process works on the run, what it does is there.
 */
import type { Clock } from '../contracts/ports.ts';
import type { NumberedRunEvent, RunDetail, RunUpdate } from '../contracts/run-progress.ts';

export interface RunFeedsOptions {
  readonly run: (id: string) => Promise<RunDetail>;
  /** The journal's entries after number `after`. */
  readonly events: (id: string, after: number) => Promise<readonly NumberedRunEvent[]>;
  /** Resolves after `ms`, or rejects when the signal is aborted. */
  readonly sleep: Clock['sleep'];
}

const LOOK_EVERY_MS = 500;

/** What one look has found. */
interface Look {
  readonly run: RunDetail;
  /** The journal's entries after number `after`. */
  readonly after: number;
  readonly events: readonly NumberedRunEvent[];
}

const goesOn = ({ status }: RunDetail): boolean => status === 'queued' || status === 'running';

export class RunFeeds {
  readonly #options: RunFeedsOptions;
  readonly #feeds = new Map<string, Feed>();

  constructor(options: RunFeedsOptions) {
    this.#options = options;
  }

  /** The run, its journal's entries after number `after`, then whatever comes, until it has ended or `signal` is aborted. */
  async *watch(id: string, after: number, signal: AbortSignal): AsyncGenerator<RunUpdate, void> {
    const feed = this.#join(id);
    let seen = after;
    let status: string | undefined;
    let shown = '';
    try {
      let last: Look | undefined;
      for (;;) {
        const look = await feed.next(last, signal);
        if (!look || signal.aborted) return;
        last = look;
        const { run } = look;
        if (status !== run.status) yield { type: 'run', run };
        status = run.status;
        // A watcher that came later, or was slow, has missed some: it asks for them itself.
        const known = look.after <= seen ? look.events : await this.#options.events(id, seen);
        for (const { seq, event } of known) {
          if (seq <= seen) continue;
          yield { type: 'event', seq, event };
          seen = seq;
        }
        if (!goesOn(run)) return;
        const progress = JSON.stringify(run.progress);
        if (run.progress && progress !== shown) yield { type: 'progress', progress: run.progress };
        shown = progress;
      }
    } finally {
      feed.leave();
    }
  }

  #join(id: string): Feed {
    const there = this.#feeds.get(id);
    if (there) {
      there.join();
      return there;
    }
    const feed = new Feed(this.#options, id, () => {
      if (this.#feeds.get(id) === feed) this.#feeds.delete(id);
    });
    this.#feeds.set(id, feed);
    return feed;
  }
}

/** The looks at one run, as long as somebody watches. */
class Feed {
  readonly #options: RunFeedsOptions;
  readonly #id: string;
  readonly #onEnd: () => void;
  readonly #stop = new AbortController();
  #watchers = 1;
  /** Begins with the whole journal, whatever its first watcher knows already: further ones need not ask for it. */
  #seen = 0;
  #latest: Look | undefined;
  #next = Promise.withResolvers<Look>();

  constructor(options: RunFeedsOptions, id: string, onEnd: () => void) {
    this.#options = options;
    this.#id = id;
    this.#onEnd = onEnd;
    void this.#follow();
  }

  join(): void {
    this.#watchers += 1;
  }

  leave(): void {
    this.#watchers -= 1;
    if (this.#watchers > 0) return;
    this.#onEnd();
    this.#stop.abort();
  }

  /** The newest look after `last`: at once where there is one. Undefined when `signal` was aborted. */
  async next(last: Look | undefined, signal: AbortSignal): Promise<Look | undefined> {
    if (signal.aborted) return undefined;
    if (this.#latest && this.#latest !== last) return this.#latest;
    const { promise, resolve } = Promise.withResolvers<undefined>();
    const onAbort = () => resolve(undefined);
    signal.addEventListener('abort', onAbort, { once: true });
    try {
      return await Promise.race([this.#next.promise, promise]);
    } finally {
      signal.removeEventListener('abort', onAbort);
    }
  }

  async #follow(): Promise<void> {
    const { signal } = this.#stop;
    try {
      while (!signal.aborted) {
        const look = await this.#look();
        this.#latest = look;
        const told = this.#next;
        this.#next = Promise.withResolvers();
        told.resolve(look);
        if (!goesOn(look.run)) break;
        // Aborted: the last watcher has gone.
        await this.#options.sleep(LOOK_EVERY_MS, signal).catch(() => {});
      }
    } catch (error) {
      // Those who wait are told; whoever has not begun to wait must not end the process.
      this.#next.promise.catch(() => {});
      this.#next.reject(error);
      this.#latest = undefined;
    }
    // Whoever comes from now on begins a feed of their own.
    this.#onEnd();
  }

  async #look(): Promise<Look> {
    // The run before its events: when it has ended, all of them are there.
    const run = await this.#options.run(this.#id);
    const after = this.#seen;
    const events = await this.#options.events(this.#id, after);
    this.#seen = events.at(-1)?.seq ?? after;
    return { run, after, events };
  }
}
