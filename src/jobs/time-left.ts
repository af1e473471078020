/**
 * Estimates how fast a run is and how long it will still take, from its speed so far. Some times cannot be known, and
 * are not guessed: how long LINE works on the first chunk, and how long a scan of unknown size takes.
 */
import type { ReportedProgress, RunProgress, TimeLeft } from '../contracts/run-progress.ts';

/** Less time or progress gives no reliable time. */
const LEAST_MS = 3_000;
/** For the speed, which people read as a hint. */
const LEAST_MS_OF_RATE = 1_000;
const LEAST_SHARE = 0.01;

type Scan = Extract<RunProgress, { stage: 'scan' }>;
type ChunkProgress = Extract<ReportedProgress, { stage: 'upload' | 'wait' }>;
type Upload = Extract<ReportedProgress, { stage: 'upload' }>;

/** The first observation of a step. */
interface Mark {
  readonly at: number;
  readonly done: number;
}

/** Estimates the steps of a run. Each delivery is at a chunk of its own. */
export class Estimate {
  readonly #deliveries = new Map<number, DeliveryEstimate>();

  /** Returns the progress with the speed and the time left, where these can be estimated. */
  add(progress: ReportedProgress, now: number): RunProgress {
    const delivery = 'delivery' in progress ? (progress.delivery ?? 1) : 1;
    const estimate = this.#deliveries.get(delivery) ?? new DeliveryEstimate();
    this.#deliveries.set(delivery, estimate);
    return estimate.add(progress, now);
  }
}

class DeliveryEstimate {
  /** The scan, as a share. An earlier process may have read a part. */
  #scan: Mark | undefined;
  /** The scan, in rows. */
  #rows: Mark | undefined;
  /** The chunk that is being sent, in bytes. */
  #upload: (Mark & { readonly chunk: number }) | undefined;
  /** When each chunk started. An earlier process may have started the first one. */
  readonly #chunks = new Map<number, number>();

  add(progress: ReportedProgress, now: number): RunProgress {
    switch (progress.stage) {
      case 'scan':
        return { ...progress, rate: this.#rateOfScan(progress, now), left: this.#leftOfScan(progress, now) };
      case 'suppression':
      case 'queue':
        return progress;
      case 'upload': {
        const mark = this.#markOf(progress, now);
        const left = this.#leftOfRun(progress, now) ?? leftOfUpload(mark, progress, now);
        const { records, ...told } = progress;
        return { ...told, rate: rateOf(mark, progress.bytesSent, now, (records ?? 0) / progress.bytes), left };
      }
      case 'wait':
        return { ...progress, left: this.#leftOfRun(progress, now) };
    }
  }

  #leftOfScan({ fraction }: Scan, now: number): TimeLeft | undefined {
    if (fraction === undefined) return undefined;
    this.#scan ??= { at: now, done: fraction };
    return byRate(this.#scan, fraction, 1, now, LEAST_SHARE);
  }

  /** A scan that begins again starts from 0. */
  #rateOfScan({ rows }: Scan, now: number): number | undefined {
    if (!this.#rows || rows < this.#rows.done) this.#rows = { at: now, done: rows };
    return rateOf(this.#rows, rows, now);
  }

  /** A chunk that is sent again starts from 0. */
  #markOf({ chunk, bytesSent }: Upload, now: number): Mark {
    if (this.#upload?.chunk !== chunk || bytesSent < this.#upload.done) {
      this.#upload = { chunk, at: now, done: bytesSent };
    }
    return this.#upload;
  }

  /** From the completed chunks, including LINE's work on them. */
  #leftOfRun({ chunk, chunks }: ChunkProgress, now: number): TimeLeft | undefined {
    if (!this.#chunks.has(chunk)) this.#chunks.set(chunk, now);
    const first = Math.min(...this.#chunks.keys());
    const startedAt = this.#chunks.get(chunk) ?? now;
    const ended = chunk - first;
    if (ended === 0) return undefined;
    const each = (startedAt - (this.#chunks.get(first) ?? startedAt)) / ended;
    // 0 when LINE takes longer than before, because the rest is unknown.
    const ofThis = Math.max(0, each - (now - startedAt));
    const ms = ofThis + each * (chunks - chunk);
    return ms > 0 ? { ms: Math.round(ms), of: 'run' } : undefined;
  }
}

const leftOfUpload = (mark: Mark, { bytesSent, bytes }: Upload, now: number): TimeLeft | undefined =>
  byRate(mark, bytesSent, bytes, now, bytes * LEAST_SHARE);

/**
 * Members in a second, with two digits and in tens: more would tell how many members a chunk has.
 * @param each members in one of what is done
 */
function rateOf(from: Mark, done: number, now: number, each = 1): number | undefined {
  const ms = now - from.at;
  if (ms < LEAST_MS_OF_RATE) return undefined;
  const rate = ((done - from.done) * each * 1_000) / ms;
  return rate >= 10 ? Number(rate.toPrecision(rate < 100 ? 1 : 2)) : undefined;
}

function byRate(from: Mark, done: number, all: number, now: number, least: number): TimeLeft | undefined {
  const ms = now - from.at;
  const since = done - from.done;
  if (ms < LEAST_MS || since < least || since <= 0 || done >= all) return undefined;
  return { ms: Math.round((ms * (all - done)) / since), of: 'step' };
}
