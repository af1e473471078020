/**
 * The destination of a history: its world, reached without a network, and what people and chance do there. Each one is
 * played by its simulator, and the real client is connected to it.
 */
import type { SharedLimits } from '../../../src/contracts/ports.ts';
import type { Destination } from '../../../src/destinations/destination.ts';
import type { Process } from '../../engine/process.ts';
import type { JobPlan } from '../plan.ts';
import type { Fault } from '../planned-faults.ts';
import type { Plants } from '../plants.ts';

/** A request on its way to the destination, as the invariants see it. */
export interface SentRequest {
  readonly process: Process;
  readonly method: string;
  readonly path: string;
  readonly body: Uint8Array | null;
  /** Only of a request that sends members. */
  readonly upload: SentUpload | undefined;
}

export interface SentUpload {
  readonly fileName: string;
}

/** What other people do at the destination. */
export type FaultAtDestination = Extract<Fault, { kind: 'audience_deleted' | 'audience_renamed' | 'key_revoked' }>;

export interface DestinationSide {
  /** Called when a process sends a request, before the destination has it. */
  onSend: (request: SentRequest) => void;
  /** Called after each request that the destination has carried out. */
  onAnswer: () => void;
  /** Somebody has deleted an audience. */
  readonly hasDeleted: boolean;
  /** The audience that is there before. @returns its id */
  addAudience(name: string, about: Pick<JobPlan, 'identifier' | 'account' | 'existing'>): string;
  /** @returns the id of the audience with this name */
  audienceNamed(account: string, name: string): string | undefined;
  /** What a process exports to. @param key which of the keys */
  connect(
    process: Process,
    key: number,
    limits: Pick<SharedLimits, 'rate' | 'pause'>,
    plant: Pick<Plants, 'client' | 'destination'>,
  ): Destination;
  /** @param audienceOf the audience of a job, once it has one */
  suffer(fault: FaultAtDestination, audienceOf: (job: number) => string | null | undefined): void;
  /** Nothing goes wrong at the destination any more. */
  calm(): void;
  /** The members of an audience, in the order of their lines. */
  members(audienceId: string): readonly string[] | undefined;
  /** What has gone wrong with requests, so far. */
  faults(): Iterable<string>;
}
