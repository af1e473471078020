/** What commands for a running service get: a client, and a signal that Ctrl-C aborts. */
import { readConfig } from '../../config/config.ts';
import { LineupError } from '../../contracts/errors.ts';
import { interruptible } from '../interrupt.ts';
import { ApiClient } from './client.ts';

export interface ApiSession {
  readonly client: ApiClient;
  readonly signal: AbortSignal;
}

/** @throws {LineupError} `missing_credentials` when no service is named */
export async function withApi(work: (session: ApiSession) => Promise<void>): Promise<void> {
  const config = await readConfig();
  const remote = await config.remote();
  if (!remote) {
    throw new LineupError(
      'missing_credentials',
      'LINEUP_URL is not set: give the address of a running service, such as http://127.0.0.1:8080, and an API token of it in LINEUP_TOKEN. "lineup serve" starts one.',
    );
  }
  await interruptible((signal) => work({ client: new ApiClient({ ...remote, signal }), signal }));
}
