/**
 * The service's access to sources. The service process itself opens no source, because the data of a source may crash
 * its reader. Reader processes do that (src/readers/pool). This class collects what a reader needs, and asks the
 * quarantine first.
 */

import { isRemoteSource } from '../../contracts/providers/index.ts';
import type { Settings } from '../../contracts/settings.ts';
import type { SourceAudiencePage } from '../../contracts/sources.ts';
import type { Watched } from '../../contracts/watched.ts';
import { LineupError } from '../../domain/errors/errors.ts';
import { uploadOfSegment } from '../../domain/files/file-names.ts';
import { sentence } from '../../domain/text/sentence.ts';
import type { Secret } from '../../domain/values/secret.ts';
import type { ReaderPool } from '../../readers/pool/pool.ts';
import type { ReaderProcess } from '../../readers/pool/reader-process.ts';
import { RemoteSource, type SourceWork } from '../../readers/pool/remote-source.ts';
import type {
  AudiencesRequest,
  FilesAccess,
  RemoteAccess,
  SourceAccess,
  UploadAccess,
} from '../../readers/protocol.ts';
import type { ReadingOptions, Verified } from '../../sources/source.ts';
import type { Db } from '../../store/database/database.ts';
import type { QuarantineSubject } from '../../store/repositories/quarantine.ts';
import { revealUpload } from '../../store/repositories/uploads.ts';
import type { SecretBox } from '../../store/secrets/secret-box.ts';
import type { KnownAuthorizations } from '../known-authorizations.ts';
import { type LimitingClock, timeLimit } from '../time-limit.ts';
import { uploadGone } from '../uploads/of-job.ts';
import type { Initiator, Quarantine } from './quarantine.ts';
import type { SourceRef } from './source-ref.ts';

export interface SourceRegistryOptions {
  readonly db: Db;
  readonly box: SecretBox;
  readonly authorizations: KnownAuthorizations;
  readonly readers: ReaderPool;
  readonly quarantine: Quarantine;
  /** The folders and URLs that exports may read now. */
  readonly files: () => Promise<Settings['files']>;
  /** The allowed hosts inside the network at this time. */
  readonly internalHosts: () => Promise<readonly string[]>;
  /** Whether an authorization may use the credentials of the machine. @default false */
  readonly machineCredentials?: boolean;
  /** The directory of uploads. */
  readonly uploadsDirectory: string;
  /** Lineup's own folders. Exports never read them. */
  readonly own: readonly string[];
}

/** How long to wait for a free reader: for a person less than a request may take, for a run long enough not to fail. */
const READER_WAIT_MS: Record<Initiator, number> = { person: 20_000, service: 600_000 };

export class SourceRegistry {
  readonly #options: SourceRegistryOptions;

  constructor(options: SourceRegistryOptions) {
    this.#options = options;
  }

  /** The same with what a plan would change. Nothing of it is stored. */
  assuming(change: Pick<SourceRegistryOptions, 'authorizations' | 'files' | 'internalHosts'>): SourceRegistry {
    return new SourceRegistry({ ...this.#options, ...change });
  }

  /**
   * Opens an audience. It occupies a reader until it is closed.
   * @param limits of a person who only looks; `yields`: a read of the whole source, which must not slow down shorter
   * ones
   * @throws {LineupError} `source_*`; `not_found` for a deleted authorization
   */
  async open(
    ref: SourceRef,
    by: Initiator,
    signal: AbortSignal,
    { yields = false, ...limits }: Pick<ReadingOptions, 'mostUnpacked'> & { readonly yields?: boolean } = {},
  ): Promise<RemoteSource> {
    const { readers, quarantine } = this.#options;
    const witness = await quarantine.admit(ref, by);
    const access = await this.#access(ref.authorizationId, ref.audienceId);
    const reader = await readers.acquire(signal, READER_WAIT_MS[by]);
    if (yields) reader.yieldToOthers();
    const asked = { access, audienceId: ref.audienceId, options: { ...ref.options, ...limits } };
    return RemoteSource.open(reader, asked, signal, witness, () => readers.release(reader));
  }

  /** The audiences of a source, for a person who chooses one. @throws as `open` */
  async audiences(
    authorizationId: string | null,
    page: AudiencesRequest,
    signal: AbortSignal,
  ): Promise<SourceAudiencePage> {
    return this.#once(whole(authorizationId), 'audiences', 'person', signal, (reader, access) =>
      reader.call('audiences', { access, page }, signal),
    );
  }

  /**
   * Whether the source's list contains the audience, so that it is not a text that a person entered.
   * @throws as `open`
   */
  async lists({ authorizationId, audienceId }: SourceRef, signal: AbortSignal): Promise<boolean> {
    return this.#once(whole(authorizationId), 'audiences', 'person', signal, (reader, access) =>
      reader.call('lists', { access, audienceId }, signal),
    );
  }

