/**
 * How long a run will still take, from what it has done in what time. What nobody can know is not guessed: how long LINE works on
 * the first chunk, or how long a source is that does not tell its size.
 */
import type { RunProgress, TimeLeft } from '../contracts/run-progress.ts';

/** Less is no rate. */
const LEAST_MS = 3_000;
const LEAST_SHARE = 0.01;

type Scan = Extract<RunProgress, { stage: 'scan' }>;
type OfChunk = Extract<RunProgress, { stage: 'upload' | 'wait' }>;

/** Where something was when it was first seen. */
interface Mark {
  readonly at: number;
  readonly done: number;
}

export class Estimate {
  /** Of the scan: a part may have been read by an earlier process. */
  #scan: Mark | undefined;
  /** Of the chunk that is sent now, in bytes. */
  #upload: (Mark & { readonly chunk: number }) | undefined;
  /** When each chunk began; the first was perhaps begun by an earlier process. */
  readonly #chunks = new Map<number, number>();

  /** The progress with the time that is left, where that can be known. */
  add(progress: RunProgress, now: number): RunProgress {
    switch (progress.stage) {
      case 'scan':
        return { ...progress, left: this.#ofScan(progress, now) };
      case 'queue':
        return progress;
      case 'upload': {
        const left = this.#ofRun(progress, now) ?? this.#ofUpload(progress, now);
        return { ...progress, left };
      }
      case 'wait':
        return { ...progress, left: this.#ofRun(progress, now) };
    }
  }

  #ofScan({ fraction }: Scan, now: number): TimeLeft | undefined {
    if (fraction === undefined) return undefined;
    this.#scan ??= { at: now, done: fraction };
    return byRate(this.#scan, fraction, 1, now, LEAST_SHARE);
  }

  #ofUpload({ chunk, bytesSent, bytes }: Extract<OfChunk, { stage: 'upload' }>, now: number) {
    // One that is sent again begins again.
    if (this.#upload?.chunk !== chunk || bytesSent < this.#upload.done) {
      this.#upload = { chunk, at: now, done: bytesSent };
    }
    return byRate(this.#upload, bytesSent, bytes, now, bytes * LEAST_SHARE);
  }

  /** From the chunks that have come to their end, LINE's work on them included. */
  #ofRun({ chunk, chunks }: OfChunk, now: number): TimeLeft | undefined {
    if (!this.#chunks.has(chunk)) this.#chunks.set(chunk, now);
    const first = Math.min(...this.#chunks.keys());
    const begun = this.#chunks.get(chunk) ?? now;
    const ended = chunk - first;
    if (ended === 0) return undefined;
    const each = (begun - (this.#chunks.get(first) ?? begun)) / ended;
    // LINE takes longer than before: for this chunk nobody knows.
    const ofThis = Math.max(0, each - (now - begun));
    const ms = ofThis + each * (chunks - chunk);
    return ms > 0 ? { ms: Math.round(ms), of: 'run' } : undefined;
  }
}

function byRate(from: Mark, done: number, all: number, now: number, least: number): TimeLeft | undefined {
  const ms = now - from.at;
  const since = done - from.done;
  if (ms < LEAST_MS || since < least || since <= 0 || done >= all) return undefined;
  return { ms: Math.round((ms * (all - done)) / since), of: 'step' };
}
