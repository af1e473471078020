/**
 * The port of destinations: what an export, a job and the web app ask of the system that the members go to. One folder
 * beside this file implements it for each system.
 *
 * Reads throw `LineupError`, explained already: what happened, the reason of the other side, its meaning. Writes give
 * their outcome as a value, because nobody may forget that the other side may have taken a request whose answer was
 * lost.
 */
import type { IdentifierType } from '../domain/audiences/requests.ts';
import type { DestinationTraits } from '../domain/destinations/traits.ts';
import type { LineupError } from '../domain/errors/errors.ts';
import type { LocalizedText, Sentence } from '../domain/text/sentence.ts';

/** What became of a write. */
export type Written<T> =
  | { readonly outcome: 'taken'; readonly value: T }
  | {
      /** `not_taken`: certainly not. `unknown`: the other side may have acted on it. */
      readonly outcome: 'not_taken' | 'unknown';
      readonly why: LineupError;
      /** The reason of the other side, if it gave one. */
      readonly reason: string | null;
      /** `name_taken`: an audience with this name exists · `wrong_value`: the value itself was refused. */
      readonly means?: 'name_taken' | 'wrong_value';
    };

/** An audience of the other side. */
export interface Audience {
  readonly id: string;
  readonly name: string;
  /** Null: Lineup cannot fill it, or fills it with several types. */
  readonly identifierType: IdentifierType | null;
  /** Its type and its status, in the words of the other side. */
  readonly type: string;
  readonly status: string;
  /** Why the other side could not make it, in its words. */
  readonly failedType: string | null;
  /** The estimate of its size, as domain/audiences/size.ts reads it. */
  readonly size: string;
  /** ISO 8601. */
  readonly created: string;
  /** When it ends, ISO 8601. Missing where audiences do not end, and when it is not told. */
  readonly endsAt?: string | undefined;
  /** How many days after they came members leave. Missing where they do not leave by age, and when it is not told. */
  readonly memberDays?: number | undefined;
  /** Why nothing can be sent to it now. */
  readonly unusable: Sentence | null;
  /** It has ended, so nothing can be sent to it. */
  readonly hasEnded?: true | undefined;
  /** It belongs to others, who alone may change it. Missing otherwise. */
  readonly isReadOnly?: true | undefined;
}

/** An audience that somebody else shares with an account. Nothing can be sent to it, and it cannot be changed. */
export interface SharedAudience
  extends Pick<Audience, 'id' | 'name' | 'type' | 'status' | 'failedType' | 'size' | 'created' | 'endsAt'> {
  /** Whose it is. Null when the other side does not tell. */
  readonly owner: SharedOwner | null;
}

interface SharedOwner {
  readonly id: string;
  readonly name: string;
  /** Where it was made, in the words of the other side. */
  readonly service: string;
}

/** A list that the other side has taken over from another destination. Nothing can be sent to it. */
export interface TakenOver {
  readonly id: string;
  readonly name: string;
  /** The id of the audience in the other destination. Null: it is not told, so only the name can be compared. */
  readonly originalId: string | null;
  /** Its type, and the estimate of its size, as of an audience. */
  readonly type: string;
  readonly size: string;
}

/** An account, as a person chooses it. */
export interface Account {
  readonly id: string;
  readonly name: string | null;
}

/** An account through which others are reached: it manages them, or is the only one. */
export interface BaseAccount extends Account {
  /** Whether it manages others. */
  readonly isManager: boolean;
  /** Why nothing can be sent through it. */
  readonly unusable: Sentence | null;
}

/** The base accounts of whoever has consented. */
export interface BaseAccounts {
  /** Who has consented, in the words of the other side, as a Business ID. Null when it does not tell. */
  readonly consentedAs: string | null;
  readonly accounts: readonly BaseAccount[];
}

/** Which audiences to list. */
export interface AudiencePage {
  /** From 1. */
  readonly page: number;
  readonly size: number;
  /** A part of their names. */
  readonly search?: string | undefined;
}

/** An audience to make, before anything is sent to it. */
interface NewAudience {
  readonly name: string;
  readonly identifierType: IdentifierType;
  /** The kind of the identifier, where the destination must know it. */
  readonly kind?: string | undefined;
  /** How many days after they came members leave, where `traits.leaving` is `age`. */
  readonly memberDays?: number | undefined;
}

/** Where an upload goes: into an audience that exists, or into a new one. */
export type Target = { readonly id: string } | { readonly name: string };

/** One file of members. */
export interface Upload {
  readonly account: string;
  readonly audience: Target;
  readonly action: 'ADD' | 'REPLACE';
  readonly identifierType: IdentifierType;
  /** The kind of the identifier, where the destination must know it. */
  readonly kind?: string | undefined;
  readonly fileName: string;
  /** The exact size of the content. */
  readonly bytes: number;
  /** The content. Each call reads it from its beginning. */
  readonly read: () => AsyncIterable<Uint8Array>;
  readonly onProgress: (bytesSent: number) => void;
  readonly signal: AbortSignal;
}

/** What the other side has said to an upload. */
export interface Accepted {
  readonly audienceId: string;
  readonly audienceName: string | null;
  /** Only where the other side tells it with its answer, and never again. Null where `job` finds it. */
  readonly jobId: string | null;
}

