/** The check before the service connects to a host. */
import type { LookupFunction } from 'node:net';

/** The check before a connection to a source. Without one, as on the command line, every host is allowed. */
export interface NetworkAccess {
  /**
   * Checks a host that needs no name lookup: an IP address, or the directory of a Unix socket, which begins with `/`.
   * @throws {LineupError} when connections to the host are not allowed
   */
  assertAllowed(host: string): void;
  /**
   * Resolves a name for one connection, as `node:net` expects it. It fails with a LineupError when an address of the
   * name is not allowed. So the checked address is also the one of the connection.
   */
  readonly lookup: LookupFunction;
  /** Whether the administrator's list names the host, so that it may be reached without TLS, too. @default no host */
  isListed?(host: string): boolean;
}
