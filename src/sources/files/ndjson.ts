/**
 * NDJSON: each line is a JSON object. A field may be a text, a number, or a list of them, and may be missing.
 */
import { LineupError } from '../../domain/errors/errors.ts';
import { sentence } from '../../domain/text/sentence.ts';
import type { SourceField } from '../source.ts';
import { assertColumns, isName, withLeftOut } from './header.ts';
import { JsonFieldsReader } from './json-fields.ts';
import { type JsonObject, parseMember, valuesOf } from './json-member.ts';
import type { TextTable } from './table.ts';
import type { TextStream } from './text.ts';

/**
 * How many lines are read to list the fields. A field that first occurs later is not listed, but can be
 * scanned.
 */
const SAMPLE = 1000;

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
      for (const member of members.slice(0, limit)) yield valuesOf(member, field) ?? ['(object)'];
    },
    read: (wanted) => new JsonFieldsReader(wanted),
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
