/**
 * The files and directories of a disk in memory, and what of them survives when the power fails. Of a file: what was
 * synced, and any beginning of what was written since. Of a directory: the entries that were synced, and the first of
 * its changes since. A rename is one change.
 */
import type { Random } from '../engine/random.ts';

export class FileNode {
  content: Uint8Array = nothing;
  #durable: Uint8Array = nothing;

  get durable(): Uint8Array {
    return this.#durable;
  }

  sync(): void {
    this.#durable = this.content;
  }

  losePower(random: Random): void {
    this.content = this.#whatIsLeft(random);
    this.#durable = this.content;
  }

  #whatIsLeft(random: Random): Uint8Array {
    const { content } = this;
    const durable = this.#durable;
    if (content === durable) return content;
    let same = 0;
    while (same < durable.length && content[same] === durable[same]) same += 1;
    // It was cut off or written anew. Perhaps none of that has reached the disk.
    if (same < durable.length && random.chance(0.5)) return durable;
    return content.subarray(0, random.between(same, content.length));
  }
}

export type Node = FileNode | DirectoryNode;

/** New entries by their names; null for one that goes. */
type Change = Readonly<Record<string, Node | null>>;

export class DirectoryNode {
  readonly entries = new Map<string, Node>();
  /** What is on the disk for certain. */
  readonly durable = new Map<string, Node>();
  #changes: Change[] = [];

  change(change: Change): void {
    carryOut(change, this.entries);
    this.#changes.push(change);
  }

  sync(): void {
    for (const change of this.#changes) carryOut(change, this.durable);
    this.#changes = [];
  }

  losePower(random: Random): void {
    const kept = random.between(0, this.#changes.length);
    for (const change of this.#changes.slice(0, kept)) carryOut(change, this.durable);
    this.#changes = [];
    this.entries.clear();
    for (const [name, node] of this.durable) {
      this.entries.set(name, node);
      node.losePower(random);
    }
  }
}

function carryOut(change: Change, entries: Map<string, Node>): void {
  for (const [name, node] of Object.entries(change)) {
    if (node) entries.set(name, node);
    else entries.delete(name);
  }
}

const nothing = new Uint8Array();
