import { LineupError } from '../contracts/errors.ts';
import { readInternalHost } from '../contracts/network.ts';

/**
 * LINEUP_INTERNAL_HOSTS, checked. Apart from src/config.ts: what reads addresses is slow to load, and only the service needs it.
 * @throws {LineupError} `invalid_configuration`
 */
export function checkedInternalHosts(entries: readonly string[]): readonly string[] {
  const wrong = entries.find((one) => readInternalHost(one) === undefined);
  if (wrong === undefined) return entries;
  throw new LineupError(
    'invalid_configuration',
    `LINEUP_INTERNAL_HOSTS takes hosts, addresses or networks, with a port or without, and paths of Unix sockets, such as db.corp.example:5432, 10.0.0.0/8 or /run/postgresql, with commas between them, and got "${wrong}".`,
  );
}
