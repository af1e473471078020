/**
 * Use cases of runs: what they did, and live updates of what they do. One loop per run polls the database and passes
 * the result to all watchers of that run, however many there are. The loop ends with the last watcher. The database has
 * the state of a run whichever process works on it.
 */
import type { StoredRun } from '../contracts/job-store.ts';
import type { Clock } from '../contracts/ports.ts';
import {
  type NumberedRunEvent,
  type RunDetail,
  type RunProgress,
  type RunUpdate,
  runProgress,
} from '../contracts/run-progress.ts';
import type { RunSummary } from '../contracts/runs.ts';
import type { Runs } from '../contracts/use-cases.ts';
import { describeRun } from '../domain/runs/run-document.ts';
import { isActive } from '../domain/runs/run-state.ts';
import { listMatching } from '../store/repositories/matching.ts';
import { readEvents, readRunState } from '../store/repositories/run-events.ts';
import { countMatchingRuns, listRuns } from '../store/repositories/run-list.ts';
import { listRequests } from '../store/repositories/run-requests.ts';
import { getRun } from '../store/repositories/runs.ts';
import { numberedPage } from './cursors.ts';
import type { UseCaseDeps } from './deps.ts';
import { Reuse } from './reuse.ts';

export interface RunFeedsOptions {
  readonly run: (id: string) => Promise<RunDetail>;
  /** The journal's entries after number `after`. */
  readonly events: (id: string, after: number) => Promise<readonly NumberedRunEvent[]>;
  /** Resolves after `ms`, or rejects when the signal is aborted. */
  readonly sleep: Clock['sleep'];
}

const POLL_INTERVAL_MS = 500;
/** So many runs are not counted anew for each page. */
const MANY_RUNS = 50_000;

/** The result of one poll. */
interface Snapshot {
  readonly run: RunDetail;
  /** The journal's entries after number `after`. */
  readonly after: number;
  readonly events: readonly NumberedRunEvent[];
}

export class RunFeeds {
  readonly #options: RunFeedsOptions;
  readonly #feeds = new Map<string, Feed>();

  constructor(options: RunFeedsOptions) {
    this.#options = options;
  }