/** An upload that was sent. */
export interface Sent {
  readonly account: string;
  readonly audience: Target;
  readonly fileName: string;
  readonly identifierType: IdentifierType;
  /** As in the upload. */
  readonly kind?: string | undefined;
  /** When it was about to be sent, ISO 8601. */
  readonly since: string;
  /** Null while it is unknown. */
  readonly jobId: string | null;
  /** The ids of jobs that it is none of: they failed before it was sent again, or are of other uploads. */
  readonly otherJobIds: readonly string[];
}

/** The job of the other side for an upload. */
export interface UploadJob {
  readonly id: string;
  readonly state: UploadJobState;
  /** The state in the words of the other side. */
  readonly word: string;
  /** This version does not know the word, so nobody can tell whether the job has ended. */
  readonly isUnknown?: boolean;
  /** The name of the file. Empty where the other side does not keep it. */
  readonly fileName: string;
  /** What the upload does to the members. Null for what is neither, as a removal. */
  readonly action: 'ADD' | 'REPLACE' | null;
  /** Why it failed, in the words of the other side. */
  readonly remark: string | null;
  /** What the remark means. */
  readonly meaning: Sentence | null;
  /** The records that the other side has counted. */
  readonly count: number | null;
  /** Whether a failed one may be sent again as it is. */
  readonly again: boolean;
  /** ISO 8601. */
  readonly created: string;
}

/** `WORKING` also stands for a word that this version does not know: nothing may be sent before the job has ended. */
export type UploadJobState = 'QUEUED' | 'WORKING' | 'FINISHED' | 'FAILED';

export const hasEnded = ({ state }: Pick<UploadJob, 'state'>): boolean => state === 'FINISHED' || state === 'FAILED';

/** How a question is asked. */
export interface Asking {
  /** The question can wait, so uploads and the requests of people go first. */
  readonly background?: boolean;
  readonly signal?: AbortSignal | undefined;
}

/** The result of one check. `ok` is null when an earlier failure left it unknown. */
export interface DestinationCheck extends LocalizedText {
  readonly name: string;
  readonly ok: boolean | null;
  /** The key of the form's field that a problem belongs to, as `configuration.secret_key` or `adaccount_id`. */
  readonly field?: string;
}

/** What to verify beside the credentials. */
export interface Verifying {
  readonly account: string;
  /** Also whether this audience exists, and takes this type. */
  readonly audienceId?: string | undefined;
  readonly identifierType?: IdentifierType | null | undefined;
}

export interface Destination {
  readonly traits: DestinationTraits;
  /** Checks the credentials, the account and the rights. Changes nothing. @returns all results in order */
  verify(asked: Verifying, signal: AbortSignal): Promise<readonly DestinationCheck[]>;
  /** The accounts that the credentials can list. @param max how many at most */
  accounts(max: number, signal: AbortSignal): Promise<readonly Account[]>;
  /**
   * Only where `traits.account` is `base_and_account`. It needs no base account, because a person chooses one from this
   * list. @param max how many at most
   */
  baseAccounts?(max: number, signal: AbortSignal): Promise<BaseAccounts>;
  page(
    account: string,
    asked: AudiencePage,
    signal?: AbortSignal,
  ): Promise<{ readonly items: readonly Audience[]; readonly hasNext: boolean }>;
  /**
   * The audiences with these ids, or with this name, as the other side compares names. They come one after another, so
   * that who has found enough asks no further.
   */
  find(
    account: string,
    by: { readonly ids: readonly string[] } | { readonly name: string },
    signal?: AbortSignal,
  ): AsyncIterable<Audience>;
  /** The audiences that others share with the account. Only where `traits.extras` has `shared`. */
  shared?(
    asked: AudiencePage,
    signal: AbortSignal,
  ): Promise<{ readonly items: readonly SharedAudience[]; readonly hasNext: boolean }>;
  /** How many audiences the account has. Only where `traits.limits.audiences` says how many it may have. */
  count?(account: string, signal: AbortSignal): Promise<number>;
  /** The lists that it has taken over. Only where `traits.takesOver` names a destination. */
  takenOver?(account: string, signal?: AbortSignal): AsyncIterable<TakenOver>;
  /** Makes an empty audience. Only where `traits.creates` is `first`. */
  create?(account: string, wanted: NewAudience, signal: AbortSignal): Promise<Written<Audience>>;
  rename(account: string, id: string, name: string): Promise<Written<Audience>>;
  /** Changes after how many days members leave. Only where `traits.leaving` says that this is possible. */
  changeDays?(account: string, id: string, memberDays: number, signal: AbortSignal): Promise<Written<Audience>>;
  remove(account: string, id: string): Promise<Written<void>>;
  send(upload: Upload): Promise<Written<Accepted>>;
  /** One look for an upload whose answer was lost. Undefined: it is not there, perhaps not yet. */
  whatBecame(sent: Sent, signal: AbortSignal): Promise<Accepted | undefined>;
  /** The job of an upload that was taken. Undefined: the other side does not list it yet. */
  job(sent: Sent, asking: Asking): Promise<UploadJob | undefined>;
  /** The jobs of all uploads to an audience, also those of others. */
  uploads(account: string, audienceId: string, asking: Asking): Promise<readonly UploadJob[]>;
}
