/**
 * The streams that are open here: how many there may be, and that each ends with the right to it. A request's right is looked at
 * when it comes; a stream lives on, so its right is looked at again and again, once for all streams of one session or token.
 */
import { createHash } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { LineupError } from '../contracts/errors.ts';
import { sentence } from '../contracts/sentence.ts';
import type { Credentials } from './auth/identify.ts';

export interface StreamLimits {
  /** Of one user or token. @default 50 */
  readonly perPrincipal: number;
  /** Of this process. @default 1000 */
  readonly all: number;
  /** Ms between two looks at the right to each. @default 3000 */
  readonly lookEveryMs: number;
}

const usual: StreamLimits = { perPrincipal: 50, all: 1_000, lookEveryMs: 3_000 };
/** By then some may have ended. */
const RETRY_AFTER_SECONDS = 10;

export interface OpenStream {
  /** Aborted when the right to it has ended. */
  readonly ended: AbortSignal;
  /** The stream has ended, for whatever reason. */
  close(): void;
}

/** Streams of one session or token. */
interface Holder {
  readonly credentials: Credentials;
  readonly controllers: Set<AbortController>;
}

export class Streams {
  readonly #limits: StreamLimits;
  readonly #isAllowed: (credentials: Credentials) => Promise<boolean>;
  readonly #stop: AbortSignal;
  readonly #holders = new Map<string, Holder>();
  readonly #counts = new Map<string, number>();
  #all = 0;
  #looking = false;

  /**
   * @param isAllowed whether whoever has these credentials may still follow; throws when that cannot be told
   * @param stop ends the looking
   */
  constructor(
    isAllowed: (credentials: Credentials) => Promise<boolean>,
    stop: AbortSignal,
    limits: Partial<StreamLimits> = {},
  ) {
    this.#isAllowed = isAllowed;
    this.#stop = stop;
    this.#limits = { ...usual, ...limits };
  }

  /** @throws {LineupError} `too_many_requests` */
  open(principalId: string, credentials: Credentials): OpenStream {
    const count = this.#counts.get(principalId) ?? 0;
    if (count >= this.#limits.perPrincipal || this.#all >= this.#limits.all) {
      throw new LineupError(
        'too_many_requests',
        sentence`Too many runs are being followed at the same time. Close some of them, or ask for the run now and then instead.`,
        { retryable: true, retryAfterSeconds: RETRY_AFTER_SECONDS },
      );
    }
    this.#counts.set(principalId, count + 1);
    this.#all += 1;
    const key = keyOf(credentials);
    const holder = this.#holders.get(key) ?? { credentials, controllers: new Set() };
    this.#holders.set(key, holder);
    const controller = new AbortController();
    holder.controllers.add(controller);
    void this.#look();
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

  /** Looks at the right to each stream as long as there are any. */
  async #look(): Promise<void> {
    if (this.#looking) return;
    this.#looking = true;
    while (this.#holders.size > 0 && !this.#stop.aborted) {
      // Aborted: the server stops.
      await delay(this.#limits.lookEveryMs, undefined, { signal: this.#stop, ref: false }).catch(() => {});
      for (const { credentials, controllers } of [...this.#holders.values()]) {
        if (this.#stop.aborted) break;
        // Where it cannot be told, for the database is away, the streams find that out themselves.
        const allowed = await this.#isAllowed(credentials).catch(() => true);
        if (!allowed) for (const controller of controllers) controller.abort();
      }
    }
    this.#looking = false;
  }
}

/** Credentials are in memory once, in the holder, and in no key that something might print. */
const keyOf = ({ authorization, cookie }: Credentials): string =>
  createHash('sha256')
    .update(JSON.stringify([authorization, cookie]))
    .digest('base64');
