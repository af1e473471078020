/** The audit log as a table for spreadsheets. */
import type { ShownAuditEntry } from '../contracts/audit.ts';

const COLUMNS = [
  'time',
  'actor',
  'actor_id',
  'action',
  'subject_type',
  'subject_id',
  'subject',
  'detail',
] as const;

/** With the mark by which Excel knows UTF-8. */
export const auditCsv = (entries: readonly ShownAuditEntry[]): string =>
  `\ufeff${[COLUMNS.join(','), ...entries.map(lineOf)].join('\r\n')}\r\n`;

const lineOf = (entry: ShownAuditEntry): string =>
  [
    entry.at,
    entry.actor,
    entry.actor_id,
    entry.action,
    entry.subject_type,
    entry.subject_id,
    entry.subject_name ?? '',
    JSON.stringify(entry.detail),
  ]
    .map(cell)
    .join(',');

/** People choose names: one that a spreadsheet would take for a formula begins with an apostrophe. */
function cell(text: string): string {
  const safe = /^[\s]*[=+\-@\t\r|＝＋－＠]/.test(text) ? `'${text}` : text;
  return `"${safe.replaceAll('"', '""')}"`;
}
