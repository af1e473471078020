/** Starts a server for the run before the first file that needs one, and stops it after the last. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { resolve } from 'node:path';
import { createInterface } from 'node:readline';

/**
 * Prints the variables that the script set, and keeps the server until its input ends, also when this process is
 * killed.
 */
const hold = "env | grep '^LINEUP_TEST_' || true; echo; exec cat >/dev/null";

/**
 * @param script the name of one in `scripts`, which runs a command with a server
 * @param environment of the script
 * @param variables get what the script sets
 * @returns stops the server
 */
export async function holdServer(
  script: string,
  environment: NodeJS.ProcessEnv = process.env,
  variables: Record<string, string | undefined> = process.env,
): Promise<() => Promise<void>> {
  const path = resolve(import.meta.dirname, '../../scripts', script);
  const holder = spawn(path, ['sh', '-c', hold], { stdio: ['pipe', 'pipe', 'inherit'], env: environment });
  const ended = once(holder, 'exit');
  let ready = false;
  for await (const line of createInterface(holder.stdout)) {
    ready = line === '';
    if (ready) break;
    const [, name, value] = /^(\w+)=(.*)$/.exec(line) ?? [];
    if (name) variables[name] = value;
  }
  if (!ready) throw new Error(`No database to test with; scripts/${script} says why above.`);
  return async () => {
    holder.stdin.end();
    await ended;
  };
}
