/** The service with its HTTP API on a real port, and the command line that calls it. */
import { onTestFinished } from 'vitest';
import { operator, type Role } from '../../src/domain/people/people.ts';
import { Secret } from '../../src/domain/values/secret.ts';
import { buildApp } from '../../src/server/app.ts';
import { createAuth } from '../../src/server/auth/auth.ts';
import { listen } from '../../src/server/connections.ts';
import { createLog } from '../../src/server/log.ts';
import { authTables } from '../../src/store/database/auth-tables.ts';
import type { RunOptions } from './cli.ts';
import { commandHere, type Finished } from './command.ts';
import { type BenchOptions, type ServiceBench, serviceBench } from './service-bench.ts';

export interface Serving extends ServiceBench {
  readonly url: string;
  token(role: Role): Promise<string>;
  /** Runs a command as an editor, or with other variables. */
  lineup(args: readonly string[], options?: RunOptions): Promise<Finished>;
  /** The same with `--json`. Returns the parsed output. */
  json<T>(args: readonly string[], options?: RunOptions): Promise<T>;
}

export async function serving(options: BenchOptions = {}): Promise<Serving> {
  const bench = await serviceBench({ channels: true, ...options });
  const log = createLog({ level: 'silent' });
  const publicUrl = 'http://127.0.0.1';
  const auth = createAuth({
    database: { db: bench.running.database.db, type: 'postgres' },
    tables: authTables,
    secret: new Secret('an invented secret of thirty-two characters or more'),
    publicUrl,
    log,
  });
  const config = { publicUrl, webDirectory: null, version: '0.0.0' };
  const listening = await listen(await buildApp({ useCases: bench.service, auth, config, log }), { port: 0 });
  onTestFinished(() => listening.stop());
  const token: Serving['token'] = async (role) => {
    const input = { name: role, role, expires_at: null };
    return (await bench.service.apiTokens.create(input, operator)).token.reveal();
  };
  const editor = await token('editor');
  const environment = {
    PATH: process.env.PATH ?? '',
    HOME: bench.directory,
    NODE_COMPILE_CACHE: process.env.NODE_COMPILE_CACHE ?? '',
    LINEUP_URL: listening.url,
    LINEUP_TOKEN: editor,
  };
  const lineup: Serving['lineup'] = (args, { environment: change, input } = {}) =>
    commandHere(args, { cwd: bench.directory, environment: { ...environment, ...change }, input });
  return {
    ...bench,
    url: listening.url,
    token,
    lineup,
    json: async <T>(args: readonly string[], runOptions?: RunOptions) => {
      const { stdout, stderr } = await lineup([...args, '--json'], runOptions);
      try {
        return JSON.parse(stdout) as T;
      } catch {
        throw new Error(`no JSON document on stdout: ${stdout}\n${stderr}`);
      }
    },
  };
}
