/** The proxy that the environment names: HTTPS_PROXY, HTTP_PROXY, NO_PROXY, in upper or lower case as everywhere. */
import { LineupError } from '../contracts/errors.ts';
import { type Environment, textOf } from './environment.ts';

/** By the names that every library reads; those with `grpc`, Google's client for gRPC. */
export type ProxyVariables = Partial<
  Record<'https_proxy' | 'http_proxy' | 'no_proxy' | 'grpc_proxy' | 'no_grpc_proxy', string>
>;

/** No proxy leads to this machine, or to where a cloud gives it its credentials. */
const NEVER = [
  'localhost',
  '127.0.0.1',
  '::1',
  '[::1]',
  '169.254.169.254',
  '169.254.170.2',
  '169.254.170.23',
  '[fd00:ec2::254]',
  'metadata.google.internal',
];

/**
 * The variables in a form that all libraries understand in the same way: a name stands for its subdomains, too, as in curl. Undefined
 * without a proxy.
 * @throws {LineupError} `invalid_configuration` for what is not the URL of a proxy. It does not show the value, which may hold a password
 */
export function proxyVariables(environment: Environment): ProxyVariables | undefined {
  const https = proxyIn('HTTPS_PROXY', environment);
  const http = proxyIn('HTTP_PROXY', environment);
  if (https === undefined && http === undefined) return undefined;
  const given = (eitherCase('NO_PROXY', environment) ?? '').split(/[\s,]+/).filter(Boolean);
  const own = given.flatMap((entry) => (isName(entry) ? [entry, `.${entry}`] : [entry]));
  const exceptions = [...own, ...NEVER].join(',');
  return {
    ...(https !== undefined && { https_proxy: https, grpc_proxy: https }),
    ...(http !== undefined && { http_proxy: http }),
    no_proxy: exceptions,
    no_grpc_proxy: exceptions,
  };
}

/** The lower case is first, as in other programs. */
const eitherCase = (name: string, environment: Environment): string | undefined =>
  textOf(name.toLowerCase(), environment) ?? textOf(name, environment);

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

const isName = (entry: string): boolean => /^[a-z][a-z0-9-]*(\.[a-z0-9-]+)*$/i.test(entry);

/** Makes every HTTP request of this process use the proxy, also those of libraries. Reader processes get it in their environment. */
export async function applyProxy(environment: NodeJS.ProcessEnv = process.env): Promise<void> {
  const variables = proxyVariables(environment);
  if (!variables) return;
  const { setGlobalProxyFromEnv } = await import('node:http');
  setGlobalProxyFromEnv(variables);
  // Google's client looks at the environment itself.
  const { grpc_proxy, no_grpc_proxy } = variables;
  if (grpc_proxy !== undefined) Object.assign(environment, { grpc_proxy, no_grpc_proxy });
}
