/** Flags that several commands share, and parsers whose error shows the refused value. This file loads no Zod. */
import type { Command } from 'commander';
import type { Pace } from '../compose/local-exports.ts';
import { audiencePrefixes } from '../compose/source-address.ts';
import { calledAs } from '../config/environment.ts';
import { experimentPattern, largestShare, MAX_EXPERIMENT, smallestShare } from '../domain/audiences/hold-out.ts';
import {
  type ExportRequest,
  LONGEST_UPLOAD_JOB_MS,
  MAX_THREADS,
  type ScanRequest,
} from '../domain/audiences/requests.ts';
import {
  chunkLimitsOf,
  defaultDestination,
  destinations,
  ifaFormatsOf,
  typesOf,
} from '../domain/destinations/index.ts';
import type { DestinationTraits } from '../domain/destinations/traits.ts';
import { LineupError } from '../domain/errors/errors.ts';
import { type FileDelimiter, fileDelimiters } from '../domain/files/file-names.ts';
import { type GivenSibling, parseSibling } from './sibling-flag.ts';

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
  /** Null: all numbers are complete. */
  defaultCountry?: string | null;
  /** The country of the machine. */
  presumedCountry?: string | undefined;
  sibling?: GivenSibling[];
  suppress?: string[];
  suppressField?: string[];
  hashInDatabase?: boolean;
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

const bad = (message: string): LineupError => new LineupError('invalid_argument', message);

/** For two flags that contradict each other. */
export const notTogether = (both: string): LineupError =>
  bad(`${both} cannot be used together. Leave one of them out.`);

/** A whole number between two bounds. */
export const wholeNumber =
  (flag: string, least: number, most: number, unit = '') =>
  (value: string): number => {
    const number = Number(value);
    if (/^\d+$/.test(value) && number >= least && number <= most) return number;
    throw bad(`${flag} takes a whole number${unit} from ${least} to ${most}, but got "${value}".`);
  };

const units = { s: 1_000, m: 60_000, h: 3_600_000 } as const;
type Unit = keyof typeof units;
const LONGEST_MS = 7 * 24 * units.h;

/** A duration such as `30m`, in milliseconds. */
export const duration =
  (flag: string) =>
  (value: string): number => {
    const [, amount = '', unit = ''] = /^(\d{1,6})([smh])$/.exec(value) ?? [];
    const ms = Number(amount) * (units[unit as Unit] ?? 0);
    if (ms > 0 && ms <= LONGEST_MS) return ms;
    throw bad(`${flag} takes a duration such as 90s, 30m or 2h, at most 168h, but got "${value}".`);
  };

/** The shortest form that `duration` takes. */
export function spelled(ms: number): string {
  const [unit = 's'] = (['h', 'm'] as const).filter((candidate) => ms % units[candidate] === 0);
  return `${ms / units[unit]} ${unit === 's' ? 's' : unit === 'm' ? 'min' : 'h'}`;
}

/** One of some values. The parser knows them, for completion. */
export function oneOf<const T extends string>(flag: string, values: readonly T[]): ((value: string) => T) & Choices {
  const parse = (value: string): T => {
    const known = values.find((candidate) => candidate === value.toLowerCase());
    if (known) return known;
    throw bad(`${flag} takes ${values.join(', ')}, but got "${value}".`);
  };
  return Object.assign(parse, { choices: values });
}

/** "email, phone or ifa" */
export const either = (values: readonly string[]): string => `${values.slice(0, -1).join(', ')} or ${values.at(-1)}`;

interface Choices {
  readonly choices: readonly string[];
}

/** The values that a parser takes, if these are few. */
export const choicesOf = (parse: object | undefined): readonly string[] | undefined =>
  (parse as Partial<Choices> | undefined)?.choices;

/** Parses the identifier type of a command that works without the service. */
export function localType(): ReturnType<typeof oneOf<ScanRequest['identifierType']>> {
  const parse = oneOf('--identifier-type', typesOf(defaultDestination));
  const afterCheck = (value: string) => {
    assertLocal(value);
    return parse(value);
  };
  return Object.assign(afterCheck, { choices: parse.choices });
}

/**
 * Commands without the service are for LINE Ads alone. Who asks them for what only another destination takes is told
 * the way.
 * @throws {LineupError} `invalid_argument`
 */
