/** Which of the earlier uploads a person can take once more. */
import type { Upload } from '../../../src/contracts/uploads.ts';

/** The same file, sent again: copies that nobody has used stand for one another. */
const isCopy = (upload: Upload, other: Upload): boolean =>
  upload.used_by.length === 0 && upload.name === other.name && upload.bytes === other.bytes;

/**
 * Without the copies of a file that nobody has used: who has sent it again sees it once, as the newest one.
 * @param uploads the newest first
 */
export const offered = (uploads: readonly Upload[]): readonly Upload[] =>
  uploads.filter((upload, index) => !uploads.slice(0, index).some((newer) => isCopy(upload, newer)));

/** What a person deletes who deletes one that is offered: it, and the copies that it stands for. */
export const copiesOf = (chosen: Upload, uploads: readonly Upload[]): readonly Upload[] =>
  uploads.filter((upload) => upload.id === chosen.id || isCopy(upload, chosen));
