/** One POST of JSON to somebody else's server: guarded, bounded, no redirect followed. */
import { request as overHttp } from 'node:http';
import { request as overHttps } from 'node:https';
import { portOf } from '../../contracts/network.ts';
import { networkGuard } from '../../network/guard.ts';

export interface Post {
  readonly url: string;
  readonly body: string;
  readonly headers?: Record<string, string>;
  readonly allowed: readonly string[];
  readonly signal: AbortSignal;
}

/** @returns the status @throws {LineupError} `not_permitted`; whatever the connection fails with */
export function postJson({ url, body, headers, allowed, signal }: Post): Promise<number> {
  const target = new URL(url);
  const guard = networkGuard({ allowed, port: portOf(target), purpose: 'notification' });
  guard.assertAllowed(target.hostname);
  return new Promise((resolve, reject) => {
    const call = (target.protocol === 'https:' ? overHttps : overHttp)(
      target,
      {
        method: 'POST',
        // A connection of its own: one that is kept could have been made when more was allowed.
        agent: false,
        lookup: guard.lookup,
        signal,
        headers: {
          'content-type': 'application/json',
          'content-length': Buffer.byteLength(body),
          'user-agent': 'Lineup',
          ...headers,
        },
      },
      (answer) => {
        // Its status says all; what else it says is not wanted, however long it is.
        answer.destroy();
        resolve(answer.statusCode ?? 0);
      },
    );
    call.on('error', reject);
    call.end(body);
  });
}
