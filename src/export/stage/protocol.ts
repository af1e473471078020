/** What the main thread and the worker of a staging say to each other. */

import type { KernelCounts } from '../../../packages/identifiers/src/kernel/counts.ts';
import type { ErrorCode } from '../../contracts/errors.ts';
import type { IdentifierType, IfaFormat } from '../../contracts/requests.ts';
import type { LocalizedText } from '../../contracts/sentence.ts';
import type { ByteChannel } from './byte-channel.ts';

/** The worker's only message, besides the bytes of the channel. */
export interface StageOrder {
  readonly identifierType: IdentifierType;
  readonly ifaFormat: IfaFormat;
  readonly defaultCountry: string | undefined;
  readonly marked: boolean;
  readonly maxChunkRecords: number;
  readonly maxChunkBytes: number;
  readonly input: ByteChannel;
  /** A cell for each output buffer of the kernel: 1 from the report that hands it over until it is written away. */
  readonly busy: Int32Array<SharedArrayBuffer>;
  /** How far the worker is: rows, scanned, unique. */
  readonly progress: BigUint64Array<SharedArrayBuffer>;
}

export type StageReport =
  | {
      readonly kind: 'lines';
      /** In the kernel's memory. */
      readonly lines: Uint8Array<SharedArrayBuffer>;
      readonly buffer: number;
      /** They are the last ones of their chunk, which has so many records. */
      readonly chunkRecords: number | null;
    }
  /** All lines of what was written before have been handed over. */
  | { readonly kind: 'drained'; readonly counts: KernelCounts }
  | { readonly kind: 'ended'; readonly counts: KernelCounts }
  | ({ readonly kind: 'failed'; readonly code: ErrorCode } & LocalizedText);
