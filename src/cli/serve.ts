/** `lineup serve`: runs the service until a signal stops it. */
import { Command } from 'commander';
import packageJson from '../../package.json' with { type: 'json' };
import { readConfig } from '../config/config.ts';
import { oneOf, wholeNumber } from './options.ts';
import { print, printJson, printNotice, printWarning } from './output.ts';
import { interrupted, leaveSoon } from './terminal.ts';

interface Flags {
  role: 'all' | 'api' | 'worker';
  host: string;
  port: number;
  grace: number;
  heartbeat?: string;
  json?: boolean;
}

const LOOPBACK = /^(127\.|::1$|localhost$)/;

const keyReminder = (path: string): string =>
  `${path} is new. It is the key that encrypts all stored credentials. Back it up now, in another place than the database. Without it, nobody can read the credentials. This message appears only once.`;

export function serveCommand(): Command {
  return new Command('serve')
    .description(
      'Runs the service until Ctrl-C or SIGTERM. Its database is in the data directory, or at DATABASE_URL. The first start prints a link to create the first administrator.',
    )
    .option(
      '--role <role>',
      'all, api (answers requests) or worker (does the work)',
      oneOf('--role', ['all', 'api', 'worker']),
      'all',
    )
    .option('--host <address>', 'address to listen on', '127.0.0.1')
    .option('--port <n>', 'port to listen on; 0 takes any free port', wholeNumber('--port', 0, 65_535), 8080)
    .option(
      '--grace <seconds>',
      'how long current runs may take to end when the service stops; then other workers take them over',
      wholeNumber('--grace', 0, 86_400, ' of seconds'),
      0,
    )
    .option(
      '--heartbeat <file>',
      'write this file every ten seconds while the process can work, for a probe that compares its age',
    )
    .option('--json', 'print the address as JSON')
    .action(run);
}

async function run({ role, host, port, grace, heartbeat, json }: Flags): Promise<void> {
  const { serve } = await import('../compose/server.ts');
  const config = await readConfig();
  const { publicUrl } = await config.server();
  const serving = await serve({
    config,
    role,
    host,
    port,
    version: packageJson.version,
    heartbeat,
    // Printed immediately, because the next start does not make a key when this start fails later.
    onKeyMade: (path) => printWarning(keyReminder(path)),
  });
  // From here on, a signal must stop the service cleanly.
  const stopped = interrupted();
  const { url, setupLink } = serving;
  if (json) printJson({ url, setupLink, role, pid: process.pid });
  else if (url === null) print('Lineup processes runs. This process answers no requests.');
  else print(`Lineup is running at ${publicUrl ?? url}`);
  if (setupLink && !json) print(`Create the first administrator within one hour: ${setupLink}`);
  if (url !== null && !LOOPBACK.test(host) && !publicUrl?.startsWith('https:')) {
    printWarning(
      'Other machines can reach Lineup without encryption. Put a proxy with TLS in front of it, and set LINEUP_PUBLIC_URL.',
    );
  }
  await stopped;
  printNotice('Stopping … (press Ctrl-C again to stop now)');
  if (!(await serving.close(grace * 1_000))) leaveSoon();
}
