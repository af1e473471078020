/** Where fingerprints of members are: in one directory of all machines, or in one of each. And what breaks there. */
import type { Disk } from '../memory/run-folder.ts';
import type { Plan } from './plan.ts';
import type { FingerprintFault } from './planned-faults.ts';
import type { FingerprintPlace, ProcessFingerprints, Storage } from './storage.ts';
import { describe } from './world.ts';

interface Deps {
  readonly plan: Plan;
  readonly storage: Storage;
  /** In milliseconds, as the timeline counts them. */
  readonly now: () => number;
  readonly note: (text: string) => void;
}

export class FingerprintPlaces {
  readonly #deps: Deps;
  readonly #places = new Map<Disk | undefined, FingerprintPlace>();

  constructor(deps: Deps) {
    this.#deps = deps;
  }

  /** The one of a machine. Undefined if none are kept. */
  of(disk: Disk): FingerprintPlace | undefined {
    const { plan, storage } = this.#deps;
    if (plan.fingerprints === undefined) return undefined;
    const machine = plan.fingerprints === 'shared' ? undefined : disk;
    const place = this.#places.get(machine) ?? storage.newFingerprintPlace();
    place.isFull = () => disk.isFull;
    this.#places.set(machine, place);
    return place;
  }

  /** The files in all of them. */
  get names(): readonly string[] {
    return [...this.#places.values()].flatMap((place) => place.names);
  }

  /** @param fingerprints of the process of people */
  disturb({ kind, forMs }: FingerprintFault, disk: Disk, fingerprints: ProcessFingerprints | undefined): void {
    const { plan, now, note } = this.#deps;
    const place = this.of(disk);
    if (!place || !fingerprints) return;
    const act = (work: Promise<void>) => void work.catch((error: unknown) => note(describe(error)));
    switch (kind) {
      case 'fingerprints_lost':
        place.lose();
        return;
      case 'fingerprints_damaged':
        place.damage();
        return;
      case 'fingerprints_away':
        place.awayUntil = now() + forMs;
        return;
      case 'fingerprints_forgotten':
        act(fingerprints.forget(plan.jobs[0]!.identifier));
        return;
      case 'fingerprints_key_lost':
        act(fingerprints.loseKey());
        return;
      case 'fingerprints_tidied':
        act(fingerprints.tidy());
        return;
    }
  }
}
