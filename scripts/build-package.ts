/**
 * `npm pack` runs this in a folder of packages/. It builds `dist`: an ES module and a CommonJS one for each of its
 * `exports`, with declarations for both. Rolldown, the bundler of Vite, makes the code and includes the needed parts
 * of libraries and of packages/client-core, so that nothing else is installed. The compiler makes the declarations, one
 * file for each file in `src`; those of packages/client-core are in the folder `core`.
 */
import { execFileSync } from 'node:child_process';
import { globSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join, relative, resolve } from 'node:path';
import { type Plugin, rolldown } from 'rolldown';

const root = resolve(import.meta.dirname, '..');
/** Made here first: whoever packs or reads `dist` meanwhile finds every file whole. */
const dist = resolve(`build/dist-${process.pid}`);

/** By the name of the file in `dist`: `index`, `bulk`. */
function entries(): Record<string, string> {
  const { exports } = JSON.parse(readFileSync('package.json', 'utf8')) as { exports: object };
  const names = Object.keys(exports).filter((path) => !path.endsWith('.json'));
  return Object.fromEntries(
    names.map((path) => (path === '.' ? 'index' : path.slice('./'.length))).map((name) => [name, `src/${name}.ts`]),
  );
}

/**
 * Replacements for what the source takes from Node.js. The kernel is a text within the code, so that no bundler,
 * browser or policy can miss its file.
 */
const withoutNode: Plugin = {
  name: 'without-node',
  resolveId: (specifier) => (specifier === './sha256.ts' ? resolve('src/sha256-pure.ts') : null),
  load(id) {
    if (id !== resolve('src/kernel/module.ts')) return null;
    const text = readFileSync('build/kernel.wasm').toString('base64');
    return `export const kernelBytes = () => Uint8Array.from(atob('${text}'), (char) => char.charCodeAt(0));`;
  },
};

/** Tables are parsed from a text, which engines do fast. As code they would be twice as long. */
const tablesAsText: Plugin = {
  name: 'tables-as-text',
  load(id) {
    const [, path] = /^(.*\/metadata\.\w+\.json)\.js$/.exec(id) ?? [];
    if (path === undefined) return null;
    const text = JSON.stringify(JSON.parse(readFileSync(path, 'utf8')));
    return `export default /* @__PURE__ */ JSON.parse(${JSON.stringify(text)});`;
  },
};

async function buildCode(input: Record<string, string>): Promise<void> {
  const bundle = await rolldown({
    input,
    platform: 'neutral',
    external: /^node:/,
    plugins: [withoutNode, tablesAsText],
    transform: { target: 'es2023' },
    onLog: (level, log) => {
      throw new Error(`${level}: ${log.message}`);
    },
  });
  for (const [format, extension] of [
    ['es', 'js'],
    ['cjs', 'cjs'],
  ] as const) {
    await bundle.write({
      dir: dist,
      format,
      // The declarations have the comments, and editors look there.
      comments: { jsdoc: false },
      entryFileNames: `[name].${extension}`,
      chunkFileNames: `shared/[name].${extension}`,
    });
  }
  await bundle.close();
}

/** Where a declaration is in `dist`, by its path below packages/. */
function placeOf(path: string): string {
  const [folder = '', , ...rest] = path.split('/');
  return (folder === 'client-core' ? ['core', ...rest] : rest).join('/');
}

/** The declarations that an entry needs, for both kinds of module. Each names the others with its own extension. */
function buildDeclarations(input: Record<string, string>): void {
  const made = mkdtempSync(join(tmpdir(), 'lineup-declarations-'));
  try {
    const tsc = join(root, 'node_modules/typescript/bin/tsc');
    const flags = ['--noEmit', 'false', '--declaration', '--emitDeclarationOnly', '--rootDir', '..'];
    execFileSync(process.execPath, [tsc, '-p', '.', ...flags, '--outDir', made], { stdio: 'inherit' });
    const reached = new Set<string>();
    const copy = (path: string): void => {
      if (reached.has(path)) return;
      reached.add(path);
      const text = readFileSync(join(made, `${path}.d.ts`), 'utf8');
      const place = placeOf(path);
      const file = join(dist, place);
      mkdirSync(dirname(file), { recursive: true });
      // regex-bounded: a declaration that the compiler has just made from our own code
      const specifier = /(?<=\bfrom ['"]|\bimport\(['"])(\.[^'"]+)\.ts(?=['"])/g;
      const named = (target: string): string => {
        const to = relative(dirname(place), placeOf(join(dirname(path), target)));
        return to.startsWith('.') ? to : `./${to}`;
      };
      writeFileSync(
        `${file}.d.ts`,
        text.replace(specifier, (_, target: string) => `${named(target)}.js`),
      );
      writeFileSync(
        `${file}.d.cts`,
        text.replace(specifier, (_, target: string) => `${named(target)}.cjs`),
      );
      for (const [, target] of text.matchAll(specifier)) copy(join(dirname(path), target!));
    };
    for (const path of Object.values(input)) copy(join(basename(resolve('.')), path.replace(/\.ts$/, '')));
  } finally {
    rmSync(made, { recursive: true });
  }
}

/** Replaces the files of `dist`, and deletes what is old. */
function publish(): void {
  const filesIn = (folder: string): string[] => globSync('**/*.*', { cwd: folder });
  const made = filesIn(dist);
  for (const path of made) {
    mkdirSync(dirname(join('dist', path)), { recursive: true });
    renameSync(join(dist, path), join('dist', path));
  }
  for (const path of filesIn('dist')) if (!made.includes(path)) rmSync(join('dist', path), { recursive: true });
}

const input = entries();
try {
  await buildCode(input);
  buildDeclarations(input);
  publish();
} finally {
  rmSync(dist, { recursive: true, force: true });
}
