/**
 * What the service and its reader processes say to each other. Nothing but plain data: a source is described by what a reader
 * needs to open it, so a reader has no database and no settings. Credentials travel here and nowhere else: not in arguments,
 * not in the environment.
 *
 * Orders and their answers are messages of the IPC channel. The values of a scan go through a pipe of their own (frames.ts).
 */
import { type ErrorCode, type FieldError, LineupError } from '../contracts/errors.ts';
import type { PageRequest } from '../contracts/paging.ts';
import { type Sentence, sentence } from '../contracts/sentence.ts';
import type { UrlRoot } from '../contracts/settings.ts';
import type { FileOptions, FileReading, SourceAudiencePage } from '../contracts/sources.ts';
import type { Verified } from '../sources/provider.ts';
import type { PreviewRow, SourceField } from '../sources/source.ts';

/** How a reader reaches a source: a kind of source, and all that it needs to know. */
export type SourceAccess = FilesAccess | RemoteAccess;

export interface FilesAccess {
  readonly provider: 'files';
  /** The folders and URLs that are open to exports now. */
  readonly roots: readonly string[];
  readonly urlRoots: readonly UrlRoot[];
  /** Folders of Lineup itself, which stay closed whatever is open. */
  readonly own: readonly string[];
  /** The upload that the audience's id names; null for any other file. */
  readonly upload: UploadAccess | null;
  readonly internalHosts: InternalHosts;
}

export interface UploadAccess {
  readonly id: string;
  /** Where uploads lie. */
  readonly directory: string;
  /** Of its content, in base64. */
  readonly key: string;
  readonly bytes: number;
  /** Null while it is not known yet. */
  readonly format: string | null;
}

export interface RemoteAccess {
  readonly provider: 'lytics' | 'postgresql';
  /** The authorization's configuration, opened. */
  readonly credentials: Readonly<Record<string, string>>;
  readonly internalHosts: InternalHosts;
}

/** Hosts inside this network that an administrator allows connections to; the network guard is built of them. */
type InternalHosts = readonly string[];

/** The providers that give audiences. */
export const SOURCE_PROVIDERS: readonly SourceAccess['provider'][] = ['files', 'lytics', 'postgresql'];

export type AudiencesRequest = PageRequest & { readonly search?: string };

/** Each order by its name: what it is given, and what its answer is. One source is open at a time. */
export interface Orders {
  open: [
    given: { access: SourceAccess; audienceId: string; options?: FileOptions | undefined },
    answer: { label: string; readOnce: boolean; notice: Sentence | null; reading: FileReading | null },
  ];
  fields: [given: object, answer: SourceField[]];
  preview: [given: { field: string; limit: number }, answer: PreviewRow[]];
  /** The values follow in the pipe. One scan at a time. */
  scan: [given: { field: string; from?: string }, answer: { marked: boolean; places: boolean }];
  /** Frees the source that is open. */
  close: [given: object, answer: null];
  audiences: [given: { access: SourceAccess; page: AudiencesRequest }, answer: SourceAudiencePage];
  /** Whether the audience is one of those. */
  lists: [given: { access: SourceAccess; audienceId: string }, answer: boolean];
  verify: [given: { access: SourceAccess }, answer: Verified];
  /** Whether an upload can be exported at all: its format. @see UploadAccess.format */
  examine: [given: { upload: UploadAccess; name: string }, answer: string];
}

export type OrderName = keyof Orders;
export type Given<Name extends OrderName> = Orders[Name][0];
export type Answer<Name extends OrderName> = Orders[Name][1];

export type ToReader =
  | { readonly id: number; readonly order: OrderName; readonly given: unknown }
  /** Ends what that order began. */
  | { readonly id: number; readonly stop: true };

export type FromReader =
  | { readonly ready: true }
  | ({ readonly id: number; readonly memoryBytes: number } & Reply)
  /** How far the scan of that order is, 0 to 1. */
  | { readonly id: number; readonly progress: number };

/** What becomes of an order. */
export type Reply = { readonly answer: unknown } | { readonly failure: Failure };

/** A failure, taken apart: a `LineupError`, or a fault of our own. */
export type Failure =
  | {
      readonly code: ErrorCode;
      readonly message: string;
      readonly sentence: Sentence | null;
      readonly reason: string | null;
      readonly retryable: boolean;
      readonly fields: readonly FieldError[];
    }
  | { readonly fault: { readonly name: string; readonly message: string; readonly stack: string } };

/** The descriptor of the pipe for values, in a reader. */
export const VALUES_FD = 4;

/** Characters of an answer: lists of names are far below it, and the service parses no more than this at once. */
export const LONGEST_ANSWER = 4_000_000;

/** Errors cross the process boundary as data: `serializeError` in the reader, `deserializeError` in the service. */
export function takeApart(error: unknown): Failure {
  if (error instanceof LineupError) {
    const { code, message, sentence = null, reason, retryable, fields } = error;
    return { code, message, sentence, reason, retryable, fields };
  }
  const { name, message, stack = '' } = error instanceof Error ? error : new Error(String(error));
  return { fault: { name, message, stack } };
}

export function putTogether(failure: Failure): Error {
  if ('fault' in failure) {
    const { name, message, stack } = failure.fault;
    return Object.assign(new Error(message), { name, stack });
  }
  const { code, message, sentence, reason, ...options } = failure;
  return new LineupError(code, sentence ?? message, { ...options, reason: reason ?? undefined });
}

/** What a source gives that nobody could choose from. */
export const tooMuch = (): LineupError =>
  new LineupError(
    'source_unsupported',
    sentence`The source describes itself with more than ${LONGEST_ANSWER / 1_000_000} MB of text, which is more than Lineup takes. Give it fewer fields, or shorter names.`,
  );
