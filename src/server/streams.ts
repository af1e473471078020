/**
 * Server-sent events: which streams are open, and how one is written. A request is authorized once; a stream stays
 * open, so its permission is checked again and again, once for all streams of one session or token.
 */
import { createHash } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { LineupError } from '../domain/errors/errors.ts';
import { mayDo, type Operation, type Role } from '../domain/people/people.ts';
import { leavesOut } from '../domain/runs/left-out.ts';
import { sentence } from '../domain/text/sentence.ts';
import type { Credentials } from './auth/identify.ts';

export interface StreamLimits {
  /** Open streams of one user or token. @default 50 */
  readonly perPrincipal: number;
  /** Open streams of this process. @default 1000 */
  readonly all: number;
  /** Ms between two checks of the permissions. @default 3000 */
  readonly checkEveryMs: number;
}

const usual: StreamLimits = { perPrincipal: 50, all: 1_000, checkEveryMs: 3_000 };
/** Some streams may have ended by then. */
const RETRY_AFTER_SECONDS = 10;

export interface OpenStream {
  /** Aborted when the permission has ended. */
  readonly ended: AbortSignal;
  /** Call it when the stream has ended, for any reason. */
  close(): void;
}

/** Streams of one session or token. */
interface Holder {
  readonly credentials: Credentials;
  /** Each with what its stream needs. */
  readonly controllers: Map<AbortController, Operation>;
}

export class Streams {
  readonly #limits: StreamLimits;
  readonly #roleOf: (credentials: Credentials) => Promise<Role | undefined>;
  readonly #stop: AbortSignal;
  readonly #holders = new Map<string, Holder>();
  readonly #counts = new Map<string, number>();
  #all = 0;
  #checking = false;

  /**
   * @param roleOf the present role of these credentials, undefined without one; throws when that is unknown
   * @param stop ends the checks
   */
  constructor(
    roleOf: (credentials: Credentials) => Promise<Role | undefined>,
    stop: AbortSignal,
    limits: Partial<StreamLimits> = {},
  ) {
    this.#roleOf = roleOf;
    this.#stop = stop;
    this.#limits = { ...usual, ...limits };
  }

  /** @param needs what the stream needs as long as it is open @throws {LineupError} `too_many_requests` */
  open(principalId: string, credentials: Credentials, needs: Operation): OpenStream {
    const count = this.#counts.get(principalId) ?? 0;
    if (count >= this.#limits.perPrincipal || this.#all >= this.#limits.all) {
      throw new LineupError(
        'too_many_requests',
        sentence`Too many pages or programs follow runs or changes at the same time. Close some of them, then try again.`,
        { retryable: true, retryAfterSeconds: RETRY_AFTER_SECONDS },
      );
    }
    this.#counts.set(principalId, count + 1);
    this.#all += 1;
    const key = keyOf(credentials);
    const holder = this.#holders.get(key) ?? { credentials, controllers: new Map() };
    this.#holders.set(key, holder);
    const controller = new AbortController();
    holder.controllers.set(controller, needs);
    void this.#check();
    let open = true;
    return {
      ended: controller.signal,
      close: () => {
        if (!open) return;
        open = false;
        this.#all -= 1;
        const left = (this.#counts.get(principalId) ?? 1) - 1;
        if (left === 0) this.#counts.delete(principalId);
        else this.#counts.set(principalId, left);
        holder.controllers.delete(controller);
        if (holder.controllers.size === 0 && this.#holders.get(key) === holder) this.#holders.delete(key);
      },
    };
  }

  /** Checks the permission of each stream as long as there are any. */
  async #check(): Promise<void> {
    if (this.#checking) return;
    this.#checking = true;
    while (this.#holders.size > 0 && !this.#stop.aborted) {
      // The delay is aborted when the server stops.
      await delay(this.#limits.checkEveryMs, undefined, { signal: this.#stop, ref: false }).catch(() => {});
      for (const { credentials, controllers } of [...this.#holders.values()]) {
        if (this.#stop.aborted) break;
        // Unknown when the database is away. The streams notice that themselves.
        const role = await this.#roleOf(credentials).catch(() => null);
        if (role === null) continue;
        for (const [controller, needs] of controllers) if (!role || !mayDo(role, needs)) controller.abort();
      }
    }
    this.#checking = false;
  }
}

/** A hash, because a key may be printed. The credentials themselves are only in the holder. */
const keyOf = ({ authorization, cookie }: Credentials): string =>
  createHash('sha256')
    .update(JSON.stringify([authorization, cookie]))
    .digest('base64');

/** What a handler streams. A client can resume a stream after an update that has a number. */
export interface Update {
  readonly type: string;
  readonly seq?: number;
}

/** One event. The client sends its `id` as `Last-Event-ID` when it reconnects. */
interface ServerEvent {
  readonly event: string;
  readonly id?: number;
  readonly data: unknown;
}

export const eventStreamHeaders = {
  'content-type': 'text/event-stream; charset=utf-8',
  // `no-transform` and the next header keep proxies from buffering events.
  'cache-control': 'no-store, no-transform',
  'x-accel-buffering': 'no',
} as const;

const frame = ({ event, id, data }: ServerEvent): string =>
  `${id === undefined ? '' : `id: ${id}\n`}event: ${event}\ndata: ${JSON.stringify(data)}\n\n`;

/** Each update as an event, and `end` after the last one. @param shown an update as the client may see it */
export async function* toEvents(
  updates: AsyncIterable<Update>,
  signal: AbortSignal,
  shown: (update: Update, leftOut: boolean) => unknown,
): AsyncGenerator<ServerEvent> {
  let leftOut = false;
  for await (const update of updates) {
    // From then on, each update may give numbers of those who were left out.
    leftOut ||= leavesOut(update);
    // A client that reconnects gets the updates after the last number that it saw.
    const { type: event, seq: id } = update;
    yield { event, id, data: shown(update, leftOut) };
  }
  // Browsers reconnect to a stream that has ended. This event says that nothing more will come.
  if (!signal.aborted) yield { event: 'end', data: {} };
}

/**
 * The events as text, with a comment after each `heartbeatMs` of silence. Proxies cut silent connections, and only a
 * write shows that a client has gone.
 * @param signal ends the stream, and `events` must end with it
 */
export async function* eventStream(
  events: AsyncIterable<ServerEvent>,
  heartbeatMs: number,
  signal: AbortSignal,
): AsyncGenerator<string> {
  const iterator = events[Symbol.asyncIterator]();
  yield 'retry: 2000\n\n';
  let next = iterator.next();
  try {
    while (!signal.aborted) {
      const result = await orSilence(next, heartbeatMs, signal);
      if (result === 'silence') {
        yield ': \n\n';
        continue;
      }
      if (result.done) return;
      yield frame(result.value);
      next = iterator.next();
    }
  } finally {
    // Nobody reads a failure any more, and an unhandled rejection would end the process.
    next.catch(() => {});
    await iterator.return?.();
  }
}

async function orSilence<T>(value: Promise<T>, ms: number, signal: AbortSignal): Promise<T | 'silence'> {
  const timer = new AbortController();
  try {
    const silence = silenceAfter(ms, AbortSignal.any([timer.signal, signal]));
    return await Promise.race([value, silence]);
  } finally {
    timer.abort();
  }
}

/** Resolves after `ms`, or at once when `signal` is aborted. */
const silenceAfter = (ms: number, signal: AbortSignal): Promise<'silence'> =>
  delay(ms, 'silence' as const, { signal }).catch(() => 'silence');
