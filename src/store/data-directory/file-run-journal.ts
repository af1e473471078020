/**
 * The journal of a run as a file: one JSON event in each line, synced to the disk (fdatasync) before `append`
 * resolves. A line that a crash cut short was never confirmed. It is dropped when the journal is opened again.
 */
import { basename, dirname, join, resolve } from 'node:path';
import type { Release, RunFolder, RunJournal } from '../../contracts/ports.ts';
import { LineupError } from '../../domain/errors/errors.ts';
import { assertReadable, type RunEvent, readRunEvent } from '../../domain/runs/run-events.ts';
import {
  afterOthers,
  applyEvent,
  deliveriesOf,
  deliveryOf,
  foldRun,
  type RunState,
} from '../../domain/runs/run-state.ts';
import { Secret } from '../../domain/values/secret.ts';
import { FILE_KEY_BYTES, newFileKey } from '../sealed-files/gcm.ts';
import { SealedFolder, type StagingKey } from '../sealed-files/sealed-folder.ts';
import { type Disk, type Files, type OpenFile, systemDisk, systemFiles } from './disk.ts';
import { onDisk } from './file-errors.ts';
import { isLocked } from './lock.ts';

const journalFile = (directory: string): string => join(directory, 'journal.ndjson');
const lockFile = (directory: string): string => join(directory, 'held.lock');

/** The staged files of the run in `directory`: `staged/`, and their key in `staged.key`. */
export const stagedIn = (directory: string, files = systemFiles): RunFolder =>
  new SealedFolder(join(directory, 'staged'), stagingKeyIn(join(directory, 'staged.key'), files), files);

/** When another run last started or wrote to the audience of a delivery, as its journal says. */
export type LatestOfOthers = (delivery: RunState) => Promise<string | undefined>;

export class FileRunJournal implements RunJournal {
  readonly staged: RunFolder;
  readonly #directory: string;
  readonly #file: OpenFile;
  readonly #release: Release;
  readonly #latestOfOthers: LatestOfOthers;
  #state: RunState;
  /** The size in bytes of the complete lines in the file. */
  #length: number;

  private constructor(
    directory: string,
    file: OpenFile,
    release: Release,
    latestOfOthers: LatestOfOthers,
    { state, length, files }: { state: RunState; length: number; files: Files },
  ) {
    this.staged = stagedIn(directory, files);
    this.#directory = directory;
    this.#file = file;
    this.#release = release;
    this.#latestOfOthers = latestOfOthers;
    this.#state = state;
    this.#length = length;
  }

  /** Starts the journal of a new run in `directory`, which must not exist yet. */
  static async create(
    directory: string,
    given: Extract<RunEvent, { type: 'started' }>,
    latestOfOthers: LatestOfOthers,
    { files, tryLock }: Disk = systemDisk,
  ): Promise<FileRunJournal> {
    return onDisk(directory, async () => {
      const started = await afterOthers(given, deliveriesOf(foldRun([given])), latestOfOthers);
      const made = await files.mkdir(directory, { recursive: true, mode: 0o700 });
      const release = tryLock(lockFile(directory))!;
      const file = await files.open(journalFile(directory), 'ax', 0o600);
      const length = await write(file, started);
      await syncDirectories(directory, made ?? directory, files);
      return new FileRunJournal(directory, file, release, latestOfOthers, {
        state: foldRun([started]),
        length,
        files,
      });
    });
  }

  /**
   * Opens the journal in `directory` to continue the run.
   * @throws {LineupError} `run_in_progress` while another process holds it
   */
  static async resume(
    directory: string,
    latestOfOthers: LatestOfOthers,
    { files, tryLock }: Disk = systemDisk,
  ): Promise<FileRunJournal> {
    return onDisk(directory, async () => {
      const release = tryLock(lockFile(directory));
      if (!release) {
        throw new LineupError(
          'run_in_progress',
          'The run is in progress in another process. Wait for it, or stop it first.',
        );
      }
      try {
        const { events, length } = await readEvents(directory, files);
        const file = await files.open(journalFile(directory), 'r+');
        await file.truncate(length);
        await file.close();
        // The process that started the run may have died before it synced them.
        await syncDirectories(directory, directory, files);
        return new FileRunJournal(directory, await files.open(journalFile(directory), 'a'), release, latestOfOthers, {
          state: foldRun(events),
          length,
          files,
        });
      } catch (error) {
        release();
        throw error;
      }
    });
  }

