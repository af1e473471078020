/**
 * Explains what BigQuery refuses, in our own sentences. Its own texts may quote values of a query or of members, so
 * only codes, the name of a permission and a position in the query are read from them.
 */
import { z } from 'zod';
import { LineupError, type LineupErrorOptions } from '../../domain/errors/errors.ts';
import { joinSentences, type Sentence, sentence } from '../../domain/text/sentence.ts';
import { isPassingStatus } from '../http.ts';

/** A refusal, of the REST API or of the Storage Read API. */
export interface Refusal {
  /** The HTTP status. Those of gRPC are converted to it. */
  readonly status: number;
  /** A code such as `accessDenied`. */
  readonly reason: string;
  /** Only for our own tests of it; it is never shown. */
  readonly message: string;
}

/** What was asked for, for the sentence. */
export interface Asked {
  /** `crm.members`, or `the query`. */
  readonly label?: string;
  /** The permission that this request needs, when BigQuery does not name one. */
  readonly permission?: keyof typeof ROLES;
  /** The lines of the statement that a person wrote. @default all */
  readonly lines?: WrittenLines | undefined;
  /** The query runs. Then it may have written the text of the error itself. @default it is only tested */
  readonly isRun?: boolean;
}

/** Where the query that a person wrote is in a statement: after how many lines, and how many lines it has. */
export interface WrittenLines {
  readonly before: number;
  readonly count: number;
}

/** Which role gives a permission. */
const ROLES = {
  'bigquery.readsessions.create': 'roles/bigquery.readSessionUser',
  'bigquery.readsessions.getData': 'roles/bigquery.readSessionUser',
  'bigquery.jobs.create': 'roles/bigquery.jobUser',
  'bigquery.jobs.get': 'roles/bigquery.jobUser',
  'bigquery.datasets.get': 'roles/bigquery.dataViewer',
  'bigquery.tables.list': 'roles/bigquery.dataViewer',
  'bigquery.tables.get': 'roles/bigquery.dataViewer',
  'bigquery.tables.getData': 'roles/bigquery.dataViewer',
} as const;

type Permission = keyof typeof ROLES;

const errorBody = z.object({
  error: z.object({
    message: z.string().default(''),
    status: z.string().optional(),
    errors: z.array(z.object({ reason: z.string().default('') })).optional(),
  }),
});

/** The refusal in the body of an answer. */
export function refusalIn(status: number, body: unknown): Refusal {
  const error = errorBody.safeParse(body).data?.error;
  const reason = error?.errors?.[0]?.reason || error?.status || '';
  return { status, reason: codeOf(reason), message: (error?.message ?? '').slice(0, 4_000) };
}

/** The error of a job that has ended. */
export const jobRefusal = (reason: string, message: string): Refusal => ({
  status: 400,
  reason: codeOf(reason),
  message: message.slice(0, 4_000),
});

const codeOf = (text: string): string => (/^[A-Za-z_]{1,60}$/.test(text) ? text : '');

/** Whether the same request may succeed in a moment. */
export const isTemporary = ({ status, reason }: Refusal): boolean =>
  isPassingStatus(status) ||
  /^(?:rateLimitExceeded|backendError|internalError|jobBackendError|jobInternalError|jobRateLimitExceeded|resourceInUse)$/.test(
    reason,
  );

/** @param location where queries of this authorization run, if it says so */
export function explain(refusal: Refusal, asked: Asked, location: string | undefined): LineupError {
  const { status, reason, message } = refusal;
  const options: LineupErrorOptions = { reason: reason || String(status) };
  const fail = (
    code: 'source_failed' | 'source_unauthorized' | 'source_not_found' | 'field_not_found' | 'invalid_argument',
    text: Sentence,
    retryable = false,
  ) => new LineupError(code, text, { ...options, retryable });
  if (reason === 'SERVICE_DISABLED' || reason === 'accessNotConfigured') {
    return fail(
      'source_unauthorized',
      sentence`The BigQuery API is not enabled in this project. Ask an owner of the project to enable the BigQuery API and the BigQuery Storage API.`,
    );
  }
  if (
    /^billing(?:NotEnabled|TierLimitExceeded)$/.test(reason) ||
    /billing (?:has not been|is not|account)/i.test(message)
  ) {
    return fail(
      'source_unauthorized',
      sentence`Billing is not enabled for the project that pays for the queries. Ask its owner to enable billing, or enter another billing project in the authorization.`,
    );
  }
  if (reason === 'bytesBilledLimitExceeded') {
    return fail(
      'invalid_argument',
      sentence`The query would read more than the limit of this authorization, so BigQuery refused it. Read fewer columns or partitions, or raise the limit.`,
    );
  }
  if (/^quotaExceeded$/.test(reason)) {
    return fail(
      'source_failed',
      sentence`The project has used up a quota of BigQuery. Try again later, or ask its owner to raise the quota.`,
      true,
    );
  }
  if (status === 401) {
    return fail(
      'source_unauthorized',
      sentence`BigQuery does not accept the credentials. They are wrong, expired or revoked. Enter new ones in the authorization.`,
    );
  }
  if (status === 403 && !isTemporary(refusal)) return fail('source_unauthorized', denied(message, asked));
  if (reason === 'notFound' || status === 404) return fail('source_not_found', notFound(message, asked, location));
  const isQuery = /^invalidQuery$|^parseError$/.test(reason);
  if (isQuery && !/ without a filter over column/.test(message)) {
    // What the query wrote itself, while it runs, may begin with the same words.
    const code = asked.isRun ? 'source_failed' : NO_COLUMN.test(message) ? 'field_not_found' : 'invalid_argument';
    return fail(code, mistake(message, asked));
  }
  if (/partition/i.test(message) && status === 400) {
    return fail(
      'invalid_argument',
      sentence`${labelOf(asked)} can be read only with a filter on its partitions. Write a query with this filter in WHERE.`,
    );
  }
  const retryable = isTemporary(refusal);
  return fail(
    'source_failed',
    joinSentences(
      sentence`BigQuery did not carry out a request (${reason || String(status)}).`,
      retryable ? sentence`Try again later.` : undefined,
    )!,
    retryable,
  );
}

