/** The proxy that the environment names: HTTPS_PROXY, HTTP_PROXY, NO_PROXY, in upper or lower case as everywhere. */
import { isIP, isIPv4 } from 'node:net';
import { LineupError } from '../domain/errors/errors.ts';
import { type Environment, ownText, textOf } from './environment.ts';

/** By the names that every library reads; those with `grpc`, Google's client for gRPC. */
export type ProxyVariables = Partial<
  Record<'https_proxy' | 'http_proxy' | 'no_proxy' | 'grpc_proxy' | 'no_grpc_proxy', string>
>;

/** No proxy leads to this machine, or to where a cloud gives it its credentials. */
const NEVER = [
  'localhost',
  'localhost.',
  '127.0.0.1',
  '127.0.0.0-127.255.255.255',
  '169.254.169.254',
  '169.254.170.2',
  '169.254.170.23',
  'metadata.google.internal',
  // Libraries write them with brackets, or without.
  ...['::1', 'fd00:ec2::23', 'fd00:ec2::254'].flatMap((address) => [address, `[${address}]`]),
];

/**
 * The variables in a form that all libraries understand in the same way: a name stands for its subdomains, too, as in
 * curl. Undefined without a proxy.
 * @throws {LineupError} `invalid_configuration` for what is not the URL of a proxy. It does not show the value, which
 * may hold a password
 */
export function proxyVariables(environment: Environment): ProxyVariables | undefined {
  const https = proxyIn('HTTPS_PROXY', environment);
  const http = proxyIn('HTTP_PROXY', environment);
  if (https === undefined && http === undefined) return undefined;
  const own = exceptionsIn(environment).flatMap((entry) => [entry, ...otherForms(entry)]);
  const exceptions = [...own, ...NEVER].join(',');
  return {
    ...(https !== undefined && { https_proxy: https, grpc_proxy: https }),
    ...(http !== undefined && { http_proxy: http }),
    no_proxy: exceptions,
    no_grpc_proxy: exceptions,
  };
}

/** The lower case is first, as in other programs. */
export const eitherCase = (name: string, environment: Environment): string | undefined =>
  ownText(name.toLowerCase(), environment) ?? textOf(name, environment);

function proxyIn(name: string, environment: Environment): string | undefined {
  const given = eitherCase(name, environment);
  if (given === undefined) return undefined;
  const url = URL.parse(given.includes('://') ? given : `http://${given}`);
  if (url && /^https?:$/.test(url.protocol) && url.hostname !== '') return url.href;
  throw new LineupError(
    'invalid_configuration',
    `${name} is not the URL of an HTTP proxy. Enter one like http://proxy.example.com:3128.`,
  );
}

/** The hosts that the person has listed, without what `applyProxy` has added. */
export function exceptionsIn(environment: Environment): readonly string[] {
  const all = (eitherCase('NO_PROXY', environment) ?? '').split(/[\s,]+/).filter(Boolean);
  const added = new Set([...NEVER, ...all.flatMap(otherForms)]);
  return all.filter((entry) => !added.has(entry));
}

/** What libraries need to understand an entry as curl does. */
function otherForms(entry: string): readonly string[] {
  const [, address = '', bits = ''] = /^([\d.]+)\/(\d{1,2})$/.exec(entry) ?? [];
  if (isIPv4(address) && Number(bits) <= 32) return [rangeOf(address, Number(bits))];
  return isIP(entry) === 0 && /^[a-z0-9-]+(\.[a-z0-9-]+)*$/i.test(entry) ? [`.${entry}`] : [];
}

/** Node.js knows no networks, only ranges: `10.0.0.0-10.255.255.255`. */
function rangeOf(address: string, bits: number): string {
  const size = 2 ** (32 - bits);
  const number = address.split('.').reduce((sum, part) => sum * 256 + Number(part), 0);
  const first = number - (number % size);
  const written = (n: number) => [24, 16, 8, 0].map((shift) => Math.floor(n / 2 ** shift) % 256).join('.');
  return `${written(first)}-${written(first + size - 1)}`;
}

/**
 * Makes every HTTP request of this process use the proxy, also those of libraries. Reader processes get it in their
 * environment.
 */
export async function applyProxy(environment: NodeJS.ProcessEnv = process.env): Promise<void> {
  const variables = proxyVariables(environment);
  if (!variables) return;
  const { setGlobalProxyFromEnv } = await import('node:http');
  setGlobalProxyFromEnv(variables);
  // Google's clients look at the environment themselves.
  const { grpc_proxy, no_grpc_proxy, no_proxy } = variables;
  Object.assign(environment, {
    no_proxy,
    NO_PROXY: no_proxy,
    ...(grpc_proxy && { grpc_proxy, no_grpc_proxy }),
  });
}
