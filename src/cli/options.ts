/** Flags that several commands share, and parsers whose error shows the refused value. This file loads no Zod. */
import type { Command } from 'commander';
import type { Pace } from '../compose/local-exports.ts';
import { LineupError } from '../contracts/errors.ts';
import { type FileDelimiter, fileDelimiters } from '../contracts/file-names.ts';
import { experimentPattern, largestShare, MAX_EXPERIMENT, smallestShare } from '../contracts/hold-out.ts';
import { chunkLimits } from '../contracts/line-limits.ts';
import {
  type ExportRequest,
  identifierTypes,
  ifaFormats,
  LONGEST_UPLOAD_JOB_MS,
  MOST_LISTS,
  MOST_THREADS,
  type ScanRequest,
} from '../contracts/requests.ts';

/** The parsed flags of `export` and `prepare`. */
export interface ScanFlags {
  source?: string;
  format?: string;
  encoding?: string;
  delimiter?: FileDelimiter;
  header?: 'yes' | 'no';
  field?: string;
  identifierType?: ScanRequest['identifierType'];
  ifaFormat: ScanRequest['ifaFormat'];
  defaultCountry?: string;
  suppress?: string[];
  suppressField?: string;
  holdOut?: number;
  experiment?: string;
  chunkRecords: number;
  chunkBytes: number;
}

export interface ExportFlags extends ScanFlags {
  adAccount?: string;
  audienceId?: string;
  audienceName?: string;
  mode: ExportRequest['mode'];
  maxShrink?: number;
  suppressMaxShrink?: number;
  dryRun?: boolean;
}

const DEFAULT_MAX_SHRINK = 0.5;

const bad = (message: string): LineupError => new LineupError('invalid_argument', message);

/** A whole number between two bounds. */
export const wholeNumber =
  (flag: string, least: number, most: number, unit = '') =>
  (value: string): number => {
    const number = Number(value);
    if (/^\d+$/.test(value) && number >= least && number <= most) return number;
    throw bad(`${flag} takes a whole number${unit} from ${least} to ${most}, but got "${value}".`);
  };

export const oneOf =
  <const T extends string>(flag: string, values: readonly T[]) =>
  (value: string): T => {
    const known = values.find((candidate) => candidate === value.toLowerCase());
    if (known) return known;
    throw bad(`${flag} takes ${values.join(', ')}, but got "${value}".`);
  };

/** An id at LINE or of a run. Other characters could change a URL or the terminal. */
export const id =
  (flag: string) =>
  (value: string): string => {
    if (/^[\w-]{1,64}$/.test(value.trim())) return value.trim();
    throw bad(`${flag} takes an id of letters and digits, but got "${value}".`);
  };

export function country(value: string): string {
  const code = value.trim().toUpperCase();
  const named =
    /^[A-Z]{2}$/.test(code) && new Intl.DisplayNames('en', { type: 'region', fallback: 'none' }).of(code);
  if (!named)
    throw bad(
      `--default-country takes a country code of two letters such as JP, TW or TH, but got "${value}".`,
    );
  return code;
}

/** The name of an experiment. */
export function experiment(value: string): string {
  if (experimentPattern.test(value) && value.length <= MAX_EXPERIMENT) return value;
  throw bad(
    `--experiment takes 1 to ${MAX_EXPERIMENT} Latin letters, digits, dots, hyphens and underscores, and begins with a letter or a digit, but got "${value}".`,
  );
}

export const SOURCE =
  'file (of a workbook: file.xlsx#Sheet), glob, URL, - for standard input, lytics:<audience>, or postgresql:<table or query>';

/** How a file is read. */
export const fileOptions = (command: Command): Command =>
  command
    .option(
      '--format <format>',
      'csv, tsv, xlsx, ndjson, parquet or lines (default: detected from the name and the content)',
      oneOf('--format', ['csv', 'tsv', 'xlsx', 'ndjson', 'parquet', 'lines']),
    )
    .option('--encoding <name>', 'encoding of a text file, e.g. shift_jis (default: detected)')
    .option(
      '--delimiter <name>',
      'comma, tab, semicolon or pipe (default: detected)',
      oneOf('--delimiter', fileDelimiters),
    )
    .option(
      '--header <yes or no>',
      'whether the first row has the column names (default: detected)',
      oneOf('--header', ['yes', 'no']),
    );