const labelOf = ({ label }: Asked) => label ?? sentence`The table`;

function denied(message: string, asked: Asked): Sentence {
  const named = /bigquery\.[a-z]+\.[a-zA-Z]+/.exec(message)?.[0];
  const aboutTable = /^Access Denied: (?:Table|View|Dataset) /i.test(message);
  const permission: Permission =
    named !== undefined && Object.hasOwn(ROLES, named)
      ? (named as Permission)
      : aboutTable
        ? 'bigquery.tables.getData'
        : (asked.permission ?? 'bigquery.tables.get');
  const role = ROLES[permission];
  return role === 'roles/bigquery.dataViewer'
    ? sentence`The account of this authorization may not read ${asked.label ?? sentence`the datasets`} (${permission} is missing). Ask the owner of the data to give it the role ${role} on the dataset.`
    : sentence`The account of this authorization lacks the permission ${permission}. Ask an owner of the project to give it the role ${role} on the project that pays.`;
}

function notFound(message: string, asked: Asked, location: string | undefined): Sentence {
  if (/was not found in location/i.test(message)) {
    return location === undefined
      ? sentence`The data of the query is not in the location where BigQuery looked for it. Enter the location of the datasets in the authorization, for example asia-northeast1.`
      : sentence`The data of the query is not in ${location}. Enter the location of the datasets in the authorization.`;
  }
  if (/^Not found: Project/i.test(message))
    return sentence`BigQuery knows no such project, or the account may not see it. Check the ID of the project.`;
  return sentence`BigQuery has no table, view or dataset for ${asked.label ?? sentence`this request`}. It was deleted or renamed, or is in another project.`;
}

/** The query is right, and may be run when the column is there again. */
const NO_COLUMN = /^Unrecognized name/;

/** What is wrong with a query: its kind and its place, without its text. */
function mistake(message: string, { lines = { before: 0, count: Number.POSITIVE_INFINITY }, isRun }: Asked): Sentence {
  if (isRun) {
    return sentence`BigQuery stopped the query before its end, perhaps because it cannot convert a value. Test the query in BigQuery.`;
  }
  const problem = /^Syntax error/.test(message)
    ? sentence`this is a syntax error`
    : NO_COLUMN.test(message)
      ? sentence`there is no such column`
      : /^Function not found|^No matching signature/.test(message)
        ? sentence`there is no such function for these types. Convert a value with CAST`
        : /must be qualified with a dataset/.test(message)
          ? sentence`write the name of the dataset before that of the table`
          : sentence`it is not valid GoogleSQL`;
  const [, found = '', column = ''] = /\[(\d{1,6}):(\d{1,6})\]/.exec(message) ?? [];
  const line = Number(found) - lines.before;
  return line < 1 || line > lines.count
    ? sentence`BigQuery does not accept the query: ${problem}.`
    : sentence`BigQuery does not accept the query. In line ${String(line)}, column ${column}: ${problem}.`;
}

/** @param reason the code that BigQuery gave, or what was wrong with its answer */
export const expired = (reason: string): LineupError =>
  new LineupError(
    'source_expired',
    sentence`BigQuery no longer knows the position of the scan. It keeps a position for six hours. The scan must start over.`,
    { reason, retryable: true },
  );

export const strangeAnswer = (reason: string): LineupError =>
  new LineupError(
    'source_failed',
    sentence`BigQuery sent an answer that Lineup does not understand. Try again later.`,
    { reason, retryable: true },
  );
