/** Which hosts a source may connect to. */
import type { LookupFunction } from 'node:net';

/** What a source asks before it connects. Where there is none, as on the command line, every host is allowed. */
export interface NetworkAccess {
  /**
   * For a host that nothing resolves: an IP address, or the path of a Unix socket's directory, which begins with `/`.
   * @throws {LineupError} when connections to it are not allowed
   */
  assertAllowed(host: string): void;
  /**
   * Resolves a name for one connection, in the form that `node:net` takes. It fails with the refusal, a LineupError, when the
   * name stands for an address that is not allowed, so that the address that was checked is the one that is connected to.
   */
  readonly lookup: LookupFunction;
}

/** The port that a connection for a URL goes to. */
export const portOf = ({ port, protocol }: URL): number =>
  port === '' ? (protocol === 'https:' ? 443 : 80) : Number(port);
