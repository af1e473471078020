/** Keeps the schemas of `src` out of the browser, which needs only the rules and the data beside them. */
import { type Plugin, runnerImport } from 'vite';

/** Runs a module whose name ends in `.build.ts` when Vite loads it. The browser gets the values of its exports. */
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

/**
 * Tells the bundler that the constants of these layers are pure, so that it drops each one that the browser does not
 * use, and Zod with the last schema. A bundler cannot know that of a call such as `size.nullable()`.
 */
export const pureConstants = (): Plugin => ({
  name: 'lineup:pure-constants',
  apply: 'build',
  transform: {
    filter: { id: /\/src\/(?:domain|contracts)\// },
    handler(code) {
      const declared = this.parse(code).body.flatMap((node) => {
        const statement = node.type === 'ExportNamedDeclaration' ? node.declaration : node;
        return statement?.type === 'VariableDeclaration' ? statement.declarations : [];
      });
      const values = declared.flatMap(({ init }) => (init ? [init] : []));
      return values.reduceRight(
        (text, { start, end }) =>
          `${text.slice(0, start)}/* @__PURE__ */ (() => (${text.slice(start, end)}))()${text.slice(end)}`,
        code,
      );
    },
  },
});
