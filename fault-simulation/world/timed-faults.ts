/**
 * The faults of a plan that are still to happen, and which of them are due: at a step, or around the entry of a
 * journal.
 */
import type { When } from './planned-faults.ts';

/** @typeParam F the timed faults of a plan @typeParam P how a process is named */
export class TimedFaults<F extends { readonly when: When }, P> {
  #waiting: readonly F[];
  /** Faults of the next step. */
  #next: { readonly fault: F; readonly process: P }[] = [];
  #entries = 0;

  constructor(faults: readonly F[]) {
    this.#waiting = faults;
  }

  /** Whether all of them have happened. */
  get areOver(): boolean {
    return this.#waiting.length === 0 && this.#next.length === 0;
  }

  /** What happens before this step, and to which process if that is certain. */
  atStep(step: number): { readonly fault: F; readonly process?: P }[] {
    const next = this.#next.splice(0);
    if (this.#waiting.length === 0) return next;
    const due = this.#take(({ when }) => 'step' in when && when.step <= step);
    return [...next, ...due.map((fault) => ({ fault }))];
  }

  /** A process is about to make the next entry of a journal durable. @returns what happens before */
  beforeEntry(): F[] {
    this.#entries += 1;
    return this.#takeAt('before');
  }

  /** The entry is durable. @returns what happens before its writer goes on */
  afterEntry(): F[] {
    return this.#takeAt('after');
  }

  /** The writer of the entry has its answer. What happens then is due at the next step. */
  onAnswer(process: P): void {
    this.#next.push(...this.#takeAt('answer').map((fault) => ({ fault, process })));
  }

  /** No further fault happens. */
  clear(): void {
    this.#waiting = [];
    this.#next = [];
  }

  #takeAt(at: string): F[] {
    return this.#take(({ when }) => 'journal' in when && when.journal <= this.#entries && when.at === at);
  }

  #take(isDue: (fault: F) => boolean): F[] {
    const due = this.#waiting.filter(isDue);
    if (due.length > 0) this.#waiting = this.#waiting.filter((fault) => !due.includes(fault));
    return due;
  }
}
