/** Checks that the hosts of the configuration can be reached, in the same way as the service reaches them. */
import { once } from 'node:events';
import { connect, isIP } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { networkFault } from '../destinations/line-ads/failure.ts';
import { clockSentence, isFarOff } from '../destinations/line-sentences.ts';
import { lineAdsTraits } from '../domain/destinations/line-ads.ts';
import { LineupError } from '../domain/errors/errors.ts';
import { inEnglish } from '../domain/text/sentence.ts';
import { networkGuard } from '../network/guard.ts';
import { hasProxy } from '../network/proxy.ts';
import { get } from '../sources/http.ts';
import type { SourceHost } from '../sources/source.ts';
import { type Check, type Finding, ok, problem, warning } from './finding.ts';

const MAX_HOSTS = 40;

/** Only scheme, host and port: the rest of a URL may contain a secret. */
const originOf = (url: string): string => new URL(url).origin;

const faultOf = (error: unknown): string => {
  if (error instanceof LineupError) return error.message;
  return networkFault(error);
};

const howToReach = 'Check the name, the firewall and the proxy (HTTPS_PROXY, NO_PROXY) of this machine.';

/** The API of a destination. */
export interface DestinationApi {
  readonly topic: string;
  readonly address: string;
  /** Whether requests with a wrong time are refused. */
  readonly hasClock: boolean;
}

/** Checks the API by a request without a key. Any response is enough, and it also has the other side's time. */
export async function destinationApi(
  { topic, address, hasClock }: DestinationApi,
  signal: AbortSignal,
): Promise<Finding[]> {
  const origin = originOf(address);
  let answer: Response;
  try {
    answer = await fetch(address, { method: 'HEAD', redirect: 'manual', signal });
  } catch (error) {
    if (signal.aborted) throw error;
    return [problem(topic, `${origin} cannot be reached: ${faultOf(error)}.`, howToReach)];
  }
  const reached = ok(topic, `${origin} answers.`);
  if (!hasClock) return [reached];
  const server = Date.parse(answer.headers.get('date') ?? '');
  return [reached, clockFinding(Number.isNaN(server) ? undefined : Date.now() - server)];
}

/** @param skewMs this machine's clock minus LINE's */
export function clockFinding(skewMs: number | undefined): Finding {
  const topic = 'Clock';
  if (skewMs === undefined) {
    return warning(topic, 'Its answer had no time, so the clocks were not compared.', 'Compare the clocks manually.');
  }
  const message = inEnglish(clockSentence(skewMs));
  if (!isFarOff(skewMs)) return ok(topic, message);
  const todo = 'Set the system clock automatically (NTP, chrony, systemd-timesyncd).';
  return Math.abs(skewMs) >= lineAdsTraits.clock.refuseMs
    ? problem(topic, message, todo)
    : warning(topic, message, todo);
}

/** Checks the discovery document of single sign-on. */
export async function oidcIssuer(issuer: string, signal: AbortSignal): Promise<Finding[]> {
  const topic = 'Single sign-on';
  const origin = originOf(issuer);
  try {
    const answer = await fetch(`${issuer}/.well-known/openid-configuration`, { signal });
    await answer.body?.cancel();
    if (answer.ok) return [ok(topic, `${origin} answers.`)];
    return [
      problem(
        topic,
        `${origin} answers, but has no discovery document (HTTP ${answer.status}).`,
        'Correct LINEUP_OIDC_ISSUER: <issuer>/.well-known/openid-configuration must be there.',
      ),
    ];
  } catch (error) {
    if (signal.aborted) throw error;
    return [problem(topic, `${origin} cannot be reached: ${faultOf(error)}.`, howToReach)];
  }
}

