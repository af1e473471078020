/**
 * What a destination can do and allows, as plain data. The form, the guard, the jobs, `prepare`, the preview and the
 * API read it, so that none of them names a destination. Without Zod: the browser and the quick commands load it.
 */
import type { ExportMode, IdentifierType } from '../audiences/requests.ts';

/** The kind of a request. An upload takes minutes; a background request can wait. */
export type RequestLane = 'usual' | 'upload' | 'background';

/**
 * How many requests the destination accepts. Every request takes one of `places`, and gives it back `windowMs` after
 * its answer. The number of places is then the number of requests that may be open or recently answered.
 */
export interface RequestLimit {
  readonly places: number;
  /** At most 20 s (store/coordination/request-turns.ts says why). */
  readonly windowMs: number;
  /**
   * A lane may use the places from the first number up to, but not including, the second. So long uploads and
   * background requests leave room for all other requests.
   */
  readonly lanes: Readonly<Record<RequestLane, readonly [from: number, to: number]>>;
}

/** What an upload does, of which an account may have only so many at once. */
export type SlotAction = 'REPLACE';

/** The identifier rules of a destination. What they have in common is in packages/identifiers. */
export interface RuleSet {
  /** Journals and manifests say it, so that a later version knows with which rules a scan was made. */
  readonly version: number;
  /** Whether a value of 64 hexadecimal digits, a hash already, may stand in a column that is sent raw. */
  readonly hashesInRawColumn: boolean;
}

/** How the values of one identifier type go to the destination. */
export interface SentIdentifier {
  /** The destination's name for an audience of this type. */
  readonly audienceType: string;
  /** The first one is the default. */
  readonly sent: readonly ('hashed' | 'raw')[];
  /** Names of the kinds that the destination must be told apart, as IDFA and AAID. Missing: none. */
  readonly kinds?: readonly string[];
  /** The first line of each file, which is no member. Missing: none. */
  readonly heading?: string;
}

/**
 * An audience of people who are like the members of another one, how many members audiences have in common, and the
 * audiences that others share with an account.
 */
export type Extra = 'lookalike' | 'overlap' | 'shared';

export interface DestinationTraits {
  /** The id of its entry in src/contracts/providers. A run request names it. */
  readonly id: string;
  /** The type of the jobs that export to it. */
  readonly jobType: string;
  /** Its name, as people know it. */
  readonly label: string;
  /** Who runs it, as sentences name the other side. */
  readonly owner: string;
  /** What an upload may do with the members that the audience has. The first one is the default. */
  readonly modes: readonly ExportMode[];
  /**
   * How members leave. `replace`: those who are not in the next export leave with it · `never`: only with the whole
   * audience · `age`: so many days after they came, which a person chooses within these bounds.
   */
  readonly leaving:
    | { readonly by: 'replace' | 'never' }
    | {
        readonly by: 'age';
        readonly days: readonly [number, number];
        /** Whether the days of an audience that exists can be changed. */
        readonly isChangeable: boolean;
      };
  /** How many days after its creation an audience ends. Null: it does not end. */
  readonly lifeDays: number | null;
  /** Whether the first upload creates the audience, or a request of its own before it. */
  readonly creates: 'by_upload' | 'first';
  /** What an account is. */
  readonly account: 'ad_account' | 'base_and_account' | 'channel';
  readonly rules: RuleSet;
  readonly identifiers: Readonly<Partial<Record<IdentifierType, SentIdentifier>>>;
  /**
   * The identifier types that may fill one audience together. None where an upload can replace the members: it would
   * take away those of the other identifier.
   */
  readonly sharing: readonly IdentifierType[];
  readonly file: {
    /** How many records a file may have. Null: its size alone limits it. */
    readonly maxRecords: number | null;
    readonly maxBytes: number;
    readonly defaultBytes: number;
    /** A file with fewer records is refused. */
    readonly minRecords: number;
    /** Whether an export may be sent as several files. */
    readonly files: 'chain' | 'one';
  };
  /** When the next upload to the same audience may go: when the last one is finished, or when it was answered. */
  readonly turn: 'until_finished' | 'until_answered';
  readonly job: {
    /** Whether the destination tells how many records it has taken. */
    readonly counts: boolean;
    /** Whether a job has the name of the file that was sent, so that it is known by it. */
    readonly isNamed: boolean;
    /** After this time, a run stops waiting for one upload job. It can be continued. */
    readonly timeoutMs: number;
  };
  /** The length of an audience's name, in characters. */
  readonly name: { readonly maxLength: number };
  readonly limits: {
    readonly requests: RequestLimit;
    /** How many uploads with this action an account may have at once. */
    readonly slots?: { readonly action: SlotAction; readonly max: number };
    /** How many audiences an account may have. Missing: nobody says. */
    readonly audiences?: number;
    /** How long every process waits after the destination has refused a request as one too many. At most 40 s. */
    readonly pauseMs?: number;
  };
  /** How the size of an audience is watched after a run. */
  readonly watch: {
    readonly forMs: number;
    /** The smallest estimate, which means that many or fewer. Null: every estimate is exact. */
    readonly smallest: number | null;
    /** Before that, an estimate without anybody may only mean that nothing was counted yet. @default a day */
    readonly noMatchMs?: number;
  };
  /** Reasons of the other side that decide what happens next, in its words. */
  readonly reasons: {
    /** An audience with this name exists. */
    readonly nameTaken: string;
    /** The request itself is wrong, so a run that keeps its request would end in the same way. */
    readonly ofRequest: readonly string[];
    /** A job has failed because of its members. A schedule goes on: other ones may do at its next slot. */
    readonly ofMembers?: readonly string[];
  };
  /** What it can do with audiences beside filling them. Missing: nothing. */
  readonly extras?: readonly Extra[];
  /** The id of the destination whose audiences it takes over, with names or ids of theirs. Missing: of none. */
  readonly takesOver?: string;
  /** How far a clock may be off. Null: the destination does not compare. */
  readonly clock: { readonly warnMs: number; readonly refuseMs: number } | null;
}
