/** What stands between this machine and the internet. Pure. */
import { type Finding, ok, warning } from './finding.ts';

export interface Proxy {
  /** Scheme, host and port, without credentials; undefined where none is set. */
  readonly https: string | undefined;
  readonly http: string | undefined;
  readonly exceptions: number;
  /** Whether Node.js was told to use them. */
  readonly used: boolean;
  /** Whether further certificates are trusted. */
  readonly certificates: boolean;
}

export function proxyFindings({ https, http, exceptions, used, certificates }: Proxy): Finding[] {
  const topic = 'Proxy';
  const more = certificates
    ? ' Further certificates are trusted (NODE_EXTRA_CA_CERTS or SSL_CERT_FILE).'
    : '';
  const set = [https && `HTTPS_PROXY ${https}`, http && `HTTP_PROXY ${http}`].filter(Boolean).join(', ');
  if (set === '') return [ok(topic, `None is set.${more}`)];
  const what = `${set}, ${exceptions} exceptions (NO_PROXY)`;
  if (used) {
    return [
      ok(
        topic,
        `${what}. Requests to LINE and single sign-on use it; hosts that people name are reached directly.${more}`,
      ),
    ];
  }
  return [
    warning(
      topic,
      `${what}, but Node.js was not told to use it, so it has no effect.${more}`,
      'Set NODE_USE_ENV_PROXY=1 if requests to LINE must go through it; else ignore this.',
    ),
  ];
}
