/**
 * Connections through the proxy of the environment, if it has one. `node:http` knows it since the process began
 * (src/config/proxy.ts). Databases and mail servers do not speak HTTP, so they are reached directly.
 */
import http, { Agent, type AgentOptions } from 'node:http';
import https, { Agent as SecureAgent } from 'node:https';
import type { LookupFunction } from 'node:net';
import { canonicalHost } from '../domain/values/internal-hosts.ts';

/** An agent that uses the proxy as the agents of Node.js itself do. */
export function newAgent(protocol: string, options: AgentOptions = {}): Agent {
  const proxyEnv = proxyFor(protocol);
  const all = proxyEnv ? { ...options, proxyEnv } : options;
  return protocol === 'https:' ? new SecureAgent(all) : new Agent(all);
}

/** Whether requests of a protocol go through a proxy, except for the hosts in NO_PROXY. */
export const hasProxy = (protocol: string): boolean => proxyFor(protocol) !== undefined;

function proxyFor(protocol: string): AgentOptions['proxyEnv'] {
  const { globalAgent } = protocol === 'https:' ? https : http;
  return (globalAgent as Agent & { readonly options: AgentOptions }).options.proxyEnv;
}

/**
 * Names that no public server has (RFC 6761, 6762, 8375, ICANN's reservation of .internal), and names without a domain.
 */
const INTERNAL_NAME = /^[^.]+$|\.(?:internal|local|localdomain|localhost|lan|home\.arpa|intranet|corp|private|svc)$/i;

/** The judgements of each guard. An administrator's change makes new guards. */
const judged = new WeakMap<LookupFunction, Set<string>>();

/**
 * Lets the guard judge a host that a proxy will look up. Without a proxy, the guard judges within the connection. A
 * name that only the proxy knows is allowed, unless it is clearly one of an internal network.
 * @param lookup of the guard
 * @throws {LineupError} the refusal of the guard; the error of the lookup, for an internal name
 */
export async function judgeBeforeProxy(url: URL, lookup: LookupFunction): Promise<void> {
  if (!hasProxy(url.protocol)) return;
  const host = canonicalHost(url.hostname);
  const known = judged.get(lookup) ?? new Set();
  if (known.has(host)) return;
  await new Promise<void>((allow, refuse) => {
    lookup(host, { all: true }, (error) => {
      const onlyProxyKnows = error && isUnknown(error) && !INTERNAL_NAME.test(host);
      if (error && !onlyProxyKnows) refuse(error);
      else allow();
    });
  });
  judged.set(lookup, known.add(host));
}

/** The system cannot look up the name. */
const isUnknown = ({ code }: NodeJS.ErrnoException): boolean => code === 'ENOTFOUND' || code === 'EAI_AGAIN';
