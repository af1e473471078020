/**
 * The network guard against server-side request forgery (SSRF). Users name hosts for the service: a webhook, a mail
 * server, the URL of a file, the origin of Lytics, a database. They must not reach what only this machine can reach:
 * cloud metadata, databases, other internal hosts. So the guard checks every address after the name is resolved, within
 * the connection itself. A DNS answer that changes between check and connection (DNS rebinding) has no effect. The
 * administrator's list allows single internal hosts.
 */
import { type LookupAddress, type LookupOptions, lookup } from 'node:dns';
import { isIP } from 'node:net';
import ipaddr from 'ipaddr.js';
import type { NetworkAccess } from '../contracts/network.ts';
import { LineupError } from '../domain/errors/errors.ts';
import { internalFact, sentence } from '../domain/text/sentence.ts';
import { canonicalHost, type InternalHost, readInternalHost } from '../domain/values/internal-hosts.ts';

/** The purpose of a connection: it decides the error code of a refusal. */
export type Purpose = 'notification' | 'source';

/** Plain data except for the resolver, so that any process can make the same guard. */
export interface NetworkGuardOptions {
  /** The entries of the administrator's list (src/domain/values/internal-hosts.ts). */
  readonly allowed: readonly string[];
  /** The port of the connection; for a Unix socket, the number in its name. */
  readonly port: number;
  readonly purpose: Purpose;
  /** Resolves a name to all its addresses. @default the system's resolver */
  readonly resolve?: Resolve;
}

export type Resolve = (
  hostname: string,
  options: LookupOptions & { all: true },
  callback: (error: NodeJS.ErrnoException | null, addresses: LookupAddress[]) => void,
) => void;

export function networkGuard({ allowed, port, purpose, resolve = lookup }: NetworkGuardOptions): NetworkAccess {
  const list = entriesFor(allowed, port);
  const isOpen = (address: string) => !isInternal(address) || isAddressListed(list, address);
  return {
    isListed: (host) => isHostListed(allowed, host, port),
    assertAllowed: (host) => {
      if (host.startsWith('/')) {
        if (!isSocketListed(list, host, port)) throw socketRefusal(host);
        return;
      }
      const name = canonicalHost(host);
      if (isIP(name) !== 0 && !isOpen(name)) throw hostRefusal(name, port, purpose);
    },
    lookup: (hostname, options, callback) => {
      resolve(hostname, { ...options, all: true }, (error, addresses) => {
        if (error) return callback(error, '', 0);
        // One refused address is enough, because the connection could choose it.
        const closed = addresses.some(({ address }) => !isOpen(address));
        if (closed && !isNameListed(list, hostname)) {
          return callback(hostRefusal(hostname, port, purpose), '', 0);
        }
        if (options.all) return callback(null, addresses);
        const [first] = addresses;
        callback(null, first?.address ?? '', first?.family ?? 0);
      });
    },
  };
}

/** Whether the list contains the host, by its name or its address. */
export function isHostListed(allowed: readonly string[], host: string, port: number): boolean {
  const list = entriesFor(allowed, port);
  const name = canonicalHost(host);
  return isIP(name) === 0 ? isNameListed(list, name) : isAddressListed(list, name);
}

/** The entries that apply to the port. */
const entriesFor = (allowed: readonly string[], port: number): InternalHost[] =>
  allowed.flatMap((text) => {
    const entry = readInternalHost(text);
    if (!entry) return [];
    return entry.kind === 'socket' || entry.port === undefined || entry.port === port ? [entry] : [];
  });

const isNameListed = (list: readonly InternalHost[], host: string): boolean =>
  list.some((entry) => entry.kind === 'name' && entry.name === canonicalHost(host));

const isAddressListed = (list: readonly InternalHost[], address: string): boolean =>
  list.some((entry) => entry.kind === 'network' && isInNetwork(address, entry.cidr));

/** Whether the list contains the folder, or the socket in it that PostgreSQL clients use. */
const isSocketListed = (list: readonly InternalHost[], folder: string, port: number): boolean => {
  const path = folder.replace(/\/$/, '');
  return list.some((entry) => entry.kind === 'socket' && [path, `${path}/.s.PGSQL.${port}`].includes(entry.path));
};

function hostRefusal(host: string, port: number, purpose: Purpose): LineupError {
  return new LineupError(
    purpose === 'notification' ? 'not_permitted' : 'source_unreadable',
    sentence`${internalFact(host, sentence`This host`)} is inside this network. To allow connections to port ${String(port)}, an administrator must list it in the settings under “Hosts inside your network”.`,
  );
}

function socketRefusal(path: string): LineupError {
  return new LineupError(
    'source_unreadable',
    sentence`${internalFact(path, sentence`This location`)} is a Unix socket of this machine. To allow it, an administrator must list it in the settings under “Hosts inside your network”.`,
  );
}

/**
 * Whether an address is inside: every address outside of the public internet, in any notation.
 * @returns true also for a text that is no IP address
 */
export function isInternal(address: string): boolean {
  if (!ipaddr.isValid(address)) return true;
  const parsed = plainAddress(address);
  if (!(parsed instanceof ipaddr.IPv6)) return parsed.range() !== 'unicast';
  return parsed.range() !== 'unicast' || !parsed.match(GLOBAL);
}

/** @param cidr e.g. `10.0.0.0/8` */
export function isInNetwork(address: string, cidr: string): boolean {
  if (!ipaddr.isValid(address)) return false;
  const parsed = plainAddress(address);
  const [network, bits] = ipaddr.parseCIDR(cidr);
  return parsed.kind() === network.kind() && parsed.match(network, bits);
}

/** The IPv4 address in an IPv6 address, if there is one: mapped, or by NAT64. */
function plainAddress(address: string): ipaddr.IPv4 | ipaddr.IPv6 {
  const parsed = ipaddr.process(address);
  // NAT64 (RFC 6052): the last four bytes are the IPv4 address.
  return parsed instanceof ipaddr.IPv6 && parsed.match(NAT64)
    ? new ipaddr.IPv4(parsed.toByteArray().slice(-4))
    : parsed;
}

const NAT64 = ipaddr.IPv6.parseCIDR('64:ff9b::/96');
/** Global unicast addresses. Others, such as `::7f00:1`, are not on the public internet. */
const GLOBAL = ipaddr.IPv6.parseCIDR('2000::/3');
