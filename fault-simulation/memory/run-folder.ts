/** The staged files of runs on a machine, in memory. A disk can be full, and a machine can lose all of it. */
import { createHash } from 'node:crypto';
import type { ChunkWriter, RunFolder } from '../../src/contracts/ports.ts';
import type { StagingKeyRow } from '../world/storage.ts';

/** A file. Who has it open writes on, also when its name is gone. */
interface File {
  content: Uint8Array;
}

/** The disk of a machine: the files of each run. */
export class Disk {
  readonly folders = new Map<string, Map<string, File>>();
  /** What each file held last, for the invariants: it stays when the file is lost. */
  readonly written = new Map<string, Uint8Array>();
  /** Called with everything that is written. */
  onWrite: (bytes: Uint8Array) => void = () => {};
  isFull = false;

  lose(): void {
    this.folders.clear();
  }
}

export interface MemoryFolderOptions {
  readonly disk: Disk;
  readonly key: StagingKeyRow;
  /** Does one operation of the disk. */
  readonly perform: <T>(what: string, work: () => T) => Promise<T>;
}

/** The folder of a run, whose key is in the database, as that of `SealedFolder`. */
export function memoryFolder({ disk, key, perform }: MemoryFolderOptions, runId: string): RunFolder {
  let hasKey = false;
  const findKey = async () => {
    hasKey ||= await key.isThere();
    return hasKey;
  };
  const folder = () => disk.folders.get(runId);
  const files = () => {
    const found = folder();
    if (!found) throw missing();
    return found;
  };
  const write = (name: string, file: File, content: Uint8Array) => {
    if (disk.isFull) throw Object.assign(new Error('no space left on device'), { code: 'ENOSPC' });
    disk.onWrite(content);
    disk.written.set(`${runId}/${name}`, content);
    file.content = content;
  };
  const open = async (name: string, keep = 0): Promise<ChunkWriter> => {
    const file = await perform('open file', () => {
      const found = files().get(name) ?? { content: nothing };
      write(name, found, found.content.slice(0, keep));
      files().set(name, found);
      return found;
    });
    return {
      append: (bytes) => {
        const copy = bytes.slice();
        return perform('write file', () => write(name, file, joined(file.content, copy)));
      },
      close: async () => {},
    };
  };
  return {
    place: `staged/${runId}`,
    open,
    remove: (name) => perform('remove file', () => void folder()?.delete(name)),
    names: () => perform('list files', () => [...(folder()?.keys() ?? [])]),
    size: async (name) => {
      if (!(await findKey())) return undefined;
      return perform('look at file', () => folder()?.get(name)?.content.length);
    },
    read: async function* (name, bytes, digest) {
      const content = await perform('read file', () => {
        const file = files().get(name);
        if (!file) throw missing();
        return file.content.slice(0, bytes);
      });
      if (content.length < bytes || (digest && digest !== sha256(content)))
        throw new Error('the file is not what was written');
      yield content;
    },
    put: (name, content) =>
      perform('put file', () => {
        const file = { content: nothing };
        write(name, file, content.slice());
        files().set(name, file);
      }),
    clear: async () => {
      await key.make();
      hasKey = true;
      await perform('clear folder', () => void disk.folders.set(runId, new Map()));
    },
    discard: async () => {
      await key.delete();
      hasKey = false;
      await perform('remove folder', () => void disk.folders.delete(runId));
    },
  };
}

const missing = () => Object.assign(new Error('no such file or directory'), { code: 'ENOENT' });
const nothing = new Uint8Array();
const sha256 = (content: Uint8Array): string => createHash('sha256').update(content).digest('hex');

function joined(a: Uint8Array, b: Uint8Array): Uint8Array {
  const both = new Uint8Array(a.length + b.length);
  both.set(a);
  both.set(b, a.length);
  return both;
}
