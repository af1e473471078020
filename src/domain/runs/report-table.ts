/** The result of a run for a spreadsheet: one `section, name, value` on each line, without personal data. */
import { ownerNamed } from '../destinations/index.ts';
import { isHidden, NOT_SHOWN } from './hidden-turnover.ts';
import type { RunDocument } from './run.ts';
import type { Turnover } from './turnover.ts';

type Row = readonly [section: string, name: string, value: string | number | null];

export const reportTable = (run: RunDocument): Row[] => [
  ['section', 'name', 'value'],
  ['run', 'id', run.runId],
  ['run', 'status', run.status],
  ['run', 'started', run.startedAt],
  ['run', 'ended', run.endedAt],
  ['run', 'source', run.source],
  ['run', 'ad account', run.adAccountId],
  ...identifier(run),
  ['run', 'audience id', run.audience?.id ?? null],
  ['run', 'audience name', run.audience?.name ?? null],
  ['run', 'error', run.error?.message ?? null],
  ...delivered(run, ownerNamed(run.destination)),
  ...(run.siblings ?? []).flatMap((further) => sibling(further, ownerNamed(run.destination))),
];

type Sibling = NonNullable<RunDocument['siblings']>[number];

const row = (name: string, value: string | null): Row => ['run', name, value];

/** Nothing for a run with one identifier. */
const identifier = ({ identifierType, field }: Pick<RunDocument, 'identifierType' | 'field'>): Row[] =>
  identifierType && field ? [row('identifier type', identifierType), row('field', field)] : [];

/** A further identifier, with its number in each section. */
const sibling = (further: Sibling, owner: string): Row[] =>
  [
    ...identifier(further),
    row('audience id', further.audience.id),
    row('audience name', further.audience.name),
    row('error', further.error?.message ?? null),
    ...delivered(further, owner),
  ].map(([section, name, value]): Row => [`identifier ${further.delivery}: ${section}`, name, value]);

type Delivered = Pick<RunDocument, 'counts' | 'invalidRows' | 'turnover' | 'chunks' | 'warnings'>;

const delivered = (result: Delivered, owner: string): Row[] => [
  ...counts(result),
  ...result.chunks.flatMap((upload) => chunk(upload, owner)),
  ...result.warnings.map(({ code, message }): Row => ['warning', code, message]),
];

function counts({ counts: all, invalidRows, turnover }: Delivered): Row[] {
  if (!all) return [];
  const { invalid, ...plain } = all;
  return [
    ...Object.entries(plain).map(([name, value]): Row => ['count', name, value]),
    ...(turnover ? joinersAndLeavers(turnover) : []),
    ...Object.entries(invalid).map(([reason, value]): Row => ['invalid', reason, value]),
    ...Object.entries(invalidRows).map(([reason, rows]): Row => ['invalid rows', reason, rows.join(' ')]),
  ];
}

function joinersAndLeavers(turnover: Turnover): Row[] {
  const told = (count: number | null) => (isHidden(turnover) ? NOT_SHOWN : count);
  return [
    ['count', 'joining', told(turnover.joining)],
    ['count', 'leaving', told(turnover.leaving)],
  ];
}

function chunk(upload: RunDocument['chunks'][number], owner: string): Row[] {
  const section = `chunk ${upload.index}`;
  return [
    [section, 'action', upload.action],
    [section, 'records', upload.records],
    [section, 'bytes', upload.bytes],
    [section, 'sha256', upload.sha256],
    [section, 'upload job', upload.uploadJobId],
    [section, 'upload job status', upload.word ?? upload.jobStatus],
    [section, 'upload job failure', upload.failedType],
    [section, `accepted by ${owner}`, upload.audienceCount],
  ];
}
