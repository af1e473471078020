import type { ErasedPeople } from '../../packages/identifiers/src/kernel/instance.ts';
import type { EventLog } from '../contracts/event-log.ts';
import type { FingerprintFiles } from '../contracts/fingerprints.ts';
import type { Clock, Release, RunHistory, RunJournal, SharedLimits, WorkPlace } from '../contracts/ports.ts';
import type { Tracer } from '../contracts/tracing.ts';
import type { Destination } from '../destinations/destination.ts';
import type { IdentifierType } from '../domain/audiences/requests.ts';
import type { DestinationTraits } from '../domain/destinations/traits.ts';
import type { RunRequest } from '../domain/runs/run.ts';
import type { ScanRestart } from '../domain/runs/run-events.ts';
import type { RunState } from '../domain/runs/run-state.ts';
import type { WithScan } from '../sources/scans.ts';
import type { StartKernel } from './stage/kernel-runner.ts';
import type { SuppressionList } from './suppression.ts';

/** The progress of an export, for display. */
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
  | { stage: 'suppression'; list: string; values: number }
  | (OfDelivery & { stage: 'queue'; what: 'place' | 'audience' | 'replace-slot' | 'line' })
  | (OfDelivery & {
      stage: 'upload';
      chunk: number;
      chunks: number;
      bytesSent: number;
      bytes: number;
      records?: number;
    })
  | (OfDelivery & { stage: 'wait'; chunk: number; chunks: number; jobStatus: string });

interface OfDelivery {
  /** From 2; missing for the first one. */
  delivery?: number;
}

/**
 * The runs of this process that wait for LINE with one access key. With more runs, each of them asks less
 * often.
 */
export class WaitingRuns {
  #count = 0;

  get count(): number {
    return this.#count;
  }

  /** Counts one more waiting run, until the returned function is called. */
  enter(): Release {
    this.#count += 1;
    let inside = true;
    return () => {
      if (inside) this.#count -= 1;
      inside = false;
    };
  }
}

/** The people of one identifier type. */
export interface ErasedOfType extends ErasedPeople {
  /** Equal for equal lists. It tells nothing of the people. */
  readonly digest: string;
}

/** The erasure list, for each identifier type that has anybody. */
export type ErasureList = ReadonlyMap<IdentifierType, ErasedOfType>;

/** Reads the erasure list as it is now. @throws {LineupError} `secret_key_wrong` when its key cannot be opened */
export type ReadErasures = (types: readonly IdentifierType[]) => Promise<ErasureList>;

/** Everything that a run needs. */
export interface ExportContext {
  readonly journal: RunJournal;
  readonly history: RunHistory;
  readonly limits: SharedLimits;
  /** `null` only for a dry run without keys. */
  readonly destination: Destination | null;
  /** What the destination of the run can do. */
  readonly traits: DestinationTraits;
  /** Scans the field of each delivery. Not called when the chunks are already staged. */
  readonly withScan: WithScan;
  /** The suppression lists that apply to the run at this moment, for the request of each delivery. @default none */
  readonly suppression?: ((deliveries: readonly RunRequest[]) => Promise<readonly SuppressionList[]>) | undefined;
  /** The erasure list at this moment. @default nobody */
  readonly erasures?: ReadErasures | undefined;
  /** The fingerprints of members, to count who joins and who leaves. @default nobody is counted */
  readonly fingerprints?: FingerprintFiles | undefined;
  readonly clock: Clock;
  /** Runs the kernel of the staging. @default in worker threads */
  readonly startKernel?: StartKernel;
  /** The first interval between two requests for LINE's job (`pollInterval` in wait.ts). */
  readonly pollIntervalMs: number;
  /** After this time for one upload job, the run stops waiting. It can be resumed. */
  readonly jobTimeoutMs: number;
  readonly signal: AbortSignal;
  /** The run takes a place before it scans and uploads, and leaves it while it waits. */
  readonly place: WorkPlace;
  /** The runs of this process that wait for LINE with the same access key. */
  readonly waiting: WaitingRuns;
  readonly onProgress: (progress: ExportProgress) => void;
  /** Gets each stage of the run, at debug level. @default none */
  readonly log?: EventLog | undefined;
  /** Gets a span for each stage of the run. @default none */
  readonly tracer?: Tracer | undefined;
}

/** The time in the format of the journal. */
export const timestamp = (clock: Clock): string => clock.now().toISOString();

/** The file name of chunk `index` of a delivery at LINE. With it we find its upload job again. */
export const uploadName = ({ runId, delivery }: Pick<RunState, 'runId' | 'delivery'>, index: number): string =>
  `${uploadsOf(runId)}${delivery === 1 ? '' : `${delivery}-`}${index}.txt`;

/** How the file names of a run begin at LINE. */
export const uploadsOf = (runId: string): string => `lineup-${runId}-`;

/** What all chunks of a delivery have in common in their file names at LINE. Undefined for the files of others. */
export const uploadOf = (name: string): string | undefined => /^lineup-(.+)-\d+\.txt$/.exec(name)?.[1];

/** The file name of staged chunk `index` of a delivery on the disk. @param delivery from 1 */
export const chunkNameOf =
  (delivery: number) =>
  (index: number): string => {
    const name = `chunk-${String(index).padStart(4, '0')}.txt`;
    return delivery === 1 ? name : `${delivery}-${name}`;
  };

const alphabet = 'abcdefghjkmnpqrstuvwxyz23456789';

/**
 * The id of a new run: its start time (UTC) and six random characters. It sorts by time, is easy to read
 * aloud and to type, and is part of the file names at LINE.
 * @param random from 0 up to 1
 */
export function newRunId(now: Date, random: () => number): string {
  const moment = now.toISOString().replaceAll(/[-:]/g, '').slice(0, 15).replace('T', '-');
  const suffix = Array.from({ length: 6 }, () => alphabet[Math.floor(random() * alphabet.length)]).join('');
  return `${moment}-${suffix}`;
}
