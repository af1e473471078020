/** The identifiers of one file, as records. */
import { digestWords, idWords } from '../../shared/hex-codec.ts';
import { Records } from '../../shared/records.ts';

export class Batch {
  readonly emails = new Records(digestWords);
  /** Phone numbers of rows that have an e-mail address, too. */
  readonly pairedPhones = new Records(digestWords);
  /** Phone numbers of rows without an e-mail address. */
  readonly lonePhones = new Records(digestWords);
  readonly devices = new Records(idWords);
}
