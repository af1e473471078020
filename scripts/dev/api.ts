/** The API server of `npm run dev`, in a separate process that restarts when its source has changed. */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { Order, ServerMessage } from './messages.ts';

export interface ApiEvents {
  /** The messages of the first server. */
  administrator(email: string, password: string): void;
  filled(): void;
  /** It ended unexpectedly. */
  ended(how: string): void;
}

/** Longer than it needs. After that it is killed. */
const STOP_MS = 10_000;

export class Api {
  readonly #order: Order;
  readonly #flags: readonly string[];
  readonly #events: ApiEvents;
  #child: ChildProcess | undefined;
  #up: Promise<boolean> = Promise.resolve(false);

  /** @param flags of Node.js, for its debugger */
  constructor(order: Order, flags: readonly string[], events: ApiEvents) {
    this.#order = order;
    this.#flags = flags;
    this.#events = events;
  }

  /** Whether it answers, after it has started or failed. */
  get up(): Promise<boolean> {
    return this.#up;
  }

  /** @returns whether it answers */
  start(): Promise<boolean> {
    const child = fork(join(import.meta.dirname, 'server.ts'), {
      // It starts often. Optimizing PGlite would take longer than the rest of its start.
      execArgv: ['--liftoff-only', ...this.#flags],
    });
    this.#child = child;
    this.#up = new Promise((settle) => {
      child.on('message', (told: ServerMessage) => {
        if (told.kind === 'up') settle(true);
        else if (told.kind === 'administrator') this.#events.administrator(told.email, told.password);
        else this.#events.filled();
      });
      child.on('exit', (status, signal) => {
        settle(false);
        if (this.#child !== child) return;
        this.#child = undefined;
        this.#up = Promise.resolve(false);
        this.#events.ended(signal ?? `exit ${status}`);
      });
    });
    child.send(this.#order);
    return this.#up;
  }

  async stop(): Promise<void> {
    const child = this.#child;
    this.#child = undefined;
    if (!child) return;
    const exit = once(child, 'exit');
    if (child.connected) child.disconnect();
    const patience = setTimeout(() => child.kill('SIGKILL'), STOP_MS);
    await exit;
    clearTimeout(patience);
  }

  /** Requests during a restart wait for `up`. */
  restart(): Promise<boolean> {
    const next = this.stop().then(() => this.start());
    this.#up = next;
    return next;
  }
}
