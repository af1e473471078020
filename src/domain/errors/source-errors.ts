/**
 * Every error of a source: what it means for the schedule of a job, what it means for a person, and which sources can
 * have it. The one place for this. src/jobs decides by it, docs/source-errors.md is written from it
 * (scripts/source-errors), and test/sources/errors.test.ts brings each source into each of its errors.
 *
 * What depends on the state of the source comes back: dbt drops a table and its grants and makes them again, a file is
 * replaced, a server restarts. Only what is written in the job or in the authorization itself stays wrong until a
 * person changes it.
 */

/**
 * What a scheduled job does after an error of its source:
 *
 *  - `comes_back`: tries again at growing intervals for some hours, and then goes on at its next slot
 *  - `access`: waits until the source accepts the credentials or gives the right, without a limit
 *  - `person`: stops, because no try mends it
 */
export type SourceErrorClass = 'comes_back' | 'access' | 'person';

/** Files are those of the machine, of a URL, and uploads. All others are providers. */
export const sourceNames = ['files', 's3', 'gcs', 'bigquery', 'snowflake', 'postgresql', 'mysql', 'lytics'] as const;
export type SourceName = (typeof sourceNames)[number];

export interface SourceError {
  readonly class: SourceErrorClass;
  /** When it happens. Markdown. */
  readonly when: string;
  /** What a person does about it, if it does not pass by itself. Markdown. */
  readonly remedy: string;
  readonly sources: readonly SourceName[];
}

const ofFiles = ['files', 's3', 'gcs'] as const;
const ofTables = ['bigquery', 'snowflake', 'postgresql', 'mysql'] as const;

export const sourceErrors = {
  source_not_found: {
    class: 'comes_back',
    when: 'The file, object, bucket, table, view, schema, database or audience is not there, also one that a query names.',
    remedy: 'Make it again, or choose another one in the job. The message names what is missing.',
    sources: sourceNames,
  },
  source_empty: {
    class: 'comes_back',
    when: 'The file has zero bytes, as while it is being written.',
    remedy: 'Deliver the file again.',
    sources: ofFiles,
  },
  source_failed: {
    class: 'comes_back',
    when: 'The source is away or breaks off: network, TLS, a time limit, a quota, a locked or replaced table, a shutdown, a broken view, a value that a query cannot convert.',
    remedy:
      'Read the message: it says what the source needs, for example a new certificate or more space. Correct it there.',
    sources: sourceNames,
  },
  source_expired: {
    class: 'comes_back',
    when: 'The source changed during the scan, or no longer keeps the place of an interrupted scan.',
    remedy: 'None. The next try reads it from the beginning.',
    sources: ['files', 's3', 'gcs', 'bigquery', 'snowflake', 'lytics'],
  },
  source_changed: {
    class: 'comes_back',
    when: 'The staged members of an interrupted run are gone, and the source now has others.',
    remedy: 'None. A new run reads the source and replaces the audience.',
    sources: sourceNames,
  },
  source_unreadable: {
    class: 'comes_back',
    when: 'The file is damaged or cut off, is archived, is denied, or is in another region; or the network guard does not allow the host.',
    remedy:
      'Deliver the file again, give the right to read it, or correct the region. An administrator can open hosts and folders in the settings.',
    sources: sourceNames,
  },
  source_not_text: {
    class: 'comes_back',
    when: 'The file is binary or encrypted, although its name or the job says that it is a text or a workbook.',
    remedy: 'Deliver the right file.',
    sources: ofFiles,
  },
  source_format: {
    class: 'comes_back',
    when: 'The content of the file does not have its format: an .xlsx that is no workbook, a line that is not JSON.',
    remedy: 'Deliver the right file, or choose its format.',
    sources: ofFiles,
  },
  source_encoding: {
    class: 'comes_back',
    when: 'A value or the file is not valid in its encoding, or the encoding cannot be told.',
    remedy:
      'Choose the encoding in the job, or deliver the file in UTF-8. In a database, convert the value in a query.',
    sources: [...ofFiles, 'postgresql', 'mysql'],
  },
  field_not_found: {
    class: 'comes_back',
    when: 'The column or field is not there, also one that a query names, or two columns have its name.',
    remedy: 'Make it again, or choose the field again in the job. The message lists the fields.',
    sources: sourceNames,
  },
  field_type: {
    class: 'comes_back',
    when: 'The column has a type that has no text, for example JSON or bytes.',
    remedy: 'Choose another field, or take a text out of it in a query.',
    sources: sourceNames,
  },
  source_unauthorized: {
    class: 'access',
    when: 'The source refuses the user, the password, the key or the token; or a right is missing, for example after `revoke select`.',
    remedy:
      'Enter new credentials in the authorization, or give the right. The message names the right. The job tries at once when the authorization is verified or changed.',
    sources: ['s3', 'gcs', ...ofTables, 'lytics'],
  },
  source_unsupported: {
    class: 'person',
    when: 'Lineup cannot read it: a workbook without a sheet, an unknown compression, too many files, a part that is not installed.',
    remedy: 'Do what the message says, and resume the job.',
    sources: [...ofFiles, 'bigquery', 'postgresql', 'mysql', 'lytics'],
  },
  source_crashed: {
    class: 'person',
    when: 'Reading it ended the reader process: a crash, no memory left, an endless loop.',
    remedy: 'Check the content of the source, and preview it or run the job: that ends its quarantine.',
    sources: sourceNames,
  },
  source_quarantined: {
    class: 'person',
    when: 'A reader crashed at it before, and no person has tried it since.',
    remedy: 'As above.',
    sources: sourceNames,
  },
  invalid_argument: {
    class: 'person',
    when: 'The query is not one SELECT: a syntax error, a function that is not there, a statement that writes; or the address of an object is not one.',
    remedy: 'Correct the query or the address in the job. The message says the line.',
    sources: [...ofFiles, ...ofTables],
  },
  invalid_configuration: {
    class: 'person',
    when: 'The authorization cannot be used before the source is asked: a URL that is none, a key file that is none, a certificate that is none.',
    remedy: 'Correct the authorization, and resume the job.',
    sources: ['s3', 'gcs', ...ofTables, 'lytics'],
  },
} as const satisfies Readonly<Record<string, SourceError>>;

export type SourceErrorCode = keyof typeof sourceErrors;

/** Whether what caused the error may come back by itself. False for an error that is not of a source. */
export const comesBack = (code: string): boolean =>
  Object.hasOwn(sourceErrors, code) && sourceErrors[code as SourceErrorCode].class === 'comes_back';
