/**
 * PGlite's Node.js file system with one thing added: fsync. PGlite's own answers "done" without asking the disk, so that a
 * power cut could take back a journal entry which says what was sent to LINE.
 *
 * Directories are not synced (PGlite opens none of them natively); the file systems that people use write a new file's
 * entry along with its first fsync.
 */
import { fsyncSync } from 'node:fs';
import type { PGlite } from '@electric-sql/pglite';
import { NodeFS } from '@electric-sql/pglite/nodefs';

/** A stream of PGlite's file system; `nfd` is the descriptor of a regular file. */
interface NativeStream {
  readonly nfd?: number;
}

/** What PGlite's module keeps under `NODEFS`: typed as far as it is touched here. */
interface StreamOperations {
  stream_ops: { fsync?: (stream: NativeStream) => number };
}

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
            (module.NODEFS as StreamOperations).stream_ops.fsync = ({ nfd }) => {
              if (nfd !== undefined) this.#sync(nfd);
              return 0;
            };
          },
        ],
      },
    };
  }
}
