/** Writes the value stream of source.ts: marked records, for sources that have members with several values. */

/** The records of one member, in order; of a member without any value, a lone mark. */
export function memberRecords(values: readonly string[]): string {
  if (values.length === 0) return '+\n';
  let records = '';
  let mark = '+';
  for (const value of values) {
    records += record(mark + value);
    mark = '.';
  }
  return records;
}

/** A marked value never begins with a quote, so that a line feed is all that must be quoted. */
function record(value: string): string {
  return value.includes('\n') ? `"${value.replaceAll('"', '""')}"\n` : `${value}\n`;
}