  /** Verifies saved credentials. @throws {LineupError} with the reason */
  async verify(authorizationId: string, by: Initiator, signal: AbortSignal): Promise<Verified> {
    return this.#once(whole(authorizationId), 'verify', by, signal, (reader, access) =>
      reader.call('verify', { access }, signal),
    );
  }

  /**
   * What a trigger compares, as a short text; null when nothing is there.
   * @param limited gives the signal of one look. It is asked when the look begins, after the wait for a reader
   * @throws as `open`
   */
  async latest(
    { authorizationId, audienceId }: SourceRef,
    watched: Watched,
    by: Initiator,
    signal: AbortSignal,
    limited: <T>(work: (signal: AbortSignal) => Promise<T>) => Promise<T>,
  ): Promise<string | null> {
    return this.#once({ authorizationId, audienceId }, 'latest', by, signal, (reader, access) =>
      limited((inner) => reader.call('latest', { access, audienceId, watched }, inner)),
    );
  }

  /**
   * The same for credentials that are not saved. The quarantine does not store the result.
   * @throws {LineupError} as `verify`
   */
  async verifyUnsaved(
    provider: string,
    credentials: Readonly<Record<string, string>>,
    signal: AbortSignal,
  ): Promise<Verified> {
    if (!isRemoteSource(provider)) throw unsupported(provider);
    const { readers, quarantine } = this.#options;
    const access = await this.#remote(provider, credentials);
    const reader = await readers.acquire(signal, READER_WAIT_MS.person);
    try {
      return await reader.call('verify', { access }, signal);
    } catch (error) {
      throw quarantine.explainUnsaved(error);
    } finally {
      readers.release(reader);
    }
  }

  /**
   * Checks a new upload before any job can use it.
   * @returns its format
   * @throws {LineupError} `source_*` for a file that cannot be exported
   */
  async examine(
    upload: {
      readonly id: string;
      readonly name: string;
      readonly key: Secret<Buffer>;
      readonly bytes: number;
    },
    signal: AbortSignal,
  ): Promise<string> {
    const { readers, quarantine } = this.#options;
    const given = { upload: this.#upload(upload.id, upload, null), name: upload.name };
    const reader = await readers.acquire(signal, READER_WAIT_MS.person);
    try {
      return await reader.call('examine', given, signal);
    } catch (error) {
      throw quarantine.explainUpload(error);
    } finally {
      readers.release(reader);
    }
  }

  async #once<T>(
    subject: QuarantineSubject,
    during: SourceWork,
    by: Initiator,
    signal: AbortSignal,
    ask: (reader: ReaderProcess, access: SourceAccess) => Promise<T>,
  ): Promise<T> {
    const { readers, quarantine } = this.#options;
    const witness = await quarantine.admit(subject, by);
    const access = await this.#access(subject.authorizationId, null);
    const reader = await readers.acquire(signal, READER_WAIT_MS[by]);
    try {
      const answer = await ask(reader, access);
      await witness.worked(during);
      return answer;
    } catch (error) {
      throw await witness.explain(error, during);
    } finally {
      readers.release(reader);
    }
  }

  /** Contains credentials: only for one command, and never for a log. */
  async #access(authorizationId: string | null, audienceId: string | null): Promise<SourceAccess> {
    const { authorizations } = this.#options;
    if (authorizationId === null) return this.#files(await this.#storedUpload(audienceId));
    const provider = await authorizations.providerOf(authorizationId);
    if (!isRemoteSource(provider)) throw unsupported(provider);
    const credentials = (await authorizations.reveal(authorizationId)).reveal();
    return this.#remote(provider, credentials);
  }

  async #remote(provider: string, credentials: Readonly<Record<string, string>>): Promise<RemoteAccess> {
    const { machineCredentials } = this.#options;
    return { provider, credentials, machineCredentials, internalHosts: await this.#options.internalHosts() };
  }

  async #files(upload: UploadAccess | null): Promise<FilesAccess> {
    const { roots, url_roots } = await this.#options.files();
    const { own } = this.#options;
    const internalHosts = await this.#options.internalHosts();
    return { provider: 'files', roots, urlRoots: url_roots, own, upload, internalHosts };
  }

  async #storedUpload(segmentId: string | null): Promise<UploadAccess | null> {
    const { db, box } = this.#options;
    const id = segmentId === null ? undefined : uploadOfSegment(segmentId);
    if (segmentId === null || id === undefined) return null;
    const content = await revealUpload(db, box, id);
    if (!content) throw uploadGone(segmentId);
    return { ...this.#upload(id, content, content.format), isOfScan: content.isOfScan };
  }

  #upload(
    id: string,
    { key, bytes }: { readonly key: Secret<Buffer>; readonly bytes: number },
    format: string | null,
  ): UploadAccess {
    const directory = this.#options.uploadsDirectory;
    return { id, directory, key: key.reveal().toString('base64'), bytes, format };
  }
}

/** All audiences of an authorization. */
const whole = (authorizationId: string | null): QuarantineSubject => ({ authorizationId, audienceId: null });

const unsupported = (provider: string): LineupError =>
  new LineupError('source_unsupported', sentence`Lineup cannot read audiences from "${provider}".`);

/** The limits of a look at a source. */
export const LOOK = { mostUnpacked: 1_000_000_000 } as const;

/** Shorter than the timeouts of proxies, and than people wait. */
const ANSWER_TIMEOUT_MS = 30_000;

/**
 * Limits the time of a request to a source while a person waits. A run retries a source that does not answer; a person
 * gets an error.
 * @throws {LineupError} `source_failed` on a timeout; the errors of `work`
 */
export async function withTimeout<T>(
  clock: LimitingClock,
  signal: AbortSignal,
  work: (signal: AbortSignal) => Promise<T>,
  tooLate = noAnswer,
): Promise<T> {
  const limit = timeLimit(clock, ANSWER_TIMEOUT_MS);
  try {
    return await work(AbortSignal.any([signal, limit.signal]));
  } catch (error) {
    if (!limit.signal.aborted || signal.aborted) throw error;
    throw tooLate(error);
  } finally {
    limit.end();
  }
}

const SECONDS = ANSWER_TIMEOUT_MS / 1_000;

const noAnswer = (cause: unknown): LineupError =>
  new LineupError('source_failed', sentence`The source did not answer within ${SECONDS} seconds.`, {
    retryable: true,
    cause,
  });

/** A source that answers, but has more to read than a person waits for. */
export const previewTooLong = (cause: unknown): LineupError =>
  new LineupError(
    'source_failed',
    sentence`The preview was stopped, because it did not end within ${SECONDS} seconds. A run has no such limit.`,
    { cause },
  );
