/**
 * Where the service connects to when somebody else names the place: a webhook, a mail server, the URL of a file. Whoever
 * may name one must not be able to reach what only this machine can: cloud metadata, databases, the neighbours. So every
 * address is looked at after its name was resolved, by the connection itself: an answer of the name server that changes in
 * between gains nothing.
 */
import { type LookupAddress, type LookupOptions, lookup } from 'node:dns';
import { isIP, type LookupFunction } from 'node:net';
import ipaddr from 'ipaddr.js';
import type { LineupError } from '../../contracts/errors.ts';

/** What looks at every address of a connection before it is made. */
export interface NetworkGuard {
  /** For a host that is an address itself, which nothing resolves. @throws {LineupError} the guard's refusal */
  assertAllowed(host: string): void;
  /** Resolves names for a connection, and fails with the refusal for those that lead inside. */
  readonly lookup: LookupFunction;
}

export interface NetworkGuardOptions {
  /** Hosts, by name or address, that an administrator lets it go to although they are inside. */
  readonly allowed: readonly string[];
  /** Says why not, and who can change it. */
  readonly refusal: (host: string) => LineupError;
  /** Asks for all addresses of a name. @default the system's resolver */
  readonly resolve?: Resolve;
}

export type Resolve = (
  hostname: string,
  options: LookupOptions & { all: true },
  callback: (error: NodeJS.ErrnoException | null, addresses: LookupAddress[]) => void,
) => void;

export function networkGuard({ allowed, refusal, resolve = lookup }: NetworkGuardOptions): NetworkGuard {
  const isAllowed = (host: string) => allowed.some((one) => bare(one) === host);
  return {
    assertAllowed: (host) => {
      const name = bare(host);
      if (isIP(name) !== 0 && isInternal(name) && !isAllowed(name)) throw refusal(name);
    },
    lookup: (hostname, options, callback) => {
      resolve(hostname, { ...options, all: true }, (error, addresses) => {
        if (error) return callback(error, '', 0);
        // One address inside is enough: the connection would be free to take it.
        const inside = addresses.some(({ address }) => isInternal(address));
        if (inside && !isAllowed(bare(hostname))) return callback(refusal(hostname), '', 0);
        if (options.all) return callback(null, addresses);
        const [first] = addresses;
        callback(null, first?.address ?? '', first?.family ?? 0);
      });
    },
  };
}

/** Everything but addresses of the public internet, in whichever notation. */
export function isInternal(address: string): boolean {
  const parsed = ipaddr.process(address);
  if (!(parsed instanceof ipaddr.IPv6)) return parsed.range() !== 'unicast';
  // What a network without IPv4 calls a public IPv4 address (NAT64, RFC 6052): it holds the whole of it.
  if (parsed.match(NAT64)) return new ipaddr.IPv4(parsed.toByteArray().slice(-4)).range() !== 'unicast';
  return parsed.range() !== 'unicast' || !parsed.match(GLOBAL);
}

const NAT64 = ipaddr.IPv6.parseCIDR('64:ff9b::/96');
/** All that has been given to the public internet: `::7f00:1` and its like lie outside. */
const GLOBAL = ipaddr.IPv6.parseCIDR('2000::/3');

const bare = (host: string): string => host.replace(/^\[|\]$/g, '').toLowerCase();
