/** Errors of the API: their HTTP status, reason and code of gRPC. */
import type { Reply } from '../shared/http.ts';
import type { Fault } from './faults.ts';
import { hasToken, project, type World } from './world.ts';

export class RefusalError extends Error {
  override readonly name = 'RefusalError';
  readonly status: number;
  readonly reason: string;

  constructor(status: number, reason: string, message: string) {
    super(message);
    this.status = status;
    this.reason = reason;
  }
}

/** The code of gRPC for an HTTP status. */
const grpcCodes: Readonly<Record<number, number>> = {
  400: 3,
  401: 16,
  403: 7,
  404: 5,
  412: 9,
  429: 8,
  503: 14,
};

export const grpcCodeOf = ({ status, reason }: RefusalError): number =>
  reason === 'quotaExceeded' ? 8 : (grpcCodes[status] ?? 13);

/**
 * Carries out the refusals that faults order, and checks the token.
 * @param token the header `authorization`; null for a request that needs none
 * @throws {RefusalError}
 */
export function admit(world: World, faults: readonly Fault[], token: string | null): void {
  for (const fault of faults) {
    const refusal = refusalOf(fault, project);
    if (refusal) throw refusal;
  }
  if (token !== null && !hasToken(world, token))
    throw new RefusalError(401, 'authError', 'Request had invalid authentication credentials.');
}

/** The refusal that a fault orders. Undefined for one that only changes an answer. */
function refusalOf(fault: Fault, project: string): RefusalError | undefined {
  switch (fault.kind) {
    case 'status':
      return new RefusalError(
        fault.status ?? 503,
        fault.reason ?? 'backendError',
        fault.message ?? 'ordered by a fault',
      );
    case 'denied':
      return new RefusalError(
        403,
        'accessDenied',
        `Access Denied: Project ${project}: User does not have ${fault.permission} permission in project ${project}.`,
      );
    case 'quota':
      return new RefusalError(403, 'quotaExceeded', 'Quota exceeded: Your project exceeded a quota.');
    case 'unavailable':
      return new RefusalError(503, 'backendError', 'The service is currently unavailable.');
    case 'gone':
      return new RefusalError(404, 'notFound', `Not found: Table ${project}:crm.members`);
    case 'billing':
      return new RefusalError(403, 'billingNotEnabled', `Billing has not been enabled for this project ${project}.`);
    case 'api_disabled':
      return new RefusalError(
        403,
        'accessNotConfigured',
        `BigQuery API has not been used in project ${project} before or it is disabled.`,
      );
    case 'key_deleted':
      return new RefusalError(400, 'invalid_grant', 'Invalid JWT Signature.');
    case 'clock_skew':
      return new RefusalError(
        400,
        'invalid_grant',
        'Invalid JWT: Token must be a short-lived token (60 minutes) and in a reasonable timeframe. Check your iat and exp values in the JWT claim.',
      );
    case 'expired':
      return new RefusalError(412, 'failedPrecondition', 'The session has expired.');
    default:
      return undefined;
  }
}

/** In the form of Google’s APIs, or of OAuth. */
export const errorReply = (refusal: RefusalError, oauth: boolean): Reply => {
  const { status, reason, message } = refusal;
  return oauth
    ? { status, json: { error: reason, error_description: message } }
    : { status, json: { error: { code: status, message, errors: [{ message, domain: 'global', reason }] } } };
};
