/**
 * A machine on which people call `lineup export`: its disk, its locks, its table of places for requests, and its
 * processes.
 */
import type { Release } from '../../src/contracts/ports.ts';
import type { Disk } from '../../src/store/data-directory/disk.ts';
import type { LimitFiles } from '../../src/store/data-directory/file-limits.ts';
import type { Process } from '../engine/process.ts';
import { Random } from '../engine/random.ts';
import { MemoryConnection } from '../memory/connection.ts';
import { memoryPlaceTable } from '../memory/coordination.ts';
import { MemoryDatabase } from '../memory/database.ts';
import { type Plants, planted } from '../world/plants.ts';
import { MachineDisk } from './disk.ts';

/** The data directory, on every machine. */
export const DATA = '/data';

export const lockOf = (runId: string): string => `${DATA}/runs/${runId}/held.lock`;
export const journalOf = (runId: string): string => `${DATA}/runs/${runId}/journal.ndjson`;

export class Machine {
  readonly name: string;
  readonly disk: MachineDisk;
  /** How far its clock is from the right time. */
  clockErrorMs = 0;
  /** It is off, or starts again, until this machine time. */
  downUntil = 0;
  readonly #locks = new Map<string, Process>();
  #places = new MemoryDatabase();

  constructor(name: string, seed: number) {
    this.name = name;
    this.disk = new MachineDisk(new Random(seed, `disk of ${name}`));
  }

  holds(process: string, lock: string): boolean {
    const holder = this.#locks.get(lock);
    return holder?.name === process && !holder.isDead;
  }

  /** All processes are dead by then. */
  losePower(): void {
    this.#locks.clear();
    this.#places = new MemoryDatabase();
    this.disk.losePower();
  }

  loseStagedFiles(): void {
    const runs = `${DATA}/runs`;
    for (const runId of this.disk.names(runs)) this.disk.remove(`${runs}/${runId}/staged`);
  }

  diskFor(process: Process, plant: Plants): Disk {
    const files = this.disk.filesFor(process);
    return {
      files: planted(plant.files, files),
      tryLock: planted(plant.locks, (path: string) => this.#tryLock(process, path)),
    };
  }

  limitFilesFor(process: Process, plant: Plants): LimitFiles {
    const { tryLock } = this.diskFor(process, plant);
    return {
      tryLock,
      openPlaces: (_path, clock) => {
        // As in SQLite, a statement is done when it returns. Its times are right here also when somebody sets the clock
        // meanwhile.
        const connection = new MemoryConnection(this.#places, async (_what, work) => work());
        const table = memoryPlaceTable(connection, () => clock.monotonic());
        return { ...planted(plant.places, table), close: () => {} };
      },
    };
  }

  #tryLock(process: Process, path: string): Release | undefined {
    const holder = this.#locks.get(path);
    if (holder && !holder.isDead) return undefined;
    this.#locks.set(path, process);
    return () => {
      if (this.#locks.get(path) === process) this.#locks.delete(path);
    };
  }
}
