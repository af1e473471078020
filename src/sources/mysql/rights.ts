/**
 * What a user may do besides reading. Lineup uses only READ ONLY transactions, but a query may call functions that act
 * outside the transaction, and `FILE` reads and writes files of the server. Only the rights of the user can prevent
 * that.
 */
import { z } from 'zod';
import { joinSentences, sentence } from '../../domain/text/sentence.ts';
import { listNames } from '../find-field.ts';
import type { Verified } from '../source.ts';
import type { Session } from './session.ts';
import { SessionError } from './session-error.ts';

/** Whoever has only these can change nothing. */
const HARMLESS = ['EXECUTE', 'SELECT', 'SHOW DATABASES', 'SHOW VIEW', 'USAGE'];

/** The last query of a session. Undefined when the server does not tell. */
export async function rightsOf(session: Session): Promise<Verified['rights']> {
  try {
    const excess = excessOf(await grantsOf(session));
    if (excess.length === 0) return { more: false, text: sentence`This user has read-only rights.` };
    return {
      more: true,
      text: joinSentences(
        sentence`This user has more rights than Lineup needs: ${listNames(excess)}.`,
        excess.some((right) => /^(?:[A-Z ]+, )*(?:ALL PRIVILEGES|FILE|SUPER)\b/.test(right))
          ? sentence`A query could read and write files of the server, even in a READ ONLY transaction.`
          : undefined,
        sentence`A user with read-only rights is safer. The documentation has the SQL for it.`,
      ),
    };
  } catch (error) {
    if (error instanceof SessionError && /^\d+$/.test(error.code)) return undefined;
    throw error;
  }
}

/** The column has the name of the user. */
const grantRow = z.record(z.string(), z.string().max(100_000)).transform((row) => Object.values(row)[0] ?? '');

async function grantsOf(session: Session): Promise<string[]> {
  const grants = await session.query(grantRow, 'SHOW GRANTS');
  // MySQL lists the rights of roles only if they are named. MariaDB lists those of the current role.
  if (!grants.some((grant) => /^GRANT `/.test(grant))) return grants;
  const [roles] = await session.query(z.object({ roles: z.string().nullable() }), 'SELECT CURRENT_ROLE() AS roles');
  if (!roles?.roles?.startsWith('`')) return grants;
  return session.query(grantRow, `SHOW GRANTS FOR CURRENT_USER() USING ${roles.roles}`);
}

/**
 * The rights besides reading, e.g. `INSERT, UPDATE ON shop.*`. Names stay as the server writes them.
 * @param grants the lines of SHOW GRANTS
 */
export function excessOf(grants: readonly string[]): string[] {
  return grants.flatMap((grant) => {
    const code = grant.replace(/`(?:[^`]|``)*`/g, (name) => name.replace(/[ ,()]/g, '_'));
    const [, list, object] = /^GRANT (.+?) ON (\S+) TO /.exec(code) ?? [];
    // A role, or PROXY: what a role allows is in other lines.
    if (list === undefined || object === undefined) return /^GRANT PROXY\b/.test(code) ? ['PROXY'] : [];
    const rights = list
      .replace(/\([^()]*\)/g, '')
      .split(',')
      .map((right) => right.trim())
      .filter((right) => !HARMLESS.includes(right));
    if (/ WITH GRANT OPTION\b/.test(code)) rights.push('GRANT OPTION');
    return rights.length > 0 ? [`${rights.join(', ')} ON ${object.replaceAll('`', '')}`] : [];
  });
}
