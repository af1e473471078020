/** The disk of a machine in a history: files as Node.js gives them, which can be full, and lose what was not synced. */
import type { Files, OpenFile } from '../../src/store/data-directory/disk.ts';
import type { Process } from '../engine/process.ts';
import type { Random } from '../engine/random.ts';
import { DirectoryNode, FileNode, type Node } from './disk-tree.ts';

export class MachineDisk {
  /** Called with everything that is written. */
  onWrite: (path: string, bytes: Uint8Array) => void = () => {};
  /** Does the sync of a path by a process. Things may break before it and after it. */
  aroundSync: (process: Process, path: string, sync: () => void) => void = (_process, _path, sync) => sync();
  /** More of the file, or of what is in the directory, is on the disk for certain. */
  onSync: (path: string) => void = () => {};
  isFull = false;
  readonly #random: Random;
  readonly #root = new DirectoryNode();

  constructor(random: Random) {
    this.#random = random;
  }

  /** What the machine finds when it starts again. */
  losePower(): void {
    this.#root.losePower(this.#random);
    this.onSync('/');
  }

  /** What is on the disk for certain of a file. */
  durable(path: string): Uint8Array | undefined {
    const node = partsOf(path).reduce<Node | undefined>(
      (at, name) => (at instanceof DirectoryNode ? at.durable.get(name) : undefined),
      this.#root,
    );
    return node instanceof FileNode ? node.durable : undefined;
  }

  /** What processes see in a file. */
  content(path: string): Uint8Array {
    return this.#fileAt(path).content;
  }

  /** The names in a directory. */
  names(path: string): string[] {
    const node = this.#find(path);
    return node instanceof DirectoryNode ? [...node.entries.keys()] : [];
  }

  remove(path: string): void {
    const { directory, name } = this.#parentOf(path);
    directory?.change({ [name]: null });
  }

  /** The files as a process sees them. Reading a file takes no time, so that a history has fewer steps. */
  filesFor(process: Process): Files {
    const perform = <T>(name: string, work: () => T) => process.operation(name, work);
    return {
      open: async (path, flags) => {
        const found = this.#find(path);
        const isNew = flags !== 'r' && flags !== 'r+' && (!found || flags === 'w');
        if (found && flags === 'ax') throw failed('EEXIST');
        if (!found && !isNew) throw failed('ENOENT');
        const node = isNew ? await perform(`make ${path}`, () => this.#make(path)) : found!;
        return this.#opened(path, node, process);
      },
      mkdir: (path) => perform(`make ${path}`, () => this.#makeDirectories(path)),
      readdir: (path) =>
        perform(`list ${path}`, () => {
          if (!(this.#find(path) instanceof DirectoryNode)) throw failed('ENOENT');
          return this.names(path);
        }),
      readFile: async (path) => Buffer.from(this.#fileAt(path).content),
      writeFile: (path, bytes) => perform(`write ${path}`, () => void this.#write(path, this.#make(path), bytes, 0)),
      rename: (from, to) =>
        perform(`rename ${from}`, () => {
          const node = this.#fileAt(from);
          const { directory, name } = this.#parentOf(from);
          directory?.change({ [name]: null, [this.#parentOf(to).name]: node });
        }),
      rm: (path) => perform(`remove ${path}`, () => this.remove(path)),
    };
  }

  #opened(path: string, node: Node, process: Process): OpenFile {
    const perform = <T>(name: string, work: () => T) => process.operation(name, work);
    const file = node instanceof FileNode ? node : new FileNode();
    const sync = () =>
      perform(`sync ${path}`, () =>
        this.aroundSync(process, path, () => {
          node.sync();
          this.onSync(path);
        }),
      );
    const write = (bytes: Uint8Array, position: number) =>
      perform(`write ${path}`, () => ({ bytesWritten: this.#write(path, file, bytes, position) }));
    return {
      read: async (target, offset, length, position) => {
        const found = file.content.subarray(position, position + length);
        target.set(found, offset);
        return { bytesRead: found.length };
      },
      write: (bytes, offset, length, position) => write(bytes.subarray(offset, offset + length), position),
      writev: (parts, position) => write(Buffer.concat(parts), position),
      appendFile: (bytes) =>
        perform(`append to ${path}`, () => void this.#write(path, file, bytes, file.content.length)),
      truncate: (length) =>
        perform(`cut off ${path}`, () => {
          if (length < file.content.length) file.content = file.content.subarray(0, length);
        }),
      stat: async () => ({ size: file.content.length }),
      sync,
      datasync: sync,
      close: async () => {},
    };
  }

  /** A full disk takes only a part, unless others have just freed some space. */
  #write(path: string, file: FileNode, bytes: Uint8Array, position: number): number {
    const isFull = this.isFull && this.#random.chance(0.8);
    const fits = isFull ? Math.floor(this.#random.next() * bytes.length) : bytes.length;
    const part = bytes.subarray(0, fits);
    this.onWrite(path, part);
    const content = new Uint8Array(Math.max(file.content.length, position + fits));
    content.set(file.content);
    content.set(part, position);
    file.content = content;
    if (isFull) throw failed('ENOSPC');
    return fits;
  }

  /** An empty file, also where there is one. */
  #make(path: string): FileNode {
    const { directory, name } = this.#parentOf(path);
    if (!directory) throw failed('ENOENT');
    const found = directory.entries.get(name);
    if (found instanceof FileNode) {
      found.content = found.content.subarray(0, 0);
      return found;
    }
    if (this.isFull) throw failed('ENOSPC');
    const made = new FileNode();
    directory.change({ [name]: made });
    return made;
  }

  #makeDirectories(path: string): string | undefined {
    let first: string | undefined;
    let at = this.#root;
    let way = '';
    for (const name of partsOf(path)) {
      way += `/${name}`;
      const found = at.entries.get(name);
      if (found instanceof DirectoryNode) {
        at = found;
        continue;
      }
      if (this.isFull) throw failed('ENOSPC');
      const made = new DirectoryNode();
      at.change({ [name]: made });
      first ??= way;
      at = made;
    }
    return first;
  }

  #fileAt(path: string): FileNode {
    const found = this.#find(path);
    if (!(found instanceof FileNode)) throw failed('ENOENT');
    return found;
  }

  #find(path: string): Node | undefined {
    return partsOf(path).reduce<Node | undefined>(
      (at, name) => (at instanceof DirectoryNode ? at.entries.get(name) : undefined),
      this.#root,
    );
  }

  #parentOf(path: string): { directory: DirectoryNode | undefined; name: string } {
    const parts = partsOf(path);
    const name = parts.pop() ?? '';
    const directory = this.#find(parts.join('/'));
    return { directory: directory instanceof DirectoryNode ? directory : undefined, name };
  }
}

const partsOf = (path: string): string[] => path.split('/').filter((part) => part !== '');

/** An error as the system reports it. */
const failed = (code: string) => Object.assign(new Error(code), { code });
