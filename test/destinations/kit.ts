/** What a provider gives to the contract of destinations (contract/index.ts). */
import type { ConnectOptions } from '../../src/destinations/connect.ts';
import type { Destination } from '../../src/destinations/destination.ts';
import type { Tokens } from '../../src/destinations/tokens.ts';
import type { DestinationTraits } from '../../src/domain/destinations/traits.ts';
import type { KitClock } from './kit-clock.ts';

/** What goes wrong with the next request of its kind, or with the job that it makes. */
export type KitFault =
  | { readonly on: 'upload' | 'create' | 'list' | 'jobs'; readonly kind: RequestFault }
  | { readonly on: 'upload'; readonly kind: 'job_failed' | 'job_late' | 'job_word' };

/**
 * Once, but for `kill`. `refuse`: answered as wrong · `lose_before`: read, not taken, no answer · `lose_after`: taken,
 * no answer · `kill`: the connection is broken while the request is sent · `too_many`: refused as one too many ·
 * `silence`: never answered.
 */
type RequestFault = 'refuse' | 'lose_before' | 'lose_after' | 'kill' | 'too_many' | 'silence';

export interface Kit {
  readonly traits: DestinationTraits;
  readonly account: string;
  readonly clock: KitClock;
  /** @param options what differs from the usual ones of the kit */
  connect(options?: Partial<ConnectOptions>): Promise<Destination>;
  fault(fault: KitFault): void;
  /** The members of an audience at the other side, sorted. */
  held(audienceId: string): readonly string[];
  /** An audience that another tool has made. @returns its id */
  addAudience(name: string, members?: number): string;
  /** What the other side calls the states of a job, and a state that this version does not know. */
  readonly words: {
    /** Null: it has none for it. */
    readonly queued: string | null;
    readonly working: string;
    readonly finished: string;
    readonly unknown: string;
  };
  /** Ms until a job of this kit is at work, and until it has ended. */
  readonly job: { readonly workingAfter: number; readonly endedAfter: number; readonly lateBy: number };
  /** Texts that must not be seen anywhere. Those of tokens are there when they are minted. */
  secrets(): readonly string[];
  /** What a correct client does not do. */
  violations(): readonly unknown[];
  /** Only where tokens expire. */
  readonly tokens?: {
    /** As the processes with one data directory share them. Missing: they do not. */
    sharedIn?(directory: string): Tokens;
    /** The other side forgets the tokens that it has given. */
    revoke(): void;
    /** It refuses the credentials. */
    refuseClient(): void;
    /** How many it has given. */
    minted(): number;
    readonly lifeMs: number;
  };
}
