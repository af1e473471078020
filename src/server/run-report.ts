/** The result of a run as CSV for a spreadsheet: one `section, name, value` on each line, without personal data. */
import type { RunDocument } from '../contracts/run.ts';

type Row = readonly [section: string, name: string, value: string | number | null];

export function reportCsv(run: RunDocument): string {
  const rows: Row[] = [
    ['run', 'id', run.runId],
    ['run', 'status', run.status],
    ['run', 'started', run.startedAt],
    ['run', 'ended', run.endedAt],
    ['run', 'source', run.source],
    ['run', 'ad account', run.adAccountId],
    ['run', 'audience id', run.audience?.id ?? null],
    ['run', 'audience name', run.audience?.name ?? null],
    ['run', 'error', run.error?.message ?? null],
    ...counts(run),
    ...run.chunks.flatMap(chunk),
    ...run.warnings.map(({ code, message }): Row => ['warning', code, message]),
  ];
  return [['section', 'name', 'value'], ...rows].map((row) => `${row.map(cell).join(',')}\r\n`).join('');
}

function counts({ counts: all, invalidRows }: RunDocument): Row[] {
  if (!all) return [];
  const { invalid, ...plain } = all;
  return [
    ...Object.entries(plain).map(([name, value]): Row => ['count', name, value]),
    ...Object.entries(invalid).map(([reason, value]): Row => ['invalid', reason, value]),
    ...Object.entries(invalidRows).map(([reason, rows]): Row => ['invalid rows', reason, rows.join(' ')]),
  ];
}

function chunk(one: RunDocument['chunks'][number]): Row[] {
  const section = `chunk ${one.index}`;
  return [
    [section, 'action', one.action],
    [section, 'records', one.records],
    [section, 'bytes', one.bytes],
    [section, 'sha256', one.sha256],
    [section, 'upload job', one.uploadJobId],
    [section, 'upload job status', one.jobStatus],
    [section, 'upload job failure', one.failedType],
    [section, 'accepted by LINE', one.audienceCount],
  ];
}

/** An apostrophe keeps a spreadsheet from running text as a formula. */
function cell(value: string | number | null): string {
  const text = String(value ?? '');
  const safe = typeof value === 'string' && /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
