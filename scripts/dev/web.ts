/** The web app of `npm run dev`: Vite’s server, which also forwards API requests to the API. */
import { existsSync, realpathSync } from 'node:fs';
import { join, resolve } from 'node:path';
import prefresh from '@prefresh/vite';
import { createServer, mergeConfig, type Plugin, type ViteDevServer } from 'vite';
import config from '../../web/vite.config.ts';

const root = resolve(import.meta.dirname, '../..');
// Not all of /api/, because modules of the web app are there, too.
const OF_API = /^\/(api\/(v1|docs|auth)(\/|$)|health$|ready$|metrics$)/;

export interface WebOptions {
  readonly port: number;
  readonly apiPort: number;
  /** Resolves with whether the API answers. */
  readonly apiUp: () => Promise<boolean>;
}

/** It does not listen yet. */
export async function createWeb({ port, apiPort, apiUp }: WebOptions): Promise<ViteDevServer> {
  const api = { target: `http://127.0.0.1:${apiPort}` };
  const libraries = join(root, 'node_modules');
  return createServer(
    mergeConfig(config, {
      configFile: false,
      // Vite’s default is below node_modules, which several checkouts may share.
      cacheDir: join(root, 'build/vite'),
      clearScreen: false,
      logLevel: 'warn',
      // Changed components keep their state. The plugin needs to know how JSX is translated.
      plugins: [await prefresh(), patience(apiUp)],
      oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
      server: {
        host: '127.0.0.1',
        port,
        strictPort: true,
        // Many editors empty a file before they write it. A module that is read in between has no exports, and the page
        // would lose its state.
        watch: { awaitWriteFinish: { stabilityThreshold: 80, pollInterval: 20 } },
        proxy: { [OF_API.source]: api },
        fs: { allow: [root, ...(existsSync(libraries) ? [realpathSync(libraries)] : [])] },
      },
    }),
  );
}

/** During a restart of the API its requests wait, so that nobody sees an error. */
function patience(apiUp: () => Promise<boolean>): Plugin {
  return {
    name: 'lineup:patience',
    configureServer(server) {
      server.middlewares.use(async (request, response, next) => {
        if (!OF_API.test(request.url ?? '') || (await apiUp())) return next();
        response.writeHead(503, { 'content-type': 'text/plain' });
        response.end('The server of "npm run dev" does not run: see its terminal.\n');
      });
    },
  };
}
