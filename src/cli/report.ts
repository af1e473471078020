/** The result of a run as text for people. */

import { isUpperBound } from '../domain/audiences/size.ts';
import { accountWordOf, ownerNamed } from '../domain/destinations/index.ts';
import { exitStatusOf } from '../domain/errors/errors.ts';
import { isHidden, NOT_SHOWN } from '../domain/runs/hidden-turnover.ts';
import type { AudienceBefore, RunDocument, RunError, RunSibling } from '../domain/runs/run.ts';
import type { Turnover } from '../domain/runs/turnover.ts';
import type { NextStep } from './next-step.ts';
import {
  bytes,
  duration,
  number,
  paint,
  print,
  printError,
  printNotice,
  printWarning,
  safe,
  signedPercent,
  table,
} from './output.ts';

/** Prints the result: the headline, every count, every chunk, the warnings, and the next step. */
export function reportRun(run: RunDocument, next: NextStep | null): void {
  print(headline(run));
  const { identifierType, field } = run;
  // Before the scan has ended, there is nothing to show of each identifier.
  if (run.counts && identifierType && field) {
    print('');
    print(paint(['bold'], identifierOf({ identifierType, field })));
  }
  printResult(run, run);
  for (const sibling of run.counts ? (run.siblings ?? []) : []) {
    print('');
    print(`${paint(['bold'], identifierOf(sibling))}: audience ${audienceName(sibling) || '(none yet)'}`);
    for (const line of sizeChange({ ...sibling, status: run.status, destination: run.destination })) print(line);
    printResult(sibling, run);
  }
  if (run.status === 'succeeded') {
    print('');
    print(
      `${ownerNamed(run.destination)} now matches these members with its users. This can take hours. A new audience can be targeted after that.`,
    );
  }
  printOutcome(run, next);
}

/** One of several identifiers, as people know it. */
export const identifierOf = ({ identifierType, field }: Pick<RunSibling, 'identifierType' | 'field'>): string =>
  `${identifierNames[identifierType]} from the field "${safe(field)}"`;

const identifierNames = {
  email: 'E-mail',
  phone: 'Phone',
  ifa: 'Mobile advertising ID',
  line_user_id: 'LINE user ID',
} as const;

const audienceName = ({ audience }: Pick<RunDocument, 'audience'>): string =>
  safe([audience?.name && `"${audience.name}"`, audience?.id].filter(Boolean).join(' '));

type Result = Pick<RunDocument, 'counts' | 'invalidRows' | 'suppression' | 'turnover' | 'chunks'>;

/** Every count and every chunk. */
function printResult(
  { counts, invalidRows, suppression, turnover, chunks }: Result,
  { status, destination }: RunDocument,
): void {
  if (counts) {
    print('');
    const uploaded = status === 'dry_run' ? undefined : counts.uploaded;
    print(countsTable(counts, invalidRows, { uploaded, suppression }));
    if (turnover) print(`\n${sinceLastRun(turnover, counts.unique)}`);
  }
  if (chunks.length > 0) {
    print('');
    print(chunksTable(chunks, status === 'dry_run', ownerNamed(destination)));
  }
}

/** A run as the command line prints it. */
export interface PrintedRun extends Omit<RunDocument, 'error'> {
  /** `resume`: the whole command that continues the run or its job; null when that is not possible. */
  readonly error: (RunError & { readonly resume: string | null }) | null;
}

export const printedRun = (run: RunDocument, next: NextStep | null): PrintedRun => ({
  ...run,
  error: run.error && { ...run.error, resume: next?.command ?? null },
});

/** Prints warnings, the error and the next step on stderr. */
export function printOutcome(run: RunDocument, next: NextStep | null): void {
  for (const warning of run.warnings) printWarning(warning.message);
  for (const sibling of run.siblings ?? []) {
    for (const { message } of sibling.warnings) printWarning(`Audience ${audienceName(sibling)}: ${message}`);
  }
  if (run.error) printError(run.error.message);
  printNext(next);
}

export function printNext(next: NextStep | null): void {
  if (next) printNotice(next.command === null ? `${next.what}.` : `${next.what}: ${next.command}`);
}

function headline(run: RunDocument): string {
  const { audience } = run;
  const where = run.hashInDatabase && run.counts ? ', hashed in the database' : '';
  const words = {
    running: ['blue', 'Running'],
    succeeded: ['green', audience?.created ? 'Created and filled' : 'Filled'],
    dry_run: ['cyan', 'Dry run, nothing was sent'],
    failed: ['red', 'Failed'],
    interrupted: ['yellow', 'Interrupted'],
  } as const;
  const refused = run.error !== null && exitStatusOf(run.error.code) === 3;
  const [colour, word] = refused ? (['yellow', 'Stopped by the guard'] as const) : words[run.status];
  return [
    `${paint([colour, 'bold'], word)}: audience ${audienceName(run) || '(none yet)'} of ${accountWordOf(run.destination)} ${run.adAccountId}`,
    ...sizeChange(run),
    `Run ${run.runId} · ${safe(run.source ?? '')}${where} · ${duration(run.durationMs)}`,
  ].join('\n');
}

