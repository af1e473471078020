/**
 * PGlite is PostgreSQL inside this process, with its files in the data directory. It differs from a server:
 *
 *  - It does not lock its directory, and two processes corrupt it. So we hold a lock, which the kernel releases with
 *    the process.
 *  - It never syncs to the disk (`-F`, and a file system without fsync). A power cut could lose what it has
 *    confirmed. This file corrects both.
 *  - It has one connection. Transactions run one after another, so a slow one delays all others. Kysely's dialect and
 *    PGlite itself queue them. Code inside a transaction must not wait for anything else.
 *  - It parses and plans every query anew. `prepared-pglite.ts` keeps what it has planned.
 *  - A query is one statement. Only `exec` takes several (migrations).
 *  - It returns a `bigint` as a number or as a BigInt, by its size. Here it is always a number, as with a server.
 */
import { constants, existsSync, fsyncSync, rmSync } from 'node:fs';
import { access, readFile, stat, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { PGlite } from '@electric-sql/pglite';
import { NodeFS } from '@electric-sql/pglite/nodefs';
import { Kysely, PGliteDialect } from 'kysely';
import { z } from 'zod';
import type { Release } from '../../contracts/ports.ts';
import { LineupError } from '../../domain/errors/errors.ts';
import { onDisk } from '../data-directory/file-errors.ts';
import { tryLock } from '../data-directory/lock.ts';
import { OTHERS } from '../data-directory/private.ts';
import { type Database, SCHEMA } from './database.ts';
import { createPglite } from './prepared-pglite.ts';
import type { Schema } from './schema.ts';

const INT8 = 20;

/**
 * PGlite touches all of its buffers at its start, so each is resident memory of the process. These are half of what
 * PostgreSQL would take. Pages that leave them are in the cache of the operating system.
 */
const startParams = [...PGlite.defaultStartParams, '-c', 'shared_buffers=64MB'];

/** The options of every PGlite with Lineup's tables. */
export const pgliteOptions = { parsers: { [INT8]: Number }, startParams };

/** The options of a PGlite on a disk: it syncs, through `fs`. */
export const durableOptions = (fs: DurableFS) => ({
  ...pgliteOptions,
  fs,
  // `-F` means no fsync. `fsync` is needed because the fdatasync of PGlite's libc does nothing.
  startParams: [...startParams.filter((parameter) => parameter !== '-F'), '-c', 'wal_sync_method=fsync'],
});

/** Where the embedded database of a data directory is. */
export const embeddedIn = (dataDirectory: string): string => join(dataDirectory, 'db');

export const holdsDatabase = (dataDirectory: string): boolean => existsSync(embeddedIn(dataDirectory));

/**
 * Opens the database in `<dataDirectory>/db`, and creates it the first time.
 * @throws {LineupError} see `openDatabase`
 */
export async function openPglite(dataDirectory: string): Promise<Database> {
  const release = await holdDirectory(dataDirectory);
  const directory = embeddedIn(dataDirectory);
  try {
    // PGlite itself would not say why it cannot start.
    if (existsSync(directory)) await onDisk(directory, () => access(directory, constants.W_OK));
    const pglite = await onDisk(dataDirectory, () => createPglite(durableOptions(new DurableFS(directory))));
    return wrapPglite(pglite, release);
  } catch (error) {
    release();
    throw error;
  }
}

/** A database on an open PGlite. `release` is called after both are closed. */
export function wrapPglite(pglite: PGlite, release: Release): Database {
  const db = new Kysely<Schema>({ dialect: new PGliteDialect({ pglite }) }).withSchema(SCHEMA);
  return {
    db,
    connection: { kind: 'pglite', pglite },
    // No operator: this process alone uses it.
    explain: (error) => error,
    close: async () => {
      await pglite.close();
      release();
    },
  };
}

/** A stream of PGlite's file system. `nfd` is the descriptor of a regular file. */
interface NativeStream {
  readonly nfd?: number;
}

interface Attributes {
  readonly mode?: number;
}

/** The part of the `NODEFS` of PGlite's module that is changed here. */
interface NodeOperations {
  stream_ops: {
    fsync?: (stream: NativeStream) => number;
    setattr: (stream: unknown, attributes: Attributes) => void;
  };
  node_ops: {
    setattr: (node: unknown, attributes: Attributes) => void;
    mknod: (parent: unknown, name: string, mode: number, device: number) => unknown;
  };
}

const forOneUser = (attributes: Attributes): Attributes =>
  attributes.mode === undefined ? attributes : { ...attributes, mode: attributes.mode & ~OTHERS };

/**
 * PGlite's Node.js file system with two changes. It syncs: PGlite's own confirms an fsync without asking the disk, so
 * a power cut could remove a journal entry that says what was sent to LINE. And files are for this user alone: PGlite
 * sets their modes to 0666 itself, after the system's umask was applied.
 *
 * It does not sync directories, because PGlite does not open them natively. The usual file systems write the entry of
 * a new file with its first fsync.
 */
export class DurableFS extends NodeFS {
  readonly #sync: (descriptor: number) => void;

  constructor(directory: string, sync: (descriptor: number) => void = fsyncSync) {
    super(directory);
    this.#sync = sync;
  }

  override async init(
    pg: PGlite,
    options: Parameters<NodeFS['init']>[1],
  ): Promise<Awaited<ReturnType<NodeFS['init']>>> {
    const { emscriptenOpts } = await super.init(pg, options);
    return {
      emscriptenOpts: {
        ...emscriptenOpts,
        preRun: [
          ...(emscriptenOpts.preRun ?? []),
          (module: { NODEFS: unknown }) => {
            const { stream_ops, node_ops } = module.NODEFS as NodeOperations;
            stream_ops.fsync = ({ nfd }) => {
              if (nfd !== undefined) this.#sync(nfd);
              return 0;
            };
            const { setattr: setOfStream } = stream_ops;
            stream_ops.setattr = (stream, attributes) => setOfStream(stream, forOneUser(attributes));
            const { setattr, mknod } = node_ops;
            node_ops.setattr = (node, attributes) => setattr(node, forOneUser(attributes));
            node_ops.mknod = (parent, name, mode, device) => mknod(parent, name, mode & ~OTHERS, device);
          },
        ],
      },
    };
  }
}

const holder = z.object({ pid: z.number(), host: z.string() });

/**
 * Locks the database of `dataDirectory`: one process at a time may open it. The lock ends with its release or with
 * this process, however that ends.
 * @throws {LineupError} `data_directory_in_use`; the message names the holder
 */
export async function holdDirectory(dataDirectory: string): Promise<Release> {
  const note = join(dataDirectory, 'database.holder.json');
  const release = await onDisk(dataDirectory, () => tryLock(join(dataDirectory, 'database.lock')));
  if (!release) throw inUse(dataDirectory, await readHolder(note));
  // The note is only for people; the lock decides. This overwrites the note of a killed process.
  const me = { pid: process.pid, host: hostname() };
  await onDisk(note, () => writeFile(note, JSON.stringify(me), { mode: 0o600 })).catch((error) => {
    release();
    throw error;
  });
  return () => {
    // The note goes first, so that it never names a process that has released the lock.
    try {
      rmSync(note, { force: true });
    } finally {
      release();
    }
  };
}

interface Holder extends z.infer<typeof holder> {
  readonly since: Date;
}

async function readHolder(note: string): Promise<Holder | undefined> {
  try {
    const { mtime } = await stat(note);
    return { ...holder.parse(JSON.parse(await readFile(note, 'utf8'))), since: mtime };
  } catch {
    // It is not written yet, or a crash left half of it. The lock is held anyway.
    return undefined;
  }
}

function inUse(dataDirectory: string, by: Holder | undefined): LineupError {
  const who = by ? `process ${by.pid} on ${by.host}, since ${by.since.toISOString()}` : 'another process';
  return new LineupError(
    'data_directory_in_use',
    `The database in ${dataDirectory} is in use by ${who}. Only one process at a time may open it. Use the HTTP API of that process, stop it, or use PostgreSQL (DATABASE_URL) to run several processes.`,
  );
}
