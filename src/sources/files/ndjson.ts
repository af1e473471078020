/**
 * NDJSON: each line is a JSON object. A field may be a text, a number, or a list of them, and may be missing.
 */
import { isUtf8 } from 'node:buffer';
import { LineupError } from '../../contracts/errors.ts';
import { sentence } from '../../contracts/sentence.ts';
import { memberRecords } from '../scans.ts';
import type { SourceField } from '../source.ts';
import { assertColumns, isName, withLeftOut } from './header.ts';
import { RowFault, type TextTable, type ValueReader } from './table.ts';
import type { TextStream } from './text.ts';

const LF = 10;
/** A longer line is not a member. */
const MAX_LINE = 64 << 20;
/**
 * How many lines are read to list the fields. A field that first occurs later is not listed, but can be
 * scanned.
 */
const SAMPLE = 1000;

type JsonObject = Readonly<Record<string, unknown>>;

/** The stream is always marked, because only the last line would show whether a field is ever a list. */
export function describeNdjson(stream: TextStream): TextTable {
  const members = [...sampleMembers(stream)];
  const fields = new Map<string, SourceField>();
  for (const member of members) {
    for (const [name, value] of Object.entries(member)) {
      const known = fields.get(name);
      if (known === undefined) assertColumns(fields.size + 1, stream.location.name);
      if (known === undefined || known.type === 'NULL' || Array.isArray(value)) {
        fields.set(name, { name, type: typeName(value), list: Array.isArray(value) });
      }
    }
  }
  const named = [...fields.values()].filter(({ name }) => isName(name));
  return {
    fields: named,
    notice: named.length < fields.size ? withLeftOut(stream.location.name) : undefined,
    *sample(field, limit) {
      for (const member of members.slice(0, limit)) yield valuesOf(fieldOf(member, field)) ?? ['(object)'];
    },
    read: (field) => new NdjsonReader(field),
  };
}

function* sampleMembers(stream: TextStream): Generator<JsonObject, void> {
  const lines = Buffer.from(stream.head)
    .toString()
    .split('\n', SAMPLE + 1);
  if (lines.length <= SAMPLE && !stream.complete) lines.pop();
  let rows = 0;
  for (const line of lines.slice(0, SAMPLE)) {
    if (line.trim() === '') continue;
    const member = parseMember(line);
    if (member) yield member;
    else if (rows === 0) {
      // Only for the first line: the file has another format. The scan reports later faults with their row.
      throw new LineupError(
        'source_format',
        sentence`${stream.location.name} is not NDJSON: its first line is not a JSON object.`,
      );
    }
    rows++;
  }
}

class NdjsonReader implements ValueReader {
  rows = 0;
  seen = false;
  readonly #field: string;
  /** The beginning of a line whose end has not arrived. */
  #parts: Uint8Array[] = [];
  #length = 0;

  constructor(field: string) {
    this.#field = field;
  }

  *push(block: Uint8Array): Generator<Uint8Array, void> {
    const end = block.lastIndexOf(LF) + 1;
    if (end > 0) {
      const lines = Buffer.concat([...this.#parts, block.subarray(0, end)]);
      this.#parts = [];
      this.#length = 0;
      yield* this.#read(lines);
    }
    // A copy, because the memory of the block is used again.
    this.#parts.push(Buffer.from(block.subarray(end)));
    this.#length += block.length - end;
    if (this.#length > MAX_LINE) throw new RowFault('too_long', this.rows + 1);
  }

  *end(): Generator<Uint8Array, void> {
    yield* this.#read(Buffer.concat(this.#parts));
    this.#parts = [];
  }

  *#read(lines: Buffer): Generator<Uint8Array, void> {
    const sound = isUtf8(lines);
    let records = '';
    for (let at = 0; at < lines.length; ) {
      const found = lines.indexOf(LF, at);
      const stop = found === -1 ? lines.length : found;
      const bytes = lines.subarray(at, stop);
      at = stop + 1;
      if (!sound && !isUtf8(bytes)) throw new RowFault('encoding', this.rows + 1);
      const line = bytes.toString();
      if (line.trim() !== '') records += this.#records(line);
    }
    if (records !== '') yield Buffer.from(records);
  }

  #records(line: string): string {
    const member = parseMember(line);
    if (!member) throw new RowFault('not_json', this.rows + 1);
    this.seen ||= Object.hasOwn(member, this.#field);
    const values = valuesOf(fieldOf(member, this.#field));
    if (!values) throw new RowFault('not_scalar', this.rows + 1);
    this.rows++;
    return memberRecords(values);
  }
}

function parseMember(line: string): JsonObject | undefined {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as JsonObject)
      : undefined;
  } catch {
    return undefined;
  }
}

/** Only own properties: `constructor` is not a field. */
function fieldOf(member: JsonObject, name: string): unknown {
  return Object.hasOwn(member, name) ? member[name] : undefined;
}

/** The values of a member's field. A missing field has one empty value. Undefined for an object. */
function valuesOf(value: unknown): readonly string[] | undefined {
  if (!Array.isArray(value)) {
    const text = textOf(value);
    return text === undefined ? undefined : [text];
  }
  const texts = value.map(textOf);
  return texts.every((text) => text !== undefined) ? texts : undefined;
}

function textOf(value: unknown): string | undefined {
  if (typeof value === 'string') return value;
  if (value === null || value === undefined) return '';
  return typeof value === 'object' ? undefined : String(value);
}

function typeName(value: unknown): string {
  if (value === null) return 'NULL';
  if (Array.isArray(value)) return `${value.length === 0 ? 'JSON' : typeName(value[0])}[]`;
  switch (typeof value) {
    case 'string':
      return 'VARCHAR';
    case 'number':
      return Number.isInteger(value) ? 'BIGINT' : 'DOUBLE';
    case 'boolean':
      return 'BOOLEAN';
    default:
      return 'JSON';
  }
}
