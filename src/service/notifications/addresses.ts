/**
 * Where notifications may go. Whoever may set up a channel must not be able to reach what only this machine can: cloud
 * metadata, databases, the neighbours. So every address is looked at after its name was resolved, by the connection itself:
 * an answer of the name server that changes in between gains nothing.
 */
import { type LookupAddress, type LookupOptions, lookup } from 'node:dns';
import { isIP, type LookupFunction } from 'node:net';
import ipaddr from 'ipaddr.js';
import { LineupError } from '../../contracts/errors.ts';

/** Everything but addresses of the public internet, in whichever notation. */
export const isInternal = (address: string): boolean => ipaddr.process(address).range() !== 'unicast';

const bare = (host: string): string => host.replace(/^\[|\]$/g, '').toLowerCase();

/**
 * For a host that is an address itself, which nothing resolves.
 * @param allowed hosts, by name or address, that an administrator lets it go to
 * @throws {LineupError} `not_permitted`
 */
export function assertAddressAllowed(host: string, allowed: readonly string[]): void {
  const name = bare(host);
  if (isIP(name) !== 0 && isInternal(name) && !allowed.includes(name)) throw refused(name);
}

/** Resolves names for a connection, and refuses those that lead inside. */
export function guardedLookup(allowed: readonly string[]): LookupFunction {
  return (hostname, options: LookupOptions, callback) => {
    lookup(hostname, { ...options, all: true }, (error, addresses: LookupAddress[]) => {
      if (error) return callback(error, '', 0);
      const inside = addresses.some(({ address }) => isInternal(address));
      if (inside && !allowed.includes(bare(hostname))) return callback(refused(hostname), '', 0);
      if (options.all) return callback(null, addresses);
      const [first] = addresses;
      callback(null, first?.address ?? '', first?.family ?? 0);
    });
  };
}

const refused = (host: string): LineupError =>
  new LineupError(
    'not_permitted',
    `${host} is inside this network, and notifications go there only when an administrator has allowed it (settings, notifications, internal_hosts).`,
  );
