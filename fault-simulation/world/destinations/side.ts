/**
 * The destination of a history: its world, reached without a network, and what people and chance do there. Each one is
 * played by its simulator, and the real client is connected to it.
 */
import type { Clock, SharedLimits } from '../../../src/contracts/ports.ts';
import type { Destination } from '../../../src/destinations/destination.ts';
import type { SharedTokens } from '../../../src/destinations/shared-token.ts';
import type { DestinationTraits } from '../../../src/domain/destinations/traits.ts';
import type { Process } from '../../engine/process.ts';
import type { JobPlan } from '../plan.ts';
import type { Fault, LyAdsEvent, OfficialAccountEvent } from '../planned-faults.ts';
import type { Plants } from '../plants.ts';

/** A request on its way to the destination, as the invariants see it. */
export interface SentRequest {
  readonly process: Process;
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly body: Uint8Array | null;
  /** Only of a request that sends members. */
  readonly upload: SentUpload | undefined;
}

export interface SentUpload {
  readonly fileName: string;
  /** What else LY Ads is told, and the rows of its file. */
  readonly toList?: { readonly id: string; readonly type: string; readonly rows: readonly string[] } | undefined;
  /** What else LINE Official Account is told, and the lines of its file. */
  readonly toGroup?: SentToGroup | undefined;
}

export interface SentToGroup {
  /** Of an audience that is there. */
  readonly id: string | undefined;
  /** Of a new one. */
  readonly name: string | undefined;
  readonly isIfa: string | undefined;
  readonly lines: readonly string[];
}

/** What other people do at the destination. */
export type FaultAtDestination =
  | Extract<Fault, { kind: 'audience_deleted' | 'audience_renamed' | 'key_revoked' }>
  | LyAdsEvent
  | OfficialAccountEvent;

/** What a process has for its requests. */
export interface Connecting {
  readonly limits: Pick<SharedLimits, 'rate' | 'pause'>;
  /** Where tokens expire. */
  readonly tokens: Pick<SharedTokens, 'of'>;
}

export interface DestinationSide {
  readonly traits: DestinationTraits;
  /** Called when a process sends a request, before the destination has it. */
  onSend: (request: SentRequest) => void;
  /** Called after each request that the destination has carried out. */
  onAnswer: () => void;
  /** Somebody has deleted an audience. */
  readonly hasDeleted: boolean;
  /** The audience that is there before. @returns its id */
  addAudience(
    name: string,
    about: Pick<JobPlan, 'identifier' | 'account' | 'existing' | 'ageDays' | 'memberDays'>,
  ): string;
  /** @returns the id of the audience with this name */
  audienceNamed(account: string, name: string): string | undefined;
  /** What a process exports to. @param key which of the keys */
  connect(process: Process, key: number, connecting: Connecting, plant: Plants): Destination;
  /** What measures the pauses between two tries to get a token. @default the clock of the process */
  clockOfTokens?(process: Process): Clock;
  /** @param audienceOf the audience of a job, once it has one */
  suffer(fault: FaultAtDestination, audienceOf: (job: number) => string | null | undefined): void;
  /** Nothing goes wrong at the destination any more. */
  calm(): void;
  /** The members of an audience, in the order of their lines. */
  members(audienceId: string): readonly string[] | undefined;
  /** What has gone wrong with requests, so far. */
  faults(): Iterable<string>;
}
