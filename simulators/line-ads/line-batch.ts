import { decodeDigest, decodeId, digestLength, digestWords, idLength, idWords } from '../shared/hex-codec.ts';
import { Records } from '../shared/records.ts';

/** The lines of a file as records. Hashes and advertising ids are separate. */
export class LineBatch {
  readonly digests = new Records(digestWords);
  readonly ids = new Records(idWords);

  get count(): number {
    return this.digests.count + this.ids.count;
  }

  /** Takes one line without its line end. @returns its form, or null when it has neither */
  add(line: Uint8Array): 'digest' | 'id' | null {
    if (line.length === digestLength) {
      if (!decodeDigest(line, 0, this.digests.openPage(), this.digests.openOffset())) return null;
      this.digests.commit();
      return 'digest';
    }
    if (line.length !== idLength || !decodeId(line, this.ids.openPage(), this.ids.openOffset())) return null;
    this.ids.commit();
    return 'id';
  }
}
