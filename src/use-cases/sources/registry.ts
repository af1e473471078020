/**
 * The service's way to its sources. Nothing of a source is opened in this process: what it sends may end whoever reads it, so a
 * reader process does (pool/). Here is found out what a reader needs to know, and whether it may be let at the source at all.
 */
import { LineupError } from '../../contracts/errors.ts';
import { uploadOfSegment } from '../../contracts/file-names.ts';
import type { Secret } from '../../contracts/secret.ts';
import { sentence } from '../../contracts/sentence.ts';
import type { Settings } from '../../contracts/settings.ts';
import type { SourceAudiencePage } from '../../contracts/sources.ts';
import type { ReaderPool } from '../../readers/pool/pool.ts';
import type { ReaderProcess } from '../../readers/pool/reader-process.ts';
import type { SourceWork } from '../../readers/pool/remote-scan.ts';
import { RemoteSource } from '../../readers/pool/remote-source.ts';
import {
  type AudiencesRequest,
  type FilesAccess,
  type RemoteAccess,
  SOURCE_PROVIDERS,
  type SourceAccess,
  type UploadAccess,
} from '../../readers/protocol.ts';
import type { Verified } from '../../sources/provider.ts';
import type { Source } from '../../sources/source.ts';
import type { Db } from '../../store/database/database.ts';
import { getAuthorization, revealConfiguration } from '../../store/repositories/authorizations.ts';
import { revealUpload } from '../../store/repositories/uploads.ts';
import type { SecretBox } from '../../store/secrets/secret-box.ts';
import { uploadGone } from '../uploads/of-job.ts';
import type { Initiator, Quarantine } from './quarantine.ts';
import type { SourceRef } from './source-ref.ts';

export interface SourceRegistryOptions {
  readonly db: Db;
  readonly box: SecretBox;
  readonly readers: ReaderPool;
  readonly quarantine: Quarantine;
  /** What is open to exports now. */
  readonly files: () => Promise<Settings['files']>;
  /** Hosts inside this network that connections may go to now. */
  readonly internalHosts: () => Promise<readonly string[]>;
  /** Where uploads lie. */
  readonly uploadsDirectory: string;
  /** Folders of Lineup: no export reads them, whatever is opened. */
  readonly own: readonly string[];
}

/** How long one waits for a reader: a person less than their request may take, a run rather than fail. */
const TIMEOUT_MS: Record<Initiator, number> = { person: 20_000, service: 600_000 };

export class SourceRegistry {
  readonly #options: SourceRegistryOptions;

  constructor(options: SourceRegistryOptions) {
    this.#options = options;
  }

  /** Whether the provider gives audiences. */
  has(provider: string): boolean {
    return SOURCE_PROVIDERS.some((one) => one === provider);
  }

  /**
   * Opens an audience; it keeps a reader busy until it is closed.
   * @throws {LineupError} `source_*`, `not_found` for an authorization that is gone
   */
  async open(ref: SourceRef, by: Initiator, signal: AbortSignal): Promise<Source> {
    const { readers, quarantine } = this.#options;
    const witness = await quarantine.admit(ref, by);
    const access = await this.#access(ref.authorizationId, ref.audienceId);
    const reader = await readers.take(signal, TIMEOUT_MS[by]);
    const asked = { access, audienceId: ref.audienceId, options: ref.options };
    return RemoteSource.open(reader, asked, signal, witness, () => readers.giveBack(reader));
  }

  /** A source's audiences, for a person who chooses one. @throws as `open` */
  async audiences(
    authorizationId: string | null,
    page: AudiencesRequest,
    signal: AbortSignal,
  ): Promise<SourceAudiencePage> {
    return this.#once(authorizationId, 'audiences', 'person', signal, (reader, access) =>
      reader.ask('audiences', { access, page }, signal),
    );
  }

  /** Whether an audience is one of those that its source lists, and not something that a person wrote. @throws as `open` */
  async lists({ authorizationId, audienceId }: SourceRef, signal: AbortSignal): Promise<boolean> {
    return this.#once(authorizationId, 'audiences', 'person', signal, (reader, access) =>
      reader.ask('lists', { access, audienceId }, signal),
    );
  }

  /** Tries an authorization's credentials. @throws {LineupError} saying what is wrong with them */
  async verify(authorizationId: string, by: Initiator, signal: AbortSignal): Promise<Verified> {
    return this.#once(authorizationId, 'verify', by, signal, (reader, access) =>
      reader.ask('verify', { access }, signal),
    );
  }

  /** The same for credentials that are not saved: nothing of them is remembered. @throws {LineupError} as `verify` */
  async verifyUnsaved(
    provider: string,
    credentials: Readonly<Record<string, string>>,
    signal: AbortSignal,
  ): Promise<Verified> {
    if (!isRemote(provider)) throw unsupported(provider);
    const { readers, quarantine } = this.#options;
    const access = { provider, credentials, internalHosts: await this.#options.internalHosts() };
    const reader = await readers.take(signal, TIMEOUT_MS.person);
    try {
      return await reader.ask('verify', { access }, signal);
    } catch (error) {
      throw quarantine.explainUnsaved(error);
    } finally {
      readers.giveBack(reader);
    }
  }

  /**
   * Looks into an upload that no job can have yet.
   * @returns its format
   * @throws {LineupError} `source_*` for one that cannot be exported
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
    const reader = await readers.take(signal, TIMEOUT_MS.person);
    try {
      return await reader.ask('examine', given, signal);
    } catch (error) {
      throw quarantine.explainUpload(error);
    } finally {
      readers.giveBack(reader);
    }
  }

  async #once<T>(
    authorizationId: string | null,
    during: SourceWork,
    by: Initiator,
    signal: AbortSignal,
    ask: (reader: ReaderProcess, access: SourceAccess) => Promise<T>,
  ): Promise<T> {
    const { readers, quarantine } = this.#options;
    const witness = await quarantine.admit({ authorizationId, audienceId: null }, by);
    const access = await this.#access(authorizationId, null);
    const reader = await readers.take(signal, TIMEOUT_MS[by]);
    try {
      const answer = await ask(reader, access);
      await witness.worked(during);
      return answer;
    } catch (error) {
      throw await witness.explain(error, during);
    } finally {
      readers.giveBack(reader);
    }
  }

  /** With credentials in it: for the moment of an order, and for no log. */
  async #access(authorizationId: string | null, audienceId: string | null): Promise<SourceAccess> {
    const { db, box } = this.#options;
    if (authorizationId === null) return this.#files(await this.#storedUpload(audienceId));
    const { provider } = await getAuthorization(db, authorizationId);
    if (!isRemote(provider)) throw unsupported(provider);
    const credentials = (await revealConfiguration(db, box, authorizationId)).reveal();
    return { provider, credentials, internalHosts: await this.#options.internalHosts() };
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
    return this.#upload(id, content, content.format);
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

const unsupported = (provider: string): LineupError =>
  new LineupError('source_unsupported', sentence`No audience can be read from "${provider}".`);

const isRemote = (provider: string): provider is RemoteAccess['provider'] =>
  provider === 'lytics' || provider === 'postgresql';
