/**
 * PGlite's Node.js file system with two things added. Fsync: PGlite's own answers "done" without asking the disk, so that a power
 * cut could take back a journal entry which says what was sent to LINE. And files for this user alone: PGlite sets their modes
 * itself, to 0666, after the system's umask has done its part.
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

interface Attributes {
  readonly mode?: number;
}

/** What PGlite's module keeps under `NODEFS`: typed as far as it is touched here. */
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

/** What group and others may. */
const OTHERS = 0o077;

const forOneUser = (attributes: Attributes): Attributes =>
  attributes.mode === undefined ? attributes : { ...attributes, mode: attributes.mode & ~OTHERS };

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
