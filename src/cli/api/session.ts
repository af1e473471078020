/** What the commands for a running service get. Its client is loaded when a command runs: a help needs none. */
import { readConfig } from '../../config/config.ts';
import { calledAs } from '../../config/environment.ts';
import { LineupError } from '../../domain/errors/errors.ts';
import { interruptible } from '../terminal.ts';
import type { ApiClient } from './client.ts';

export interface ApiSession {
  readonly client: ApiClient;
  readonly signal: AbortSignal;
}

/** @throws {LineupError} `missing_credentials` when no service is named */
export async function withApi(work: (session: ApiSession) => Promise<void>): Promise<void> {
  const [{ ApiClient }, config] = await Promise.all([import('./client.ts'), readConfig()]);
  const remote = await config.remote();
  if (!remote) {
    throw new LineupError(
      'missing_credentials',
      `LINEUP_URL is not set. Set it to the address of a running service, such as http://127.0.0.1:8080, and set LINEUP_TOKEN to an API token. "${calledAs()} serve" starts a service.`,
    );
  }
  await interruptible((signal) => work({ client: new ApiClient({ ...remote, signal }), signal }));
}
