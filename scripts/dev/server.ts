/**
 * The server of `npm run dev`. It starts with the given options, and fills a new database as the demo does. It stops
 * when its parent process disconnects or ends.
 */
import { once } from 'node:events';
import packageJson from '../../package.json' with { type: 'json' };
import { ADMINISTRATOR, becomeAdministrator, fill } from '../../src/cli/demo/live.ts';
import { DEMO_PACE, demoConfig } from '../../src/cli/demo/stage.ts';
import { serve } from '../../src/compose/server.ts';
import { type Config, readConfig } from '../../src/config/config.ts';
import { LineupError } from '../../src/domain/errors/errors.ts';
import type { Order, ServerMessage } from './messages.ts';

process.umask(0o077);
// Ctrl-C reaches every process of the terminal. This one ends when its parent disconnects.
process.on('SIGINT', () => {});
process.on('SIGTERM', () => {});
const released = once(process, 'disconnect');

const send = (message: ServerMessage): void => void process.send?.(message);

const [order] = (await once(process, 'message')) as [Order];
try {
  const { url, setupLink, useCases, close } = await serve({
    config: await configOf(order),
    role: 'all',
    host: '127.0.0.1',
    port: order.port,
    version: packageJson.version,
    pace: DEMO_PACE,
  });
  send({ kind: 'up' });
  if (setupLink) {
    const password = await becomeAdministrator({ url, setupLink });
    send({ kind: 'administrator', email: ADMINISTRATOR, password });
    await fill(useCases, order, order.sources);
    send({ kind: 'filled' });
  }
  await released;
  await close();
} catch (error) {
  console.error(error instanceof LineupError ? error.message : error);
  process.exitCode = 1;
}
// A change of the code may have left something open.
process.exit();

async function configOf({ publicUrl, ...place }: Order): Promise<Config> {
  const own = await readConfig();
  const demo = await demoConfig(place);
  // The demo logs nothing. Here LINEUP_LOG_LEVEL shows the log.
  const logLevel = process.env.LINEUP_LOG_LEVEL ? (await own.server()).logLevel : 'error';
  return { ...demo, server: async () => ({ ...(await demo.server()), publicUrl, logLevel }) };
}
