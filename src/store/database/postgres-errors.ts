/** Why a PostgreSQL server cannot be used, as sentences that say what to do. They never contain its password. */
import { isDatabaseAway } from '../../domain/errors/database-away.ts';
import { LineupError } from '../../domain/errors/errors.ts';

/**
 * The error for a failed first connection to `target`. It has no cause, because a driver's error may contain the URL.
 */
export function connectionFailure(error: unknown, target: string): LineupError {
  const { code, message } = partsOf(error);
  return knownFailure(error, target) ?? unreachable(target, networkReason(code, message), code);
}

/** The sentence for an error that the operator of the database can correct. Undefined for all others. */
export function knownFailure(error: unknown, target: string): LineupError | undefined {
  const { code, message } = partsOf(error);
  const refused = (refusal: string) =>
    new LineupError('database_refused', `The PostgreSQL database ${target} cannot be used: ${refusal}`, {
      reason: code,
    });
  switch (code) {
    case '28P01':
      return refused('it refuses this user or password. Correct DATABASE_URL.');
    case '28000':
      return refused(
        'it refuses this user or password, or accepts this user only with TLS. Correct DATABASE_URL (for TLS, sslmode=verify-full or sslmode=require), or the server’s pg_hba.conf.',
      );
    case '3D000':
      return refused('there is no database with this name. Create it first, e.g. with createdb.');
    case '42501':
      return refused(
        'this user does not have the required rights. It must be able to create schemas in the database (grant create on database … to …), or own the schemas lineup and lineup_queue and everything in them.',
      );
    case '25006':
      return refused(readOnlyReason(false));
    case '53300':
      return unavailable(
        target,
        'it has no connection left. Raise its max_connections, or start fewer processes: each takes up to 15 connections.',
        code,
      );
    case '53100':
      return unavailable(target, 'its disk is full. Free some space there.', code);
    case '57P03':
      return unavailable(target, `it is ${stateOf(message)}. Start again when it takes connections.`, code);
    // PgBouncer's own words. PostgreSQL uses this code for a violation of its protocol.
    case '08P01':
      return poolerFailure(message, target, refused);
    default:
      return (
        tlsFailure(code, message, refused) ??
        (isDatabaseAway(error) ? unreachable(target, networkReason(code, message), code) : undefined)
      );
  }
}

/** @param standby whether it replicates another server */
export const readOnlyReason = (standby: boolean): string =>
  standby
    ? 'it is a read-only replica. Name the primary server in DATABASE_URL.'
    : 'it is read-only for this user (default_transaction_read_only). Name a writable server, or change the setting for this user or database.';

/** The error for a pooler in statement mode. */
export const statementPooling = (target: string): LineupError =>
  new LineupError(
    'database_refused',
    `The PostgreSQL database ${target} cannot be used: its pooler is in statement mode, which does not allow transactions. Use transaction mode or session mode for Lineup (PgBouncer: pool_mode), or connect to the server directly.`,
  );

export const isStatementPooling = (error: unknown): boolean => /statement pooling mode/i.test(partsOf(error).message);

const partsOf = (error: unknown): { code: string; message: string } => {
  const { code = '', message = '' } = (error ?? {}) as { code?: string; message?: string };
  return { code, message };
};

function unavailable(target: string, why: string, code: string): LineupError {
  return new LineupError(
    'database_unreachable',
    `The PostgreSQL database ${target} cannot be used at the moment: ${why}`,
    { retryable: true, reason: code || undefined },
  );
}

function unreachable(target: string, why: string, code: string): LineupError {
  return new LineupError(
    'database_unreachable',
    `The PostgreSQL database ${target} cannot be reached: ${why}. Check that it is running and that DATABASE_URL has the correct host and port.`,
    { retryable: true, reason: code || undefined },
  );
}

/** The server's message shows the state in which it accepts no connections. */
function stateOf(message: string): string {
  if (/shutting down/i.test(message)) return 'shutting down';
  if (/recovery|consistent/i.test(message)) return 'in recovery';
  return 'starting up';
}

function poolerFailure(
  message: string,
  target: string,
  refused: (what: string) => LineupError,
): LineupError | undefined {
  if (/no such database/i.test(message))
    return refused(
      'its pooler has no database with this name. Correct DATABASE_URL, or the pooler’s list of databases.',
    );
  if (/no such user|auth/i.test(message))
    return refused('its pooler refuses this user or password. Correct DATABASE_URL.');
  if (/max_client_conn|no more connections/i.test(message))
    return unavailable(
      target,
      'its pooler has no connection left. Raise its max_client_conn, or start fewer processes: each takes up to 15 connections.',
      '08P01',
    );
  if (/unsupported startup parameter/i.test(message))
    return refused(
      'its pooler does not accept a parameter of DATABASE_URL. Remove "options", or list the parameter in the pooler’s ignore_startup_parameters.',
    );
  return undefined;
}

function tlsFailure(code: string, message: string, refused: (what: string) => LineupError): LineupError | undefined {
  switch (code) {
    case 'DEPTH_ZERO_SELF_SIGNED_CERT':
    case 'SELF_SIGNED_CERT_IN_CHAIN':
    case 'UNABLE_TO_VERIFY_LEAF_SIGNATURE':
    case 'UNABLE_TO_GET_ISSUER_CERT':
    case 'UNABLE_TO_GET_ISSUER_CERT_LOCALLY':
      return refused(
        'this machine does not trust the authority of its certificate. Name a file with the certificate of this authority in DATABASE_URL (sslrootcert=…).',
      );
    case 'ERR_TLS_CERT_ALTNAME_INVALID':
      return refused(
        'its certificate is for another host name. In DATABASE_URL, use the name in the certificate, or sslmode=verify-ca with sslrootcert.',
      );
    case 'CERT_HAS_EXPIRED':
    case 'CERT_NOT_YET_VALID':
      return refused('its certificate has expired or is not valid yet. Renew it, and check the clocks.');
    default:
  }
  if (/does not support SSL/i.test(message))
    return refused(
      'it does not support TLS. Set up TLS on the server, or use sslmode=disable in a network that you trust.',
    );
  return undefined;
}

function networkReason(code: string, message: string): string {
  switch (code) {
    case 'ECONNREFUSED':
      return 'nothing listens there';
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return 'its host name is not known';
    case 'ENOENT':
      return 'there is no such socket';
    case 'ECONNRESET':
    case 'EPIPE':
    case '08006':
    case '57P01':
    case '57P02':
      return 'the connection was lost';
    case 'ETIMEDOUT':
      return 'it did not answer in time';
    default:
      if (/timeout/i.test(message)) return 'it did not answer in time';
      if (/SSL|certificate/i.test(message)) return 'the TLS connection failed';
      return code ? `the connection failed (${code})` : 'the connection failed';
  }
}