  get state(): RunState {
    return this.#state;
  }

  async append(given: RunEvent): Promise<void> {
    const event =
      given.type === 'intent'
        ? await afterOthers(given, [deliveryOf(this.#state, given.delivery ?? 1)], this.#latestOfOthers)
        : given;
    try {
      this.#length += await onDisk(this.#directory, () => write(this.#file, event));
    } catch (error) {
      // With a full disk, half of the line may be in the file. The next event would follow it, and neither could be
      // read. If the truncation fails too, the first error is reported.
      await this.#file.truncate(this.#length).catch(() => {});
      throw error;
    }
    this.#state = applyEvent(this.#state, event);
  }

  /** The lock on the directory stays with this process until it ends. */
  assertHeld(): void {}

  async close(): Promise<void> {
    await this.#file.close();
    this.#release();
  }
}

/**
 * Reads the state of the run in `directory` without locking it. Undefined when there is no journal. A run that has
 * not ended and that no process holds was killed: it counts as interrupted.
 */
export async function readRun(directory: string, { files, tryLock }: Disk = systemDisk): Promise<RunState | undefined> {
  const { events } = await readEvents(directory, files);
  if (events.length === 0) return undefined;
  const state = foldRun(events);
  return state.status === 'running' && !isLocked(lockFile(directory), tryLock)
    ? { ...state, status: 'interrupted' }
    : state;
}

/** The events of the run in `directory`, without locking it. */
export const readJournal = async (directory: string, { files }: Disk = systemDisk): Promise<RunEvent[]> =>
  (await readEvents(directory, files)).events;

async function readEvents(directory: string, files: Files): Promise<{ events: RunEvent[]; length: number }> {
  const bytes = await files.readFile(journalFile(directory)).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return Buffer.alloc(0);
    throw error;
  });
  const length = bytes.lastIndexOf(0x0a) + 1;
  const lines = bytes.toString('utf8', 0, length).split('\n').slice(0, -1);
  try {
    const events = lines.map((line) => readRunEvent(JSON.parse(line)));
    // The guards of all runs compare with what the journals say, so none is left out.
    assertReadable(basename(directory), events);
    return { events, length };
  } catch (cause) {
    if (cause instanceof LineupError) throw cause;
    throw new LineupError(
      'storage_failed',
      `The journal ${journalFile(directory)} is damaged and cannot be read. Move its folder away to continue without this run.`,
      { cause },
    );
  }
}

/** @returns the number of bytes written */
async function write(file: OpenFile, event: RunEvent): Promise<number> {
  const line = Buffer.from(`${JSON.stringify(event)}\n`);
  await file.appendFile(line);
  await file.datasync();
  return line.length;
}

/**
 * A new file survives a power cut only when its directory is synced too, and so on up to the parent of the data
 * directory, or of the highest directory that this process made. Another process may have made the lower ones and died
 * before it synced them.
 */
async function syncDirectories(directory: string, firstMade: string, files: Files): Promise<void> {
  const aboveData = resolve(directory, '../../..');
  const aboveMade = resolve(firstMade, '..');
  const highest = aboveMade.length < aboveData.length ? aboveMade : aboveData;
  for (let path = resolve(directory); path.length >= highest.length; path = dirname(path)) {
    await syncDirectory(path, files);
    if (path === dirname(path)) return;
  }
}

async function syncDirectory(path: string, files: Files): Promise<void> {
  const handle = await files.open(path, 'r').catch((error: NodeJS.ErrnoException) => {
    // This user cannot have made what is in it.
    if (error.code === 'EACCES') return undefined;
    throw error;
  });
  await handle?.sync();
  await handle?.close();
}

/**
 * The key of a run's staged files, in a file of mode 0600 beside them. The command line has only its data directory
 * for it.
 */
function stagingKeyIn(path: string, files: Files): StagingKey {
  const find = async () => {
    const bytes = await files.readFile(path).catch(() => undefined);
    // A power cut may have left the file empty.
    return bytes?.length === FILE_KEY_BYTES ? new Secret(bytes) : undefined;
  };
  return {
    find,
    findOrMake: async () => {
      const found = await find();
      if (found) return found;
      const key = newFileKey();
      await onDisk(path, () => files.writeFile(path, key.reveal(), { mode: 0o600 }));
      return key;
    },
    delete: () => files.rm(path, { force: true }),
  };
}
