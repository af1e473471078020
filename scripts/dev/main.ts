/**
 * npm run dev: the web app and the server from their sources, with the demo’s simulators. A changed page is replaced
 * in the browser and keeps its state. The server restarts when its source changes, and keeps its database.
 */
import { execFile } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join, relative, resolve } from 'node:path';
import { promisify } from 'node:util';
import type { ViteDevServer } from 'vite';
import { startDestinations } from '../../src/cli/demo/destinations.ts';
import { startSources } from '../../src/cli/demo/sources.ts';
import { openStage } from '../../src/cli/demo/stage.ts';
import { paint, print, printError, printNotice } from '../../src/cli/output.ts';
import { LineupError } from '../../src/domain/errors/errors.ts';
import { Api } from './api.ts';
import { afterChange } from './changes.ts';
import { type Options, readOptions } from './options.ts';
import { createWeb } from './web.ts';

const HOST = '127.0.0.1';
const root = resolve(import.meta.dirname, '../..');
/** All sources of the server. */
const OF_SERVER = /^(src|migrations|packages\/[^/]+\/src)\/|^locales\/[^/]+\/(?:server|cron)\.json$/;

const stopped = new Promise<void>((settle) => {
  let asked = false;
  const onSignal = () => {
    if (asked) process.exit(130);
    asked = true;
    settle();
  };
  process.on('SIGINT', onSignal).on('SIGTERM', onSignal);
});

try {
  await develop(readOptions(process.argv.slice(2)));
} catch (error) {
  if (!(error instanceof LineupError)) throw error;
  printError(error.message);
  process.exitCode = 2;
}
// Simulators keep idle connections open.
process.exit();

async function develop({ port: wanted, inspect }: Options): Promise<void> {
  const port = await freePort(wanted);
  const directory = await mkdtemp(join(tmpdir(), 'lineup-dev-'));
  const closing: (() => Promise<unknown>)[] = [() => rm(directory, { recursive: true, force: true })];
  try {
    const stage = await openStage(directory);
    closing.push(() => stage.simulator.close());
    const { destinations, close: closeDestinations } = await startDestinations();
    closing.push(closeDestinations);
    const { sources, close } = await startSources();
    closing.push(close);

    const apiPort = await freePort(0);
    const filled = Promise.withResolvers<void>();
    const url = `http://${HOST}:${port}`;
    const api = new Api(
      {
        directory,
        lineAdsUrl: stage.simulator.url,
        keys: stage.keys,
        file: stage.file,
        exports: stage.exports,
        sources,
        destinations,
        port: apiPort,
        publicUrl: url,
      },
      inspect ? ['--inspect'] : [],
      {
        administrator: (email, password) => print(nextSteps(url, email, password)),
        filled: filled.resolve,
        ended: (how) => {
          filled.resolve();
          printNotice(`The server ended (${how}): its words are above. It starts again when you save a change.`);
        },
      },
    );
    closing.push(() => api.stop());
    const web = await createWeb({ port, apiPort, apiUp: () => api.up });
    closing.push(() => web.close());
    await web.listen();
    watch(web, afterChange({ ready: filled.promise, restart: (files) => restart(api, files) }));
    void api.start();
    await stopped;
    printNotice('Stopping … (press Ctrl-C again to stop now)');
  } finally {
    for (const close of closing.reverse()) await close();
  }
}

/** Restarts the server when a part of it changes. Vite itself watches the web app. */
function watch({ watcher }: ViteDevServer, changed: (file: string) => void): void {
  const folders = ['src', 'migrations', 'packages', 'locales'].map((name) => join(root, name));
  const simulators = join(root, 'simulators');
  watcher.add([...folders, simulators]);
  watcher.on('all', (kind, path) => {
    if (kind === 'addDir' || kind === 'unlinkDir' || !/\.(ts|sql|json)$/.test(path)) return;
    const file = relative(root, resolve(path));
    if (file.startsWith('simulators/')) {
      printNotice(`${file} changed. The simulators go on as they are: press Ctrl-C and start again to see the change.`);
    } else if (OF_SERVER.test(file)) {
      changed(file);
    }
  });
}

async function restart(api: Api, files: readonly string[]): Promise<void> {
  const start = performance.now();
  const [first] = files;
  const names = files.length === 1 ? first : `${first} and ${files.length - 1} more`;
  if (files.some((file) => file.endsWith('.as.ts'))) {
    try {
      await promisify(execFile)(join(root, 'scripts/build-kernel.sh'));
    } catch (error) {
      return printError(`The kernel could not be built: ${(error as { stderr?: string }).stderr ?? error}`);
    }
  }
  if (!(await api.restart())) return;
  const seconds = ((performance.now() - start) / 1_000).toFixed(1);
  print(`${paint('green', '●')} ${names} changed: the server is up again after ${seconds} s`);
}

/**
 * Systems give higher ports to connections. One of them could take the port before its server starts.
 * @param wanted 0 takes any free port
 */
async function freePort(wanted: number): Promise<number> {
  for (;;) {
    const port = wanted === 0 ? randomInt(20_000, 32_000) : wanted;
    const why = await whyNot(port);
    if (why === undefined) return port;
    if (wanted !== 0) {
      throw new LineupError('invalid_argument', `Port ${wanted} ${why}: choose another with npm run dev -- --port 0.`);
    }
  }
}

/** Undefined for a port that is free. */
async function whyNot(port: number): Promise<string | undefined> {
  const probe = createServer();
  try {
    probe.listen(port, HOST);
    await once(probe, 'listening');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    return code === 'EADDRINUSE' ? 'is in use' : `cannot be used (${code})`;
  }
  probe.close();
  await once(probe, 'close');
  return undefined;
}

function nextSteps(url: string, email: string, password: string): string {
  return `
${paint('bold', 'Open')}  ${paint('cyan', url)}
      sign in as ${email} with the password ${paint('bold', password)}

Change a file below web/: the page shows it at once, and keeps what you have typed.
Change a file below src/ or packages/: the server starts again; you stay signed in.
Ctrl-C ends everything.
`;
}
