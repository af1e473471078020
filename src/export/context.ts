import { randomInt } from 'node:crypto';
import type { LineAdsClient } from '../../packages/line-ads/src/index.ts';
import type { Clock } from '../contracts/clock.ts';
import type { Release, RunHistory, RunJournal, SharedLimits, WorkPlace } from '../contracts/ports.ts';
import type { ScanRestart } from '../contracts/run-events.ts';
import type { WithScan } from '../sources/scans.ts';

/** What the export reports while it goes on, for whoever shows it. */
export type ExportProgress =
  | {
      stage: 'scan';
      rows: number;
      scanned: number;
      unique: number;
      fraction?: number;
      continuedAt?: number;
      restarted?: ScanRestart;
    }
  | { stage: 'queue'; what: 'place' | 'audience' | 'replace-slot' | 'line' }
  | { stage: 'upload'; chunk: number; chunks: number; bytesSent: number; bytes: number }
  | { stage: 'wait'; chunk: number; chunks: number; jobStatus: string };

/** The runs of this process that wait for LINE on one access key: the more they are, the less often each asks. */
export class WaitingRuns {
  #count = 0;

  get count(): number {
    return this.#count;
  }

  /** One more waits, until what this gives is called. */
  enter(): Release {
    this.#count += 1;
    let inside = true;
    return () => {
      if (inside) this.#count -= 1;
      inside = false;
    };
  }
}

/** Everything that a run works with. */
export interface ExportContext {
  readonly journal: RunJournal;
  readonly history: RunHistory;
  readonly limits: SharedLimits;
  /** `null` only for a dry run without keys. */
  readonly lineAds: LineAdsClient | null;
  /** Scans the request's field; not called when the chunks are staged already. */
  readonly withScan: WithScan;
  readonly clock: Clock;
  /** Between two looks at LINE's job, at first (polling.ts). */
  readonly pollIntervalMs: number;
  /** How long one upload job may take before the run gives up waiting (it can be resumed). */
  readonly jobTimeoutMs: number;
  readonly signal: AbortSignal;
  /** Taken before it scans and uploads, left while it waits. */
  readonly place: WorkPlace;
  /** Those of this process that wait for LINE on the same access key. */
  readonly waiting: WaitingRuns;
  readonly onProgress: (progress: ExportProgress) => void;
}

/** The time as the journal writes it. */
export const timestamp = (clock: Clock): string => clock.now().toISOString();

/** The name of chunk `index`'s file at LINE: our own key to find its upload job by. */
export const uploadName = (runId: string, index: number): string => `lineup-${runId}-${index}.txt`;

/** The name of staged chunk `index` on disk. */
export const chunkName = (index: number): string => `chunk-${String(index).padStart(4, '0')}.txt`;

const alphabet = 'abcdefghjkmnpqrstuvwxyz23456789';

/**
 * A run's id: the moment it began (UTC) and six random characters. It sorts by time, is easily read out and typed, and is
 * part of the file names that LINE sees.
 */
export function newRunId(now: Date): string {
  const moment = now.toISOString().replaceAll(/[-:]/g, '').slice(0, 15).replace('T', '-');
  const random = Array.from({ length: 6 }, () => alphabet[randomInt(alphabet.length)]).join('');
  return `${moment}-${random}`;
}