  /**
   * Yields the run, the journal's entries after number `after`, then all updates until the run ends or `signal` aborts.
   */
  async *watch(id: string, after: number, signal: AbortSignal): AsyncGenerator<RunUpdate, void> {
    const feed = this.#join(id);
    let seen = after;
    let status: string | undefined;
    let stopping: true | undefined;
    let shown = '';
    try {
      let last: Snapshot | undefined;
      for (;;) {
        const snapshot = await feed.next(last, signal);
        if (!snapshot || signal.aborted) return;
        last = snapshot;
        const { run } = snapshot;
        if (status !== run.status || stopping !== run.stopping) yield { type: 'run', run };
        ({ status, stopping } = run);
        // A watcher that joined late or is slow has missed entries: it reads them itself.
        const known = snapshot.after <= seen ? snapshot.events : await this.#options.events(id, seen);
        for (const { seq, event } of known) {
          if (seq <= seen) continue;
          yield { type: 'event', seq, event };
          seen = seq;
        }
        if (!isActive(run)) return;
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

/** Polls one run while it has watchers. */
class Feed {
  readonly #options: RunFeedsOptions;
  readonly #id: string;
  readonly #onEnd: () => void;
  readonly #stop = new AbortController();
  #watchers = 1;
  /** Starts with the whole journal, so that later watchers need not read it again. */
  #seen = 0;
  #latest: Snapshot | undefined;
  #next = Promise.withResolvers<Snapshot>();

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

  /** Waits for a snapshot newer than `last`. Undefined when `signal` is aborted. */
  async next(last: Snapshot | undefined, signal: AbortSignal): Promise<Snapshot | undefined> {
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
        const snapshot = await this.#poll();
        this.#latest = snapshot;
        const waiting = this.#next;
        this.#next = Promise.withResolvers();
        waiting.resolve(snapshot);
        if (!isActive(snapshot.run)) break;
        // It rejects when the last watcher has left.
        await this.#options.sleep(POLL_INTERVAL_MS, signal).catch(() => {});
      }
    } catch (error) {
      // Waiting watchers get the error. Without a waiting watcher, it must not become an unhandled rejection.
      this.#next.promise.catch(() => {});
      this.#next.reject(error);
      this.#latest = undefined;
    }
    // The next watcher starts a new feed.
    this.#onEnd();
  }

  async #poll(): Promise<Snapshot> {
    // Reads the run before its events: if the run has ended, all its events are there.
    const run = await this.#options.run(this.#id);
    const after = this.#seen;
    const events = await this.#options.events(this.#id, after);
    this.#seen = events.at(-1)?.seq ?? after;
    return { run, after, events };
  }
}

export function runUseCases(deps: UseCaseDeps): Runs {
  const { db, sleep } = deps;
  const counts = new Reuse<number>({ now: () => deps.now(), isLarge: (count) => count >= MANY_RUNS });
  const feeds = new RunFeeds({
    run: (id) => detailOf(deps, id),
    events: (id, after) => eventsOf(deps, id, after),
    sleep,
  });
  return {
    list: async ({ limit, cursor, ...filter }) => {
      let countedAt: Date | undefined;
      const { items, ...rest } = await listRuns(db, { limit, cursor, ...filter }, async () => {
        const counted = await counts.ask(JSON.stringify(filter), () => countMatchingRuns(db, filter));
        countedAt = counted.at;
        return counted.value;
      });
      const at = deps.now();
      return {
        ...rest,
        at: at.toISOString(),
        counted_at: (countedAt ?? at).toISOString(),
        items: items.map(asDetail),
      };
    },
    get: (id) => detailOf(deps, id),
    document: async (id) => {
      await getRun(db, id);
      const state = await readRunState(db, id);
      return state ? withoutDigests(describeRun(state, deps.now())) : null;
    },
    events: async (id, page) => {
      await getRun(db, id);
      return numberedPage(
        page,
        (limit, after) => eventsOf(deps, id, after ?? 0, limit),
        ({ seq }) => seq,
      );
    },
    requests: async (id, page) => {
      await getRun(db, id);
      const from = Number(page.cursor ?? 0);
      const numbered = async (limit: number) =>
        (await listRequests(db, id, limit, from)).map((entry, n) => ({ entry, n: from + n + 1 }));
      const { items, next } = await numberedPage(page, numbered, ({ n }) => n);
      return { items: items.map(({ entry }) => entry), next };
    },
    matching: async (id, delivery) => {
      await getRun(db, id);
      return listMatching(db, id, delivery);
    },
    watch: async (id, after, signal) => {
      await getRun(db, id);
      return feeds.watch(id, after, signal);
    },
  };
}

async function detailOf({ db }: UseCaseDeps, id: string): Promise<RunDetail> {
  return asDetail(await getRun(db, id));
}

const asDetail = (run: StoredRun): RunDetail => ({
  ...run.summary,
  progress: progressOf(run),
  part_at_line: run.atLine === 'part' ? partOf([run.summary, ...(run.summary.siblings ?? [])]) : null,
});

/** Null in a row of a version that this one does not understand. */
export const progressOf = ({ progress }: StoredRun): RunProgress | null =>
  runProgress.nullable().catch(null).parse(progress);

/** Of all deliveries together. */
const partOf = (deliveries: readonly Pick<RunSummary, 'uploaded' | 'unique'>[]) => ({
  sent: deliveries.reduce((sum, { uploaded }) => sum + (uploaded ?? 0), 0),
  total: deliveries.reduce((sum, { unique }) => sum + (unique ?? 0), 0),
});

/**
 * The same with empty digests of chunks. A query can make a chunk with one unknown member. The phone number of this
 * member could be found from the digest in minutes, by trying all numbers.
 */
function withoutDigests<T>(value: T): T {
  return JSON.parse(JSON.stringify(value, (key, inner) => (key === 'sha256' ? '' : inner)));
}

async function eventsOf({ db }: UseCaseDeps, id: string, after: number, limit?: number) {
  const events = await readEvents(db, id, after);
  return events.slice(0, limit).map((event, n) => ({ seq: after + n + 1, event: withoutDigests(event) }));
}
