/** The service as a separate process or in this one, and its first administrator. */
import { createInterface } from 'node:readline';
import { onTestFinished } from 'vitest';
import { serve as serveInProcess } from '../../src/compose/server.ts';
import { readConfig } from '../../src/config/config.ts';
import type { Bench, ProcessOptions } from './cli.ts';

export interface Served {
  readonly url: string;
  readonly setupLink: string | null;
  /** @returns exit status and standard error */
  stop(): Promise<{ code: number | null; stderr: string }>;
}

/** Starts `lineup serve` as a process. Resolves when it prints its address. */
export async function serve(
  scene: Bench,
  environment: Record<string, string> = {},
  { under, flags = [] }: Pick<ProcessOptions, 'under'> & { readonly flags?: readonly string[] } = {},
): Promise<Served> {
  const { child, finished } = scene.start(['serve', '--port', '0', '--json', ...flags], { environment, under });
  let text = '';
  for await (const line of createInterface({ input: child.stdout! })) {
    text += line;
    if (line === '}') break;
  }
  if (text === '') throw new Error((await finished).stderr);
  return {
    ...(JSON.parse(text) as Pick<Served, 'url' | 'setupLink'>),
    stop: () => {
      child.kill('SIGTERM');
      return finished;
    },
  };
}

/** The same in this process, for tests that are not about the process. It ends with the test. */
export async function serveHere(
  { environment }: Bench,
  change: Record<string, string> = {},
  host = '127.0.0.1',
): Promise<Pick<Served, 'url' | 'setupLink'> & { readonly madeKey: boolean; stop(): Promise<void> }> {
  const config = await readConfig({ LINEUP_LOG_LEVEL: 'silent', ...environment, ...change });
  const at = { role: 'all', host, port: 0, version: '0.0.0' } as const;
  let madeKey = false;
  const onKeyMade = () => {
    madeKey = true;
  };
  const { url, setupLink, close } = await serveInProcess({ config, ...at, onKeyMade });
  let closed: Promise<void> | undefined;
  const stop = () => (closed ??= close().then(() => {}));
  onTestFinished(stop);
  return { url: url ?? '', setupLink, madeKey, stop };
}

async function post(
  { url }: Pick<Served, 'url'>,
  path: string,
  body: object,
  headers: Record<string, string> = {},
): Promise<Response> {
  const answer = await fetch(`${url}/api/v1${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', origin: url, ...headers },
    body: JSON.stringify(body),
  });
  if (!answer.ok) throw new Error(`${path}: ${answer.status} ${await answer.text()}`);
  return answer;
}

const person = { email: 'aiko@example.com', password: 'correct horse battery' };

/** Signs the first administrator in with the password. @returns the cookie */
export async function signIn(served: Pick<Served, 'url'>): Promise<string> {
  const session = await post(served, '/session', person);
  return session.headers
    .getSetCookie()
    .map((cookie) => cookie.split(';')[0])
    .join('; ');
}

/** Becomes the first administrator and creates a token, as a person does. */
export async function setUp(served: Pick<Served, 'url' | 'setupLink'>): Promise<string> {
  await post(served, '/setup', { ...person, name: 'Aiko Tanaka', token: served.setupLink?.split('#')[1] });
  const cookie = await signIn(served);
  const made = await post(served, '/api-tokens', { name: 'ci', role: 'administrator' }, { cookie });
  return ((await made.json()) as { token: string }).token;
}
