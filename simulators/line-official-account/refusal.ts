/** Errors of the API. */
import type { Reply } from '../shared/reply.ts';
import type { ViolationCode } from './violations.ts';

/** What LINE writes beside a code, where it is not the code itself. */
const messages: Record<string, string> = {
  AUDIENCE_GROUP_NOT_FOUND: 'audience group not found',
  AUDIENCE_GROUP_NAME_SIZE_OVER: 'size over audienceGroupName',
};

/** The form of a code in an answer. */
export const codePattern = /^[A-Z][A-Z_]{2,80}$/;

/** An error of the token endpoint. It has a form of its own. */
export interface TokenError {
  readonly error: string;
  readonly error_description?: string;
}

interface RefusalOptions {
  /** @default 400 */
  status?: number | undefined;
  /** The code of `details`. */
  code?: string | undefined;
  /** The field of the request. */
  property?: string | undefined;
  /** @default by the code */
  message?: string | undefined;
  token?: TokenError;
  /** The cause in plain text, for the developer of the client. It is sent in a header that LINE does not have. */
  detail?: string;
  /** Set when a correct client would never have sent the request. */
  violation?: ViolationCode;
}

/** A refused request. */
export class RefusalError extends Error {
  override readonly name = 'RefusalError';
  readonly status: number;
  readonly code: string | undefined;
  readonly property: string | undefined;
  readonly said: string | undefined;
  readonly token: TokenError | undefined;
  readonly violation: ViolationCode | undefined;

  constructor({ status = 400, code, property, message, token, detail, violation }: RefusalOptions) {
    super(detail ?? message ?? code ?? token?.error ?? `status ${status}`);
    this.status = status;
    this.code = code;
    this.property = property;
    this.said = message;
    this.token = token;
    this.violation = violation;
  }
}

/** A 400 with a code: the most frequent refusal by far. */
export const refused = (code: string, options: Omit<RefusalOptions, 'code'> = {}): RefusalError =>
  new RefusalError({ ...options, code });

/** A field of a request that has the wrong form. */
export const wrongField = (property: string, message: string): RefusalError =>
  new RefusalError({
    code: message,
    property,
    message: 'The request body has 1 error(s)',
    detail: `${property}: ${message}`,
  });

export function refusalReply({ status, code, property, said, token }: RefusalError): Reply {
  if (token) return { status, json: token };
  const message = said ?? (code === undefined ? undefined : (messages[code] ?? code));
  if (message === undefined) return { status };
  const details =
    code === undefined ? {} : { details: [{ message: code, ...(property === undefined ? {} : { property }) }] };
  return { status, json: { message, ...details } };
}
