/**
 * Keyed fingerprints of the members that runs have sent. The service keeps those of the last run of each audience, to
 * count who joins and who leaves. They decide nothing of what is sent.
 */
import type { RunState } from '../domain/runs/run-state.ts';
import type { Secret } from '../domain/values/secret.ts';

/** What was made of one delivery. */
export interface FingerprintRow {
  /** What decides which lines a value becomes. Rows of different forms cannot be compared. */
  readonly form: string;
  /** How many fingerprints there are. */
  readonly count: number;
}

/** What is written of one delivery. */
export interface NewFingerprints extends FingerprintRow {
  /** The chunks that they were made of. A run that is interrupted may stage others, which would not be these. */
  readonly chunks: readonly { readonly sha256: string }[];
  /**
   * The key that they were made with. When that was lost meanwhile, nothing is written: the next run would compare them
   * with those of another key.
   */
  readonly key: Secret<Buffer>;
}

/** Those of an earlier run: in order, eight bytes each. A block has whole fingerprints. */
export interface EarlierFingerprints extends FingerprintRow {
  /** The run that has left them. Undefined when nobody can read it. */
  readonly run: RunState | undefined;
  /** Fails, at the latest after the last block, when they are not what was written. */
  read(): AsyncIterable<Uint8Array>;
}

/** The part of a delivery that says which run it is compared with. */
export interface ComparedDelivery {
  readonly audienceId: string | null;
  readonly request: Pick<RunState['request'], 'adAccountId' | 'identifierType' | 'field'>;
}

export interface FingerprintFiles {
  /** The key that all fingerprints of the installation are made with. */
  key(): Promise<Secret<Buffer>>;
  /**
   * Those of the last run that filled the audience of this delivery completely. Undefined when that run has left none
   * of what it has sent.
   * @throws errors of the file system: another machine may have them
   */
  earlier(delivery: ComparedDelivery): Promise<EarlierFingerprints | undefined>;
  /**
   * Writes those of a delivery.
   * @param bytes `row.count` fingerprints in order. A block is used before the next one is asked for
   * @returns a function that keeps them, while the process has the run: then they are those of the audience as soon as
   * the run has filled it completely, and never otherwise
   */
  write(delivery: RunState, row: NewFingerprints, bytes: AsyncIterable<Uint8Array>): Promise<() => Promise<void>>;
}
