/** Reads NDJSON with JSON.parse alone, line by line: what the reader of NDJSON must give for every text. */
import { isUtf8 } from 'node:buffer';
import { JsonFieldReader } from '../../../src/sources/files/json-field.ts';
import { BrokenRowError } from '../../../src/sources/files/table.ts';
import { parseRecords } from './values.ts';

export interface Outcome {
  /** Marked records. Without a fault all of them, else only those that were certainly given before. */
  readonly records: readonly string[];
  readonly rows: number;
  readonly seen: boolean;
  readonly fault?: { readonly fault: string; readonly row: number };
}

/** The outcome by JSON.parse. */
export function parseLines(text: Uint8Array, field: string): Outcome {
  const records: string[] = [];
  let rows = 0;
  let seen = false;
  const failed = (fault: string): Outcome => ({ records, rows, seen, fault: { fault, row: rows + 1 } });
  for (const bytes of split(Buffer.from(text))) {
    if (!isUtf8(bytes)) return failed('encoding');
    const line = bytes.toString();
    if (line.trim() === '') continue;
    let member: unknown;
    try {
      member = JSON.parse(line);
    } catch {
      return failed('not_json');
    }
    if (typeof member !== 'object' || member === null || Array.isArray(member)) return failed('not_json');
    const own = Object.getOwnPropertyDescriptor(member, field);
    const values: unknown[] = Array.isArray(own?.value) ? own.value : [own?.value];
    if (values.some((value) => typeof value === 'object' && value !== null)) return failed('not_scalar');
    seen ||= own !== undefined;
    rows++;
    const texts = values.map((value) => String(value ?? '').toWellFormed());
    if (texts.length === 0) texts.push('');
    records.push(...texts.map((value, index) => (index === 0 ? '+' : '.') + value));
  }
  return { records, rows, seen };
}

/** The outcome of the reader, with the text in blocks that end at `cuts`. */
export function readLines(text: Uint8Array, cuts: readonly number[], field: string): Outcome {
  const reader = new JsonFieldReader(field);
  const given: Buffer[] = [];
  const places = [0, ...cuts.map((cut) => cut % (text.length + 1)).sort((a, b) => a - b), text.length];
  try {
    for (const [index, place] of places.slice(1).entries())
      for (const block of reader.push(text.subarray(places[index], place))) given.push(Buffer.from(block));
    for (const block of reader.end()) given.push(Buffer.from(block));
  } catch (error) {
    if (!(error instanceof BrokenRowError)) throw error;
    const { fault, row } = error;
    return { records: recordsOf(given), rows: reader.rows, seen: reader.seen, fault: { fault, row } };
  }
  return { records: recordsOf(given), rows: reader.rows, seen: reader.seen };
}

const recordsOf = (blocks: readonly Buffer[]): string[] => parseRecords(Buffer.concat(blocks));

function split(text: Buffer): Buffer[] {
  const lines: Buffer[] = [];
  for (let at = 0; at <= text.length; ) {
    const end = text.indexOf(10, at);
    lines.push(text.subarray(at, end === -1 ? text.length : end));
    at = end === -1 ? text.length + 1 : end + 1;
  }
  return lines;
}