function assertLocal(given: string): void {
  const type = given.trim().toLowerCase();
  const takes = ({ identifiers }: Pick<DestinationTraits, 'identifiers'>) => Object.hasOwn(identifiers, type);
  const other = takes(defaultDestination) ? undefined : destinations.find(takes);
  if (!other) return;
  throw bad(
    `This command is for ${defaultDestination.label}, which does not take ${type}. ${other.label} takes it, through the service: "${calledAs()} jobs create --identifier-type ${type}".`,
  );
}

/** An id at LINE or of a run. Other characters could change a URL or the terminal. */
export const id =
  (flag: string) =>
  (value: string): string => {
    if (/^[\w-]{1,64}$/.test(value.trim())) return value.trim();
    throw bad(`${flag} takes an id of letters and digits, but got "${value}".`);
  };

/** Null for `none`: all numbers are complete. */
export function country(value: string): string | null {
  if (value.trim().toLowerCase() === 'none') return null;
  const code = value.trim().toUpperCase();
  const named = /^[A-Z]{2}$/.test(code) && new Intl.DisplayNames('en', { type: 'region', fallback: 'none' }).of(code);
  if (!named)
    throw bad(
      `--default-country takes a country code of two letters such as JP, TW or TH, or none, but got "${value}".`,
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

export const SOURCE = `file, glob, URL, - for standard input; s3:// or gs://<bucket>/<key or glob>, newest:s3://<bucket>/<folder>/ for the newest object; of a workbook, also #Sheet at the end; or ${audiencePrefixes()} with an audience, a table or a query`;

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

export const DEFAULT_COUNTRY =
  'country of phone numbers without a country code, e.g. JP; none: all numbers are complete (default: none; at a terminal the country of the installation, if it is known)';

const { file } = defaultDestination;
const { maxChunkRecords } = chunkLimitsOf(defaultDestination);
const ifaFormats = ifaFormatsOf(defaultDestination);

/** The flags of a scan. @param sibling how `--sibling` is written, and what it does */
export function scanOptions(
  command: Command,
  sibling: { readonly form: string; readonly description: string },
): Command {
  return fileOptions(
    command
      .option('--source <path>', SOURCE)
      .option('--field <name>', 'the column that holds the identifier')
      .option('--identifier-type <type>', 'email, phone or ifa', localType()),
  )
    .option('--default-country <code>', DEFAULT_COUNTRY, country)
    .option(
      '--ifa-format <format>',
      'mobile advertising ids as sha256 or raw',
      oneOf('--ifa-format', ifaFormats),
      ifaFormats[0],
    )
    .option(`--sibling <${sibling.form}>`, sibling.description, (value: string, all: GivenSibling[] = []) => {
      assertLocal(value.split(':')[0] ?? '');
      return [...all, parseSibling(value, defaultDestination)];
    })
    .option(
      '--suppress <path>',
      'source of people who must be left out; may be given several times',
      (value: string, all: string[] = []) => [...all, value],
    )
    .option(
      '--suppress-field <name>',
      'the column of these sources that holds the identifier (default: as --field); for a sibling: phone=tel, or phone= if they have none',
      (value: string, all: string[] = []) => [...all, value],
    )
    .option(
      '--hash-in-database',
      'let the database of the source hash the identifiers, so that none leaves it; for bigquery:, mysql:, postgresql: and snowflake:',
    )
    .option(
      '--hold-out <percent>',
      `share of members to keep out of the audience, ${smallestShare} to ${largestShare}`,
      wholeNumber('--hold-out', smallestShare, largestShare, ' of percent'),
    )
    .option('--experiment <name>', 'name that selects who is kept out, e.g. spring', experiment)
    .option(
      '--chunk-records <n>',
      `records in a chunk, at most ${maxChunkRecords}`,
      wholeNumber('--chunk-records', 1, maxChunkRecords),
      maxChunkRecords,
    )
    .option(
      '--chunk-bytes <n>',
      `bytes in a chunk, at most ${file.maxBytes}`,
      wholeNumber('--chunk-bytes', 65, file.maxBytes),
      file.defaultBytes,
    );
}

/** How many threads hash. */
export const threadsOption = (command: Command): Command =>
  command.option(
    '--threads <n>',
    `threads that hash a large source, at most ${MAX_THREADS} (default: one per core)`,
    wholeNumber('--threads', 1, MAX_THREADS),
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
