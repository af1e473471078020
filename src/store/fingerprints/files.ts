/**
 * The fingerprints of the members of runs: a sealed file for each delivery, in a directory that all processes of the
 * service share, and a row that makes it readable. The file of a run is beside that of the run before, and takes its
 * place when the run has filled the audience completely; nothing has to be moved for that.
 */
import { hash, hkdfSync } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { FingerprintFiles, NewFingerprints } from '../../contracts/fingerprints.ts';
import type { RunState } from '../../domain/runs/run-state.ts';
import { Secret } from '../../domain/values/secret.ts';
import { freeBytesIn, RESERVE_BYTES } from '../../machine/free-bytes.ts';
import { makeDirectory } from '../../machine/make-directory.ts';
import type { Db } from '../database/database.ts';
import { lastFingerprints, makeFingerprintKey, recordFingerprints } from '../repositories/fingerprints.ts';
import { readRunState } from '../repositories/run-events.ts';
import type { SecretBox } from '../secrets/secret-box.ts';
import { randomText } from '../secrets/unguessable.ts';
import { fileSize, readFingerprints, readHeader, writeFingerprints } from './file.ts';

interface Place {
  readonly db: Db;
  readonly box: SecretBox;
  /** The directory of the files. All processes of the service must share it. */
  readonly directory: string;
  readonly now: () => Date;
  /** @default as the system says it */
  readonly freeBytes?: typeof freeBytesIn;
}

/** The directory of the files, beside the uploads. */
export const fingerprintsIn = (uploadsDirectory: string): string => join(uploadsDirectory, 'fingerprints');

export function fingerprintFiles({ db, box, directory, now, freeBytes = freeBytesIn }: Place): FingerprintFiles {
  const master = () => makeFingerprintKey(db, box, now());
  const keyOf = (ofAll: Secret<Buffer>) => derive(ofAll, '', 'lineup fingerprints', 16);
  return {
    key: async () => keyOf(await master()),
    earlier: async (delivery) => {
      const row = await lastFingerprints(db, delivery);
      if (!row) return undefined;
      const path = join(directory, row.file);
      const key = fileKey(await master(), row.salt);
      const header = await readHeader(path, key, row.bytes);
      // A run that was interrupted may have staged others since.
      if (header?.staged !== stagedDigest(row.chunks)) return undefined;
      const run = await readRunState(db, row.runId);
      return { form: header.form, count: header.count, run, read: () => readFingerprints(path, key, row.bytes) };
    },
    write: async (delivery, row, bytes) => {
      const salt = randomText('base64');
      const file = `${nameOf(delivery)}.${randomText('base64url').slice(0, 12)}`;
      const path = join(directory, file);
      await makeDirectory(directory);
      const free = await freeBytes(directory);
      if (free !== undefined && free < fileSize(row.count) + RESERVE_BYTES) {
        throw new Error('the disk has no space for the fingerprints');
      }
      try {
        const head = { form: row.form, count: row.count, staged: stagedDigest(row.chunks) };
        const present = await master();
        if (!keyOf(present).reveal().equals(row.key.reveal())) throw new Error('the key of the fingerprints was lost');
        await writeFingerprints(path, fileKey(present, salt), head, bytes);
      } catch (error) {
        await rm(path, { force: true }).catch(() => {});
        throw error;
      }
      return () => recordFingerprints(db, delivery, { file, salt, bytes: fileSize(row.count) }, now());
    },
  };
}

const nameOf = ({ runId, delivery }: RunState): string => `${runId}-${delivery}`;

/** What identifies the lines that fingerprints were made of. */
export const stagedDigest = (chunks: NewFingerprints['chunks']): string =>
  hash('sha256', chunks.map(({ sha256 }) => sha256).join(), 'base64url');

const fileKey = (master: Secret<Buffer>, salt: string): Secret<Buffer> =>
  derive(master, Buffer.from(salt, 'base64'), 'lineup fingerprints file', 32);

/** HKDF (RFC 5869): keys for different purposes, none of which says anything of another one. */
const derive = (master: Secret<Buffer>, salt: Uint8Array | '', purpose: string, length: number): Secret<Buffer> =>
  new Secret(Buffer.from(hkdfSync('sha256', master.reveal(), salt, purpose, length)));