/** Checks the service that the command line uses. */
export async function ownService(url: string, signal: AbortSignal): Promise<Finding[]> {
  const topic = 'Service';
  const origin = originOf(url);
  try {
    const answer = await fetch(`${url}/ready`, { signal });
    await answer.body?.cancel();
    if (answer.ok) return [ok(topic, `${origin} (LINEUP_URL) is ready.`)];
    return [
      problem(topic, `${origin} (LINEUP_URL) answers, but is not ready (HTTP ${answer.status}).`, 'See its log.'),
    ];
  } catch (error) {
    if (signal.aborted) throw error;
    return [
      problem(
        topic,
        `${origin} (LINEUP_URL) cannot be reached: ${faultOf(error)}.`,
        'Check that it is running and that LINEUP_URL is correct.',
      ),
    ];
  }
}

/** @param allowed the administrator's list; undefined to check without the network guard */
export function hostCheck(
  { what: name, host, port, tls, web = false }: SourceHost,
  allowed: readonly string[] | undefined,
  limitMs: number,
): Check {
  const topic = 'Host';
  const place = `${name} at ${host.startsWith('/') ? host : `${host}:${port}`}`;
  return {
    topic,
    limitMs,
    look: async (signal) => {
      try {
        await reach({ host, port, tls, web }, allowed, signal);
        return [ok(topic, `${place} can be reached.`)];
      } catch (error) {
        if (signal.aborted) throw error;
        const todo =
          error instanceof LineupError
            ? 'List it there, or set LINEUP_INTERNAL_HOSTS.'
            : web
              ? howToReach
              : 'Check the name, the port and the firewall. Connections to it do not use a proxy.';
        return [problem(topic, `${place} cannot be reached: ${faultOf(error)}.`, todo)];
      }
    },
  };
}

/** Limits the number of findings to what fits on a page. */
export const mostHosts = (hosts: readonly SourceHost[]): readonly SourceHost[] => hosts.slice(0, MAX_HOSTS);

async function reach(
  { host, port, tls, web }: Omit<SourceHost, 'what'>,
  allowed: readonly string[] | undefined,
  signal: AbortSignal,
): Promise<void> {
  const guard = allowed && networkGuard({ allowed, port, purpose: 'source' });
  const name = host.replace(/^\[|\]$/g, '');
  guard?.assertAllowed(name);
  const origin = new URL(`${tls ? 'https' : 'http'}://${host}:${port}`);
  if (web && hasProxy(origin.protocol)) {
    const answer = await get(origin, {
      headers: {},
      agent: false,
      ...(guard && { lookup: guard.lookup }),
      signal,
    });
    answer.destroy();
    return;
  }
  const to = name.startsWith('/')
    ? { path: `${name}/.s.PGSQL.${port}` }
    : { host: name, port, ...(guard && { lookup: guard.lookup }) };
  const socket = tls ? connectTls({ ...to, ...(isIP(name) === 0 && { servername: name }) }) : connect({ ...to });
  try {
    await once(socket, tls ? 'secureConnect' : 'connect', { signal });
  } finally {
    socket.on('error', () => {});
    socket.destroy();
  }
}

/** The proxy settings of this process's environment. */
export interface Proxy {
  /** Scheme, host and port, without credentials; undefined when it is not set. */
  readonly https: string | undefined;
  readonly http: string | undefined;
  readonly exceptions: number;
  /** Whether additional certificates are trusted. */
  readonly certificates: boolean;
}

export function proxyFindings({ https, http, exceptions, certificates }: Proxy): Finding[] {
  const topic = 'Proxy';
  const more = certificates ? ' Additional certificates are trusted (NODE_EXTRA_CA_CERTS or SSL_CERT_FILE).' : '';
  const set = [https && `HTTPS_PROXY ${https}`, http && `HTTP_PROXY ${http}`].filter(Boolean).join(', ');
  if (set === '') return [ok(topic, `None is set.${more}`)];
  const message = `${set}, ${exceptions} exceptions (NO_PROXY)`;
  return [ok(topic, `${message}. All HTTP requests use it. Databases and mail servers are reached directly.${more}`)];
}
