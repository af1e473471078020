/** Which hosts the service may connect to: the check before a connection, and the administrator's list of internal hosts. */
import type { LookupFunction } from 'node:net';
import { z } from 'zod';
import { issueText } from './sentence.ts';

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

/**
 * An entry of the administrator's list of allowed hosts inside the network: hosts by name or address, networks, and Unix sockets.
 * One list for every outgoing connection whose host an authorization, a channel or a setting names.
 */
export type InternalHost =
  | { readonly kind: 'name'; readonly name: string; readonly port: number | undefined }
  /** An address is a network of one. */
  | { readonly kind: 'network'; readonly cidr: string; readonly port: number | undefined }
  /** A socket, or the folder that it is in. */
  | { readonly kind: 'socket'; readonly path: string };

/** The most entries of a list. */
export const MAX_INTERNAL_HOSTS = 200;

/**
 * `db.example`, `10.0.0.7`, `10.0.0.0/8`, `fd00::7`: each with a port or without (`db.example:5432`, `[fd00::7]:5432`);
 * `/run/postgresql`. Undefined for what is none of these.
 */
export function readInternalHost(text: string): InternalHost | undefined {
  if (text.length > 300) return undefined;
  if (text.startsWith('/')) return readSocket(text);
  const [, bracketed, inBrackets] = /^\[([^\]]*)\](?::(\d{1,5}))?$/.exec(text) ?? [];
  const [, plain, behind] = /^([^:]*)(?::(\d{1,5}))?$/.exec(text) ?? [];
  const host = bracketed ?? plain ?? text;
  const digits = inBrackets ?? behind;
  const port = digits === undefined ? undefined : Number(digits);
  if (port !== undefined && (port < 1 || port > 65_535)) return undefined;
  const cidr = asNetwork(host);
  if (cidr !== undefined) return { kind: 'network', cidr, port };
  const name = hostInUrl(bare(host)) ?? '';
  // `2130706433` and `0x7f.1` are addresses in other clothes.
  if (is(z.ipv4(), name)) return { kind: 'network', cidr: `${name}/32`, port };
  return /^[a-z0-9._-]+$/.test(name) ? { kind: 'name', name, port } : undefined;
}

/**
 * A host as every spelling of it is compared: lower case, without brackets and without the dot at the end of a name,
 * addresses in their usual form. What no URL could hold stays as it is.
 */
export const canonicalHost = (host: string): string => hostInUrl(bare(host)) ?? bare(host);

const bare = (host: string): string => host.replace(/^\[|\]$/g, '').toLowerCase();

function hostInUrl(host: string): string | undefined {
  if (/[\s/?#@\\%]/.test(host)) return undefined;
  const url = URL.parse(host.includes(':') ? `http://[${host}]` : `http://${host}`);
  return url ? bare(url.hostname).replace(/\.$/, '') : undefined;
}

function asNetwork(host: string): string | undefined {
  if (is(z.ipv4(), host)) return `${host}/32`;
  if (is(z.ipv6(), host)) return `${host}/128`;
  return is(z.cidrv4(), host) || is(z.cidrv6(), host) ? host : undefined;
}

/** Only a path of which there is one reading: it is compared letter by letter. */
function readSocket(text: string): InternalHost | undefined {
  const path = text.replace(/\/$/, '');
  const plain = path
    .split('/')
    .slice(1)
    .every((segment) => !['', '.', '..'].includes(segment));
  return path !== '' && plain && !/\p{Cc}/u.test(path) ? { kind: 'socket', path } : undefined;
}

const is = (schema: z.ZodType, text: string): boolean => schema.safeParse(text).success;

/** One entry as it is written. */
export const internalHost = z
  .string()
  .trim()
  .max(1_000)
  .refine((text) => readInternalHost(text) !== undefined, {
    error: issueText`Enter a host, an address or a network, with a port or without, like db.corp.example:5432, 10.0.0.7 or 10.0.0.0/8, or the absolute path of a Unix socket.`,
  });
