/**
 * What the looks at the source of a job find: the objects of a storage, or a value of a table. The members of the
 * source change with it.
 */
import { createHash } from 'node:crypto';
import type { Watched } from '../../src/contracts/watched.ts';
import { LineupError } from '../../src/domain/errors/errors.ts';
import type { Process } from '../engine/process.ts';
import type { LooksPlan } from './plan.ts';

/** How long a slow answer is on its way. Less than a look may take. */
const SLOW_MS = 20_000;
const SECOND = 1_000;

interface Version {
  /** When it came, by the second. */
  readonly second: number;
  /** From 1. */
  readonly number: number;
}

/** What was there at one moment: the objects, the newest one last; of a table, its last value. */
export type Present = readonly Version[];

export interface LookedAtEvents {
  /** A look finds this. Whoever looks does not have the answer yet. */
  readonly onTold: (text: string | null) => void;
  /** At a moment of the plan. @param process that of a look */
  readonly onMoment: (what: LooksPlan['moments'][number]['event'], process: Process | undefined) => void;
}

export class LookedAt {
  readonly #plan: LooksPlan;
  readonly #events: LookedAtEvents;
  #present: Present = [];
  #made = 0;
  /** The last second in which an object was deleted. */
  #deletedIn = Number.NEGATIVE_INFINITY;
  #looks = 0;
  #scans = 0;
  #isCalm = false;
  /** What was there when it was described by these words. */
  readonly #described = new Map<string | null, Present>([[null, []]]);

  constructor(plan: LooksPlan, now: number, events: LookedAtEvents) {
    this.#plan = plan;
    this.#events = events;
    if (!plan.isEmpty) this.change('new', now);
  }

  /** Nothing breaks or changes any more. */
  calm(): void {
    this.#isCalm = true;
  }

  get kind(): LooksPlan['kind'] {
    return this.#plan.kind;
  }

  get now(): Present {
    return this.#present;
  }

  /** The number of the newest thing that is there, which tells the members of the source. 0: nothing is there. */
  get newest(): number {
    return this.#present.at(-1)?.number ?? 0;
  }

  /** What was there when a look told `text`. */
  presentAt(text: string | null): Present {
    return this.#described.get(text) ?? [];
  }

  /** `back`: an object is deleted, or a table has an older value again. */
  change(kind: 'new' | 'back', now: number): void {
    if (this.#isCalm) return;
    if (kind === 'new') {
      this.#made += 1;
      // Nobody can tell an object from one that was deleted, with others, in the same second.
      const second = Math.max(Math.floor(now / SECOND), this.#deletedIn + 1);
      this.#present = [...this.#present, { second, number: this.#made }];
      return;
    }
    const last = this.#present.at(-1);
    if (this.#plan.kind !== 'object' && this.#present.length < 2) return;
    this.#deletedIn = last?.second ?? this.#deletedIn;
    this.#present = this.#present.slice(0, -1);
  }

  /** What the trigger of a job finds there. Each thing that it can look at has words of its own. */
  textOf(watched: Watched): string | null {
    const text = this.#textOf(watched);
    this.#described.set(text, this.#present);
    return text;
  }

  #textOf({ kind }: Watched): string | null {
    const last = this.#present.at(-1);
    if (!last) return null;
    if (kind !== 'object') return `${kind} ${last.number}`;
    const newest = this.#present.filter(({ second }) => second === last.second).map((version) => version.number);
    const time = new Date(last.second * SECOND).toISOString();
    return `${time} ${newest.length} ${createHash('sha256').update(newest.join()).digest('hex').slice(0, 16)}`;
  }

  /** Whether something has come since. A table has another value; where an object was deleted, nothing has come. */
  isNewSince(before: Present): boolean {
    const last = before.at(-1)?.number ?? 0;
    return this.#plan.kind === 'object' ? this.newest > last : this.newest !== last && this.newest > 0;
  }

  /** A run begins to read the source. */
  onScan(): void {
    this.#scans += 1;
    this.#happen((moment) => 'scan' in moment && moment.scan === this.#scans);
  }

  /** One look of a process, for the trigger of a job, or for a run that is going to read. */
  async look(
    process: Process,
    watched: Watched,
    signal: AbortSignal,
    why: 'trigger' | 'mark' = 'trigger',
  ): Promise<string | null> {
    const answer = this.#isCalm ? 'good' : (this.#plan.answers[this.#looks] ?? 'good');
    this.#looks += 1;
    const look = this.#looks;
    if (answer === 'hangs')
      return new Promise((_, reject) => {
        signal.addEventListener('abort', () => reject(signal.reason), { once: true });
      });
    const text = await process.operation('look at source', () => {
      if (answer === 'fails') throw new LineupError('source_failed', 'The source is away.', { retryable: true });
      const found = this.textOf(watched);
      if (why === 'trigger') this.#events.onTold(found);
      this.#happen((moment) => 'look' in moment && moment.look === look, process);
      return found;
    });
    if (answer === 'slow') await process.operation('the answer of a slow source', () => {}, SLOW_MS);
    return text;
  }

  #happen(isNow: (moment: LooksPlan['moments'][number]) => boolean, process?: Process): void {
    if (this.#isCalm) return;
    for (const moment of this.#plan.moments) if (isNow(moment)) this.#events.onMoment(moment.event, process);
  }
}

/** Digests that can be read. A key has no part in what may break here. */
export const plainBox = {
  digest: (_: string, text: string): string => text,
  matches: (digest: string, _: string, text: string): boolean => digest === text,
};
