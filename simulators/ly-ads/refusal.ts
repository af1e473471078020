/** Errors of the API, and where an answer has them. */
import type { z } from 'zod';
import type { Settings } from './settings.ts';
import type { ViolationCode } from './violations.ts';

/** What LY says of an error. Unknown codes are written without. */
const messages: Record<string, string> = {
  '0001': 'The request is invalid.',
  '0002': 'An internal error has occurred.',
  '0003': 'Too many requests.',
  '0004': 'The request cannot be read.',
  '0005': 'The content type is not supported.',
  '0098': 'Permission denied.',
  '0099': 'The service is under maintenance.',
  '0110': 'An access token is required.',
  '0111': 'Authentication failed.',
  '0112': 'The account was not found.',
  '0113': 'The account is deactivated.',
  '0114': 'The access token or its scope is invalid.',
  '0200': 'The request is not allowed for a test account.',
  '110005': 'The id does not exist.',
  '120020': 'The status does not allow the request.',
  '210001': 'The list may not be updated.',
  '210003': 'The account may not use customer data.',
  '211008': 'The list is set to an ad group.',
  D0001: 'The value exists already.',
  F0001: 'The format is invalid.',
  I0001: 'The account is not active.',
  L0001: 'Too many elements.',
  L0002: 'Too few elements.',
  LT001: 'The account has too many lists.',
  R0001: 'The value is required.',
  V0001: 'The value is invalid.',
};

/** Codes with an HTTP status of their own. All others come with 200. */
const statuses: Record<string, number> = {
  '0114': 400,
  '0110': 401,
  '0111': 401,
  '0112': 401,
  '0113': 401,
  '0098': 403,
  '0003': 403,
  '0002': 500,
  '0099': 503,
};

/** The form of a code in an answer. */
export const codePattern = /^[A-Z]{0,2}\d{3,6}$/;

/** 1: the HTTP status is not 200. 2: `errors`, and no `rval`. 3: `operationSucceeded` of a value is false. */
export type Level = 1 | 2 | 3;

export interface Problem {
  readonly code: string;
  readonly key?: string | undefined;
  /** May be a sentence. */
  readonly value?: string | undefined;
}

interface RefusalOptions {
  /** The field of the request. */
  key?: string | undefined;
  value?: string | undefined;
  level?: Level;
  /** @default by the code; 500 for a first level without one */
  status?: number | undefined;
  /** The cause in plain text, for the developer of the client. It is sent in a header that LY does not have. */
  detail?: string;
  /** Set when a correct client would never have sent the request. */
  violation?: ViolationCode;
}

/** A refused request. */
export class RefusalError extends Error {
  override readonly name = 'RefusalError';
  readonly problem: Problem;
  readonly level: Level;
  readonly status: number;
  readonly violation: ViolationCode | undefined;

  constructor(code: string, { key, value, level, status = statuses[code], detail, violation }: RefusalOptions = {}) {
    super(detail ?? messages[code] ?? `error ${code}`);
    this.problem = { code, key, value };
    this.level = level ?? (status === undefined || status === 200 ? 2 : 1);
    this.status = this.level === 1 ? (status ?? 500) : 200;
    this.violation = violation;
  }
}

/** For codes of which nobody knows whether the whole answer or its value has them. */
export const levelOf = ({ errorLevel }: Settings): Level => (errorLevel === 'value' ? 3 : 2);

export const errorJson = ({ code, key, value }: Problem) => ({
  code,
  message: messages[code] ?? null,
  details: key === undefined ? [] : [{ requestKey: key, requestValue: value ?? null }],
});

/** A value of an answer that failed. @param entity the property that has the entity otherwise */
export const failedValue = (entity: string, problems: readonly Problem[]) => ({
  operationSucceeded: false,
  errors: problems.map(errorJson),
  [entity]: null,
});

export const succeeded = (entity: string, json: unknown) => ({
  operationSucceeded: true,
  errors: null,
  [entity]: json,
});

/** The first mistake of what a schema reads, or null. @param prefix where it is in the request */
export function problemOf(error: z.ZodError | undefined, prefix = ''): (Problem & { detail: string }) | null {
  const [issue] = error?.issues ?? [];
  if (!issue) return null;
  const path = issue.path.map((key) => (typeof key === 'number' ? `[${key}]` : `.${String(key)}`)).join('');
  const key = `${prefix}${path}`.replace(/^\./, '');
  const detail = `${key || 'the body'}: ${issue.message}`;
  const isList = 'origin' in issue && issue.origin === 'array';
  const code =
    issue.input === undefined || issue.input === null
      ? 'R0001'
      : issue.code === 'invalid_type'
        ? 'F0001'
        : isList && issue.code === 'too_big'
          ? 'L0001'
          : isList && issue.code === 'too_small'
            ? 'L0002'
            : 'V0001';
  const given = typeof issue.input === 'string' || typeof issue.input === 'number' ? String(issue.input) : undefined;
  return { code, key, value: given, detail };
}

/** Reads a whole body or query. @throws {RefusalError} on the second level for the first mistake */
export function readRequest<T>(schema: z.ZodType<T>, given: unknown): T {
  const { data, error } = schema.safeParse(given, { reportInput: true });
  const problem = problemOf(error);
  if (problem) throw new RefusalError(problem.code, problem);
  return data as T;
}
