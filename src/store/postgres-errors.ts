/** Why a PostgreSQL server cannot be used, in sentences that never hold its password. */
import { LineupError } from '../contracts/errors.ts';

/**
 * How a person would call the database that `url` names: host, port, database and user; never the password.
 * @throws {LineupError} `invalid_configuration` when it is no PostgreSQL URL
 */
export function describeTarget(url: string): string {
  const parsed = URL.parse(url);
  if (!parsed || !['postgres:', 'postgresql:'].includes(parsed.protocol)) {
    throw new LineupError(
      'invalid_configuration',
      'DATABASE_URL is not a PostgreSQL URL: give one like postgres://user:password@host:5432/database.',
    );
  }
  const host = parsed.searchParams.get('host') ?? (parsed.host || 'localhost');
  const user = parsed.username ? ` as ${decodeURIComponent(parsed.username)}` : '';
  return `${host}${parsed.pathname}${user}`;
}

/** The failure of a first connection to `target`. The cause is left out: a driver's error may hold the URL. */
export function connectionFailure(error: unknown, target: string): LineupError {
  const { code = '', message = '' } = (error ?? {}) as { code?: string; message?: string };
  const refused = (what: string) =>
    new LineupError('database_refused', `The PostgreSQL database ${target} cannot be used: ${what}`, {
      reason: code,
    });
  switch (code) {
    case '28P01':
    case '28000':
      return refused('it refuses this user or password. Correct DATABASE_URL, or the server’s pg_hba.conf.');
    case '3D000':
      return refused('there is no database of that name. Create it first, e.g. with createdb.');
    case '42501':
      return refused('this user lacks the rights. It must own the database, or may create schemas in it.');
    case '53300':
      return unreachable(target, 'it has no connection left', code);
    case '57P03':
      return unreachable(target, 'it is starting up or shutting down', code);
    default:
      return unreachable(target, networkReason(code, message), code);
  }
}

function unreachable(target: string, why: string, code: string): LineupError {
  return new LineupError(
    'database_unreachable',
    `The PostgreSQL database ${target} cannot be reached: ${why}. Check that it runs and that DATABASE_URL names the right host and port.`,
    { retryable: true, reason: code || undefined },
  );
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
      return 'the connection was cut';
    default:
      if (/timeout/i.test(message)) return 'it did not answer in time';
      if (/SSL|certificate/i.test(message)) return 'no TLS connection could be agreed on';
      return code ? `the connection failed (${code})` : 'the connection failed';
  }
}