/** The flags of a scan. */
export function scanOptions(command: Command): Command {
  return fileOptions(
    command
      .option('--source <path>', SOURCE)
      .option('--field <name>', 'the column that holds the identifier')
      .option('--identifier-type <type>', 'email, phone or ifa', oneOf('--identifier-type', identifierTypes)),
  )
    .option('--default-country <code>', 'country of phone numbers in national form, e.g. JP', country)
    .option(
      '--ifa-format <format>',
      'mobile advertising ids as sha256 or raw',
      oneOf('--ifa-format', ifaFormats),
      'sha256',
    )
    .option(
      '--suppress <path>',
      'source of people who must be left out; may be given several times',
      (value: string, all: string[] = []) => [...all, value],
    )
    .option(
      '--suppress-field <name>',
      'the column of these sources that holds the identifier (default: as --field)',
    )
    .option(
      '--hold-out <percent>',
      `share of members to keep out of the audience, ${smallestShare} to ${largestShare}`,
      wholeNumber('--hold-out', smallestShare, largestShare, ' of percent'),
    )
    .option('--experiment <name>', 'name that selects who is kept out, e.g. spring', experiment)
    .option(
      '--chunk-records <n>',
      `records in a chunk, at most ${chunkLimits.maxRecords}`,
      wholeNumber('--chunk-records', 1, chunkLimits.maxRecords),
      chunkLimits.maxRecords,
    )
    .option(
      '--chunk-bytes <n>',
      `bytes in a chunk, at most ${chunkLimits.maxBytes}`,
      wholeNumber('--chunk-bytes', 65, chunkLimits.maxBytes),
      chunkLimits.defaultBytes,
    );
}

/** How many threads hash. */
export const threadsOption = (command: Command): Command =>
  command.option(
    '--threads <n>',
    `threads that hash a large source, at most ${MOST_THREADS} (default: one per core)`,
    wholeNumber('--threads', 1, MOST_THREADS),
  );

/** How often to ask LINE for the state of an upload job. */
export function pollOption(command: Command): Command {
  return command.option(
    '--poll-interval <ms>',
    'how often to ask LINE for the state of an upload',
    wholeNumber('--poll-interval', 50, 3_600_000, ' of milliseconds'),
    3_000,
  );
}

export const paceOf = (flags: { pollInterval: number }): Pace => ({
  pollIntervalMs: flags.pollInterval,
  jobTimeoutMs: LONGEST_UPLOAD_JOB_MS,
});

/** @throws {LineupError} `invalid_argument` naming every flag that is missing or does not go with the others */
export function scanRequest(flags: ScanFlags, alsoMissing: string[] = []): ScanRequest {
  const { source, field, identifierType } = flags;
  const missing = [
    ...(source ? [] : ['--source']),
    ...(field ? [] : ['--field']),
    ...(identifierType ? [] : ['--identifier-type']),
    ...alsoMissing,
  ];
  if (missing.length > 0 || !source || !field || !identifierType) {
    throw bad(`${missing.join(', ')} ${missing.length === 1 ? 'is' : 'are'} missing.`);
  }
  if (flags.defaultCountry && identifierType !== 'phone') {
    throw bad('--default-country works only with --identifier-type phone.');
  }
  if (flags.ifaFormat === 'raw' && identifierType !== 'ifa') {
    throw bad('--ifa-format raw works only with --identifier-type ifa.');
  }
  const { suppress, suppressField, holdOut, experiment: name, ...others } = flags;
  return {
    ...others,
    source,
    field,
    identifierType,
    ...(suppress && { suppress: suppressSources(suppress, suppressField ?? field, source) }),
    ...heldOut(holdOut, name),
  };
}

/** @throws {LineupError} `invalid_argument` */
function suppressSources(
  sources: readonly string[],
  field: string,
  audience: string,
): NonNullable<ScanRequest['suppress']> {
  if (sources.length > MOST_LISTS) {
    throw bad(`--suppress may be given ${MOST_LISTS} times, but was given ${sources.length} times.`);
  }
  return sources.map((source, n) => {
    if (source === '-') {
      throw bad('--suppress cannot read standard input. Write the list to a file, and give its path.');
    }
    if (source === audience) {
      throw bad(`--suppress ${source} is the source itself, so it would leave everybody out.`);
    }
    if (sources.indexOf(source) !== n) throw bad(`--suppress ${source} is given twice.`);
    return { source, field, maxShrink: DEFAULT_MAX_SHRINK };
  });
}

function heldOut(share: number | undefined, name: string | undefined): Pick<ScanRequest, 'holdOut'> {
  if (share === undefined && name === undefined) return {};
  if (share === undefined) throw bad('--experiment works only with --hold-out, the share to keep out.');
  if (name === undefined) throw bad('--hold-out needs --experiment, the name that selects who is kept out.');
  return { holdOut: { share, experiment: name } };
}

/** @throws {LineupError} `invalid_argument` */
export function exportRequest(flags: ExportFlags): ExportRequest {
  const { adAccount, audienceId, audienceName: name } = flags;
  if (audienceId && name) {
    throw bad(
      '--audience-id and --audience-name cannot be used together. The first fills an existing audience, the second creates one.',
    );
  }
  const missing = [
    ...(adAccount ? [] : ['--ad-account']),
    ...(audienceId || name ? [] : ['--audience-id or --audience-name']),
  ];
  const { suppressMaxShrink = DEFAULT_MAX_SHRINK, ...others } = flags;
  const { suppress, ...request } = scanRequest(others, missing);
  return {
    ...request,
    ...(suppress && { suppress: suppress.map((list) => ({ ...list, maxShrink: suppressMaxShrink })) }),
    adAccountId: adAccount ?? '',
    audienceId,
    audienceName: name,
    mode: flags.mode,
    maxShrink: flags.maxShrink ?? DEFAULT_MAX_SHRINK,
    dryRun: flags.dryRun ?? false,
  };
}
