/**
 * The protocol between the service and its reader processes. All of it is plain data. A command describes a source with
 * everything that is needed to open it, so a reader has no database and no settings. Credentials are sent only here,
 * never in arguments or in the environment.
 *
 * Commands and answers are messages of the IPC channel. The values of a scan go through a pipe of their own
 * (scan-frames.ts).
 */

import type { UrlRoot } from '../contracts/settings.ts';
import type { FileReading, SampledOutcome, SourceAudiencePage } from '../contracts/sources.ts';
import type { Watched } from '../contracts/watched.ts';
import type { IdentifierType } from '../domain/audiences/requests.ts';
import { type ErrorCode, type FieldError, LineupError } from '../domain/errors/errors.ts';
import { type Sentence, sentence } from '../domain/text/sentence.ts';
import type { PageRequest } from '../domain/values/paging.ts';
import type {
  HashedField,
  JudgedValues,
  PreviewRow,
  ReadingOptions,
  SourceField,
  Verified,
} from '../sources/source.ts';

/** The kind of a source, and everything that a reader needs to open it. */
export type SourceAccess = FilesAccess | RemoteAccess;

export interface FilesAccess {
  readonly provider: 'files';
  /** The folders and URLs that exports may read now. */
  readonly roots: readonly string[];
  readonly urlRoots: readonly UrlRoot[];
  /** Lineup's own folders. They always stay closed. */
  readonly own: readonly string[];
  /** The upload that the audience's id names; null for any other file. */
  readonly upload: UploadAccess | null;
  readonly internalHosts: InternalHosts;
}

export interface UploadAccess {
  readonly id: string;
  /** The directory of uploads. */
  readonly directory: string;
  /** The key of the content, in base64. */
  readonly key: string;
  readonly bytes: number;
  /** Null until the format has been detected. */
  readonly format: string | null;
  /** A scan of a split job has written it, perhaps that of a query. So its values tell what that query likes. */
  readonly isOfScan?: boolean;
}

/** The rules for the values of a sample. */
export interface SampleRules {
  readonly identifierType: IdentifierType;
  readonly defaultCountry: string | null;
}

export interface RemoteAccess {
  /** The id of its entry in src/contracts/providers. */
  readonly provider: string;
  /** The decrypted configuration of the authorization. */
  readonly credentials: Readonly<Record<string, string>>;
  /** Whether they may be those of the machine. @default false */
  readonly machineCredentials?: boolean;
  readonly internalHosts: InternalHosts;
}

/** The administrator's list of allowed hosts inside the network. The reader makes its network guard from it. */
type InternalHosts = readonly string[];

export type AudiencesRequest = PageRequest & { readonly search?: string };

/** The input and the answer of each command. One source is open at a time. */
export interface Commands {
  open: [
    input: { access: SourceAccess; audienceId: string; options?: ReadingOptions | undefined },
    answer: {
      label: string;
      readOnce: boolean;
      notice: Sentence | null;
      reading: FileReading | null;
      isQuery: boolean;
      /** Whether it can hash its values itself. */
      hashes: boolean;
    },
  ];
  fields: [input: object, answer: SourceField[]];
  /** Masked values. Nothing for a query, see `outcomes`. */
  preview: [input: { field: string; limit: number }, answer: PreviewRow[]];
  /** What the rules make of the values of a query; without rules, whether there are values. */
  outcomes: [input: { field: string; limit: number; rules: SampleRules | null }, answer: readonly SampledOutcome[]];
  /** The values, or the hashes that the source makes of them, follow in the pipe. Only one scan runs at a time. */
  scan: [
    input: { fields: readonly string[]; from?: string } | { hashed: readonly HashedField[] },
    answer: { marked: readonly boolean[]; places: boolean },
  ];
  /** Closes the open source. */
  close: [input: object, answer: null];
  audiences: [input: { access: SourceAccess; page: AudiencesRequest }, answer: SourceAudiencePage];
  /** Whether the source's list contains the audience. */
  lists: [input: { access: SourceAccess; audienceId: string }, answer: boolean];
  /** What a trigger compares; null when nothing is there. Values leave the reader only as digests. */
  latest: [input: { access: SourceAccess; audienceId: string; watched: Watched }, answer: string | null];
  verify: [input: { access: SourceAccess }, answer: Verified];
  /** Checks that an upload can be exported. The answer is its format. */
  examine: [input: { upload: UploadAccess; name: string }, answer: string];
}

export type CommandName = keyof Commands;
export type CommandInput<Name extends CommandName> = Commands[Name][0];
export type Answer<Name extends CommandName> = Commands[Name][1];

export type ToReader =
  | {
      readonly id: number;
      readonly command: CommandName;
      readonly input: unknown;
      /** The `traceparent` for the requests of the source. */
      readonly trace?: string | undefined;
    }
  /** Stops that command. */
  | { readonly id: number; readonly stop: true };

export type FromReader =
  | { readonly ready: true }
  | ({ readonly id: number; readonly memoryBytes: number } & Reply)
  /** The progress of that command's scan, 0 to 1. */
  | { readonly id: number; readonly progress: number };

/** The result of a command. */
export type Reply = { readonly answer: unknown } | { readonly failure: SerializedError };

/** The result of a scan. */
export interface ScanEnd {
  /** Null when all values were given. */
  readonly failure: SerializedError | null;
  /** Of a whole scan of hashes: what the source has counted of each field. */
  readonly judged?: readonly JudgedValues[];
}

/** A `LineupError`, or a fault of Lineup itself. */
export type SerializedError =
  | {
      readonly code: ErrorCode;
      readonly message: string;
      readonly sentence: Sentence | null;
      readonly reason: string | null;
      readonly retryable: boolean;
      readonly fields: readonly FieldError[];
    }
  | { readonly fault: { readonly name: string; readonly message: string; readonly stack: string } };

/** The file descriptor of the pipe for values, in a reader. */
export const VALUES_FD = 4;

/**
 * The longest answer, in characters. Lists of names are far below it, and it limits what the service parses at once.
 */
export const LONGEST_ANSWER = 4_000_000;

/** Errors cross the process boundary as data: `serializeError` in the reader, `deserializeError` in the service. */
export function serializeError(error: unknown): SerializedError {
  if (error instanceof LineupError) {
    const { code, message, sentence = null, reason, retryable, fields } = error;
    return { code, message, sentence, reason, retryable, fields };
  }
  const { name, message, stack = '' } = error instanceof Error ? error : new Error(String(error));
  return { fault: { name, message, stack } };
}

export function deserializeError(failure: SerializedError): Error {
  if ('fault' in failure) {
    const { name, message, stack } = failure.fault;
    return Object.assign(new Error(message), { name, stack });
  }
  const { code, message, sentence, reason, ...options } = failure;
  return new LineupError(code, sentence ?? message, { ...options, reason: reason ?? undefined });
}

/** The names and types in a source make the answer too long: no person could choose from so many. */
export const answerTooLarge = (): LineupError =>
  new LineupError(
    'source_unsupported',
    sentence`The source has more than ${LONGEST_ANSWER / 1_000_000} MB of field descriptions, which is too much for Lineup. Use fewer fields, or shorter names.`,
  );
