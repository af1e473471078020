/** The administrator's list of internal hosts that the service may connect to. */
import { z } from 'zod';
import { issueText } from '../text/sentence.ts';

/**
 * An entry of the administrator's list of allowed hosts inside the network: hosts by name or address, networks, and
 * Unix sockets. One list for every outgoing connection whose host an authorization, a channel or a setting names.
 */
export type InternalHost =
  | { readonly kind: 'name'; readonly name: string; readonly port: number | undefined }
  /** A single address is a network of one address. */
  | { readonly kind: 'network'; readonly cidr: string; readonly port: number | undefined }
  /** A socket, or its folder. */
  | { readonly kind: 'socket'; readonly path: string };

/** The most entries of a list. */
export const MAX_INTERNAL_HOSTS = 200;

/**
 * `db.example`, `10.0.0.7`, `10.0.0.0/8`, `fd00::7`: each with a port or without (`db.example:5432`, `[fd00::7]:5432`);
 * `/run/postgresql`. Undefined for any other text.
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
  // `2130706433` and `0x7f.1` are other spellings of addresses.
  if (is(z.ipv4(), name)) return { kind: 'network', cidr: `${name}/32`, port };
  return /^[a-z0-9._-]+$/.test(name) ? { kind: 'name', name, port } : undefined;
}

/**
 * The canonical form of a host, for comparisons: lower case, without brackets and without a dot at the end; addresses
 * in their usual notation. A text that no URL can contain stays unchanged.
 */
export const canonicalHost = (host: string): string => hostInUrl(bare(host)) ?? bare(host);

/** Whether a text is a name or an address of a host, without a port. */
export const isHost = (text: string): boolean => (hostInUrl(bare(text)) ?? '') !== '';

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

/** Accepts only normalised paths, because they are compared as texts. */
function readSocket(text: string): InternalHost | undefined {
  const path = text.replace(/\/$/, '');
  const plain = path
    .split('/')
    .slice(1)
    .every((segment) => !['', '.', '..'].includes(segment));
  return path !== '' && plain && !/\p{Cc}/u.test(path) ? { kind: 'socket', path } : undefined;
}

const is = (schema: z.ZodType, text: string): boolean => schema.safeParse(text).success;

/** The schema of one entry, as an administrator writes it. */
export const internalHost = z
  .string()
  .trim()
  .max(1_000)
  .refine((text) => readInternalHost(text) !== undefined, {
    error: issueText`Enter a host, an address or a network, with or without a port, like db.corp.example:5432, 10.0.0.7 or 10.0.0.0/8, or the absolute path of a Unix socket.`,
  });
