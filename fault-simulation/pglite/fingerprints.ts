/** The fingerprints of members with the real files and rows. A whole file is read or written in one event. */
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { FingerprintFiles } from '../../src/contracts/fingerprints.ts';
import type { Db } from '../../src/store/database/database.ts';
import { fingerprintFiles, fingerprintsIn } from '../../src/store/fingerprints/files.ts';
import { dropFingerprints, FINGERPRINT_KEY } from '../../src/store/repositories/fingerprints.ts';
import type { SecretBox } from '../../src/store/secrets/secret-box.ts';
import { tidyFingerprints } from '../../src/use-cases/fingerprints.ts';
import type { FingerprintPlace, ProcessFingerprints } from '../world/storage.ts';

/** Files without a row are left for some hours. */
const LATER = '9999-01-01T00:00:00Z';

/** A directory of uploads on this machine. */
export class FingerprintDirectory implements FingerprintPlace {
  readonly uploads = mkdtempSync(join(tmpdir(), 'lineup-simulated-'));
  readonly directory = fingerprintsIn(this.uploads);
  isFull = () => false;
  awayUntil = 0;

  get names(): string[] {
    try {
      return readdirSync(this.directory);
    } catch {
      return [];
    }
  }

  lose(): void {
    rmSync(this.directory, { recursive: true, force: true });
  }

  damage(): void {
    for (const name of this.names) {
      const bytes = readFileSync(join(this.directory, name));
      bytes[bytes.length - 1]! ^= 1;
      writeFileSync(join(this.directory, name), bytes);
    }
  }

  remove(): void {
    rmSync(this.uploads, { recursive: true, force: true });
  }
}

interface Options {
  readonly db: Db;
  readonly box: SecretBox;
  readonly place: FingerprintDirectory;
  /** Machine time. */
  readonly now: () => number;
  readonly perform: <T>(what: string, work: () => Promise<T>) => Promise<T>;
}

export function realFingerprints({ db, box, place, now, perform }: Options): ProcessFingerprints {
  const { directory, uploads } = place;
  const files = fingerprintFiles({ db, box, directory, now: () => new Date(now()) });
  const assertIsThere = () => {
    if (now() < place.awayUntil) throw Object.assign(new Error('input/output error'), { code: 'EIO' });
  };
  const own: FingerprintFiles = {
    key: () => perform('read key of fingerprints', files.key),
    earlier: (delivery) =>
      perform('open fingerprints', async () => {
        const found = await files.earlier(delivery);
        if (found) assertIsThere();
        return found;
      }),
    write: async (...given) => {
      const keep = await perform('write fingerprints', async () => {
        assertIsThere();
        if (place.isFull()) throw Object.assign(new Error('no space left on device'), { code: 'ENOSPC' });
        return files.write(...given);
      });
      return () => perform('keep fingerprints', keep);
    },
  };
  return {
    files: own,
    tidy: () =>
      perform('tidy fingerprints', () =>
        tidyFingerprints({
          db,
          // Much later than the time at which this machine has written any file.
          now: () => new Date(LATER),
          uploads: { directory: uploads, maxBytes: 1, freeBytes: async () => undefined },
          countsTurnover: true,
        }),
      ),
    forget: (type) => perform('forget fingerprints', () => dropFingerprints(db, type)),
    loseKey: () =>
      perform('lose key of fingerprints', async () => {
        await dropFingerprints(db);
        await db.deleteFrom('settings').where('key', '=', FINGERPRINT_KEY).execute();
      }),
  };
}