/** The size of the audience before the replace and with this result. */
function sizeChange({
  audience,
  counts,
  status,
  destination,
}: Pick<RunDocument, 'audience' | 'counts' | 'status' | 'destination'>): string[] {
  const before = audience?.before;
  if (!before || !counts) return [];
  const after = number(counts.unique);
  const owner = ownerNamed(destination);
  const [held, holds] = status === 'succeeded' ? [`${owner} held`, 'now'] : [`${owner} holds`, 'would hold'];
  if (before.size === null) return [`${held} an unknown number of members → ${holds} ${after}`];
  return [`${held} ${sizeText(before, before.size, owner)} → ${holds} ${after}${change(before.size, counts.unique)}`];
}

function sizeText({ basis, runId, at }: AudienceBefore, size: number, owner: string): string {
  if (basis === 'last_replace') return `${number(size)} (run ${runId}, ${at?.slice(0, 10)})`;
  if (basis === 'upload_jobs') return `about ${number(size)} (${owner}’s upload jobs)`;
  return `${isUpperBound(size) ? 'at most' : 'at least'} ${number(size)} (${owner}’s estimate)`;
}

const change = (before: number, after: number): string =>
  before === 0 || before === after ? '' : ` (${signedPercent((after - before) / before)})`;

const sinceLastRun = (turnover: Turnover, unique: number): string =>
  isHidden(turnover)
    ? `Who joins and who leaves is ${NOT_SHOWN}.`
    : `Since the last good run: ${turnoverText(turnover)} = ${number(unique)}`;

/** As `+1,204 −310`. */
export const turnoverText = (turnover: Turnover): string =>
  isHidden(turnover) ? NOT_SHOWN : [`+${few(turnover.joining)}`, `−${few(turnover.leaving)}`].join(' ');

const few = (members: number | null): string => (members === null ? '<10' : number(members));

type Counts = Omit<NonNullable<RunDocument['counts']>, 'uploaded'>;

/** Every value has an outcome, so the indented lines add up to the values. */
export function countsTable(
  counts: Counts,
  invalidRows: RunDocument['invalidRows'],
  { uploaded, suppression }: { uploaded?: number | undefined; suppression?: RunDocument['suppression'] } = {},
): string {
  const lists = (suppression ?? []).map(({ name, suppressed }) => `${safe(name)}: ${number(suppressed)}`).join('  ');
  const rows: [string, string, string][] = [
    ['Rows', number(counts.rows), ''],
    ['Values', number(counts.scanned), ''],
    ['  missing', number(counts.missing), ''],
    ...Object.entries(counts.invalid).map(([reason, count]): [string, string, string] => [
      `  ${reason}`,
      number(count),
      sampleOf(invalidRows[reason], count),
    ]),
    ...(counts.suppressed === undefined
      ? []
      : [['  suppressed', number(counts.suppressed), lists] as [string, string, string]]),
    ...(counts.held_out === undefined ? [] : [['  held out', number(counts.held_out), ''] as [string, string, string]]),
    ['  duplicates', number(counts.duplicates), ''],
    ['  unique', number(counts.unique), forms(counts)],
    ...(uploaded === undefined ? [] : [['Uploaded', number(uploaded), ''] as [string, string, string]]),
  ];
  return table([{ title: 'Outcome' }, { title: 'Count', right: true }, { title: '' }], rows);
}

function forms(counts: Counts): string {
  const parts = [
    counts.prehashed > 0 && `${number(counts.prehashed)} already hashed`,
    counts.raw > 0 && `${number(counts.raw)} sent raw`,
  ].filter(Boolean);
  return parts.length > 0 ? `(${parts.join(', ')})` : '';
}

const sampleOf = (rows: readonly number[] | undefined, count: number): string =>
  rows?.length ? `rows ${rows.map(number).join('  ')}${count > rows.length ? '  …' : ''}` : '';

function chunksTable(chunks: RunDocument['chunks'], dryRun: boolean, owner: string): string {
  return table(
    [
      { title: 'Chunk', right: true },
      { title: 'Action' },
      { title: 'Records', right: true },
      { title: 'Size', right: true },
      ...(dryRun ? [] : [{ title: `${owner}’s job` }, { title: 'State' }, { title: 'Processed', right: true }]),
    ],
    chunks.map((chunk) => [
      String(chunk.index),
      chunk.action,
      number(chunk.records),
      bytes(chunk.bytes),
      ...(dryRun
        ? []
        : [
            chunk.uploadJobId ?? '–',
            [chunk.word ?? chunk.jobStatus ?? 'not sent', chunk.failedType].filter(Boolean).join(' '),
            chunk.audienceCount === null ? '–' : number(chunk.audienceCount),
          ]),
    ]),
  );
}
