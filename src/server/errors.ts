/**
 * Turns every error into an answer: problem details (RFC 9457) with a stable code. The answer holds no internal facts
 * except those in the message of a `LineupError`.
 */
import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify';
import { hasZodFastifySchemaValidationErrors } from 'fastify-type-provider-zod';
import { type Problem, problem } from '../contracts/problem.ts';
import { databaseFailure } from '../domain/errors/database-away.ts';
import { type ErrorCode, LineupError } from '../domain/errors/errors.ts';
import { fieldError, issueSentence } from '../domain/text/localized.ts';
import { sentence } from '../domain/text/sentence.ts';
import { answerFor } from './access.ts';

/**
 * The status of every code. 422: the request is valid, but a source or LINE refused it. 502 and 503: a temporary fault
 * of another system. 500: our own fault.
 */
const statuses: Record<ErrorCode, number> = {
  invalid_argument: 400,
  invalid_configuration: 400,
  missing_credentials: 400,
  not_signed_in: 401,
  sign_in_failed: 401,
  not_permitted: 403,
  not_found: 404,
  run_not_found: 404,
  audience_not_found: 404,
  request_too_slow: 408,
  action_not_allowed: 409,
  authorization_in_use: 409,
  consent_expired: 409,
  consent_of_another: 409,
  upload_in_use: 409,
  suppression_list_in_use: 409,
  changed_meanwhile: 409,
  audience_name_taken: 409,
  run_in_progress: 409,
  run_not_resumable: 409,
  run_superseded: 409,
  run_taken_over: 409,
  data_newer: 409,
  idempotency_key_reused: 409,
  upload_too_large: 413,
  request_too_large: 413,
  request_address_too_long: 414,
  authorization_not_verified: 422,
  source_not_found: 422,
  source_unreadable: 422,
  source_empty: 422,
  source_not_text: 422,
  source_encoding: 422,
  source_format: 422,
  source_unsupported: 422,
  credentials_lost: 422,
  secret_unavailable: 422,
  source_failed: 422,
  source_unauthorized: 422,
  source_expired: 422,
  source_changed: 422,
  field_not_found: 422,
  field_type: 422,
  suppression_list_missing: 422,
  audience_too_large: 422,
  source_crashed: 422,
  source_quarantined: 422,
  audience_type_mismatch: 422,
  audience_unusable: 422,
  audience_shrinks: 422,
  audience_size_unknown: 422,
  skipped_share_exceeded: 422,
  size_change_exceeded: 422,
  leaving_share_exceeded: 422,
  nothing_to_send: 422,
  too_few_rows: 422,
  too_many_audiences: 422,
  split_refused: 422,
  parts_refused: 422,
  suppression_list_failed: 422,
  suppression_list_empty: 422,
  suppression_list_shrinks: 422,
  suppression_list_unjudged: 422,
  upload_job_failed: 422,
  line_unauthorized: 422,
  line_clock_skewed: 422,
  line_forbidden: 422,
  line_rejected: 422,
  too_many_requests: 429,
  request_headers_too_large: 431,
  internal: 500,
  storage_failed: 500,
  staged_file_changed: 500,
  database_refused: 500,
  database_newer: 503,
  data_directory_in_use: 500,
  secret_key_wrong: 500,
  secret_key_missing: 500,
  line_unreachable: 502,
  service_unreachable: 502,
  wait_timed_out: 504,
  service_incompatible: 502,
  upload_job_timeout: 502,
  disk_full: 503,
  database_unreachable: 503,
  line_rate_limited: 503,
  line_unavailable: 503,
  line_busy: 503,
  interrupted: 503,
};

export const statusOf = (error: LineupError): number => statuses[error.code];

/** Errors that the operator must look at, in addition to our own faults. */
const operatorErrors: readonly ErrorCode[] = ['disk_full', 'database_unreachable'];

const titles: Record<number, string> = {
  400: 'Bad Request',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'Not Found',
  408: 'Request Timeout',
  409: 'Conflict',
  413: 'Content Too Large',
  414: 'URI Too Long',
  415: 'Unsupported Media Type',
  422: 'Unprocessable Content',
  429: 'Too Many Requests',
  431: 'Request Header Fields Too Large',
  500: 'Internal Server Error',
  502: 'Bad Gateway',
  503: 'Service Unavailable',
};

/** Fastify's error handler. */
export function answerError(error: FastifyError, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const known = toLineupError(error);
  const status = statusOf(known);
  const isOurs = status === 500 || operatorErrors.includes(known.code);
  // When the client has gone away, it has ended the request itself.
  if (isOurs && !reply.raw.destroyed) request.log.error({ err: error }, 'The request failed');
  else request.log.info({ code: known.code }, 'The request was refused');
  return sendProblem(known, request, reply);
}

/** Fastify's handler for a path that does not exist. */
export const answerUnknownPath = (request: FastifyRequest, reply: FastifyReply): FastifyReply =>
  sendProblem(new LineupError('not_found', sentence`There is nothing at this address.`), request, reply);

function sendProblem(error: LineupError, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const body = answerFor(request, problem, problemOf(error, request.id));
  if (body.status === 401) reply.header('www-authenticate', 'Bearer');
  if (error.retryAfterSeconds !== null) reply.header('retry-after', error.retryAfterSeconds);
  // Serialised here, because the response schemas of a route are for successful answers.
  return reply.code(body.status).type('application/problem+json').serializer(JSON.stringify).send(body);
}

export function problemOf(error: LineupError, requestId: string): Problem {
  const status = statusOf(error);
  return {
    type: 'about:blank',
    title: titles[status] ?? 'Error',
    status,
    detail: error.message,
    sentence: error.sentence,
    code: error.code,
    reason: error.reason,
    retryable: error.retryable,
    errors: error.fields,
    request_id: requestId,
  };
}

function toLineupError(error: FastifyError): LineupError {
  // About the key, the sentence says what the operator must do.
  if (error instanceof LineupError)
    return statusOf(error) === 500 && error.code !== 'secret_key_wrong' ? internal() : error;
  const ofDatabase = databaseFailure(error);
  if (ofDatabase) return ofDatabase;
  if (hasZodFastifySchemaValidationErrors(error)) {
    const fields = error.validation.map(({ instancePath, message, keyword, params }) =>
      fieldError(
        instancePath.split('/').filter(Boolean).join('.'),
        issueSentence({ ...params, code: keyword ?? 'custom', message: message ?? 'Invalid input' }),
      ),
    );
    return new LineupError('invalid_argument', sentence`Some values are not valid.`, { fields });
  }
  switch (error.code) {
    case 'FST_ERR_CTP_BODY_TOO_LARGE':
      return new LineupError('request_too_large', sentence`The request body is too large.`);
    case 'FST_ERR_MAX_PARAM_LENGTH':
      return new LineupError('request_address_too_long', sentence`The address is too long.`);
    case 'FST_ERR_CTP_INVALID_MEDIA_TYPE':
    case 'FST_ERR_CTP_INVALID_JSON_BODY':
    case 'FST_ERR_CTP_EMPTY_JSON_BODY':
    case 'FST_ERR_CTP_INVALID_CONTENT_LENGTH':
      return new LineupError('invalid_argument', sentence`Send JSON, with Content-Type: application/json.`);
    default:
      return error.statusCode !== undefined && error.statusCode < 500
        ? new LineupError('invalid_argument', sentence`The request cannot be read.`)
        : internal();
  }
}

const internal = (): LineupError =>
  new LineupError('internal', sentence`An internal error occurred. Find the details in the log by the request ID.`);
