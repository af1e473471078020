/** How the scan of hashes of every database begins. */
import type { HashedField, Scan } from '../source.ts';
import { hashScan } from './outcomes.ts';
import { type FieldRules, rulesOf } from './rules.ts';

export interface OpenHashScan<Field> {
  readonly asked: readonly HashedField[];
  /** The name of the source for people. */
  readonly label: string;
  /** @throws {LineupError} `field_not_found`, `field_type` */
  readonly find: (name: string) => Field;
  /** Runs the statement: `rows` of `HashScanOptions`, for these fields and their rules. */
  readonly rows: (
    fields: readonly Field[],
    rules: readonly FieldRules[],
    signal: AbortSignal,
  ) => AsyncGenerator<Uint8Array, void>;
  readonly signal: AbortSignal | undefined;
}

/** A wrong field is reported here; the statement runs when the first block is requested. */
export async function openHashScan<Field>({ asked, label, find, rows, signal }: OpenHashScan<Field>): Promise<Scan> {
  const fields = asked.map(({ field }) => find(field));
  const rules = await rulesOf(asked);
  return hashScan({ fields: fields.length, label, rows: (stop) => rows(fields, rules, stop), signal });
}
