/**
 * Runs a module whose name ends in `.build.ts` when Vite loads it. The browser gets the values of its exports as data.
 */
import { type Plugin, runnerImport } from 'vite';

export const buildTimeModules = (): Plugin => ({
  name: 'lineup:build-time-modules',
  enforce: 'pre',
  load: {
    filter: { id: /\.build\.ts$/ },
    async handler(id) {
      const { module, dependencies } = await runnerImport<Record<string, unknown>>(id, { configFile: false });
      // In development, a changed schema changes the rules.
      for (const file of dependencies) this.addWatchFile(file);
      return Object.entries(module)
        .map(([name, value]) => `export const ${name} = ${JSON.stringify(value)};`)
        .join('\n');
    },
  },
});
