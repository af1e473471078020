/** The names, licences and notices of everything in an archive that others wrote, as one page. */
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';

interface Notice {
  readonly name: string;
  readonly version: string;
  readonly licence: string;
  readonly texts: readonly string[];
}

interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly license?: string;
}

/** Written by the builds: of the web app (`build.license` of Vite), and of the SDK of OpenTelemetry. */
export interface CompiledLibrary {
  readonly name: string;
  readonly version: string;
  readonly identifier?: string;
  readonly text?: string;
}

/** What is compiled into the web app. */
export const webLibraries = (folder: string): readonly CompiledLibrary[] =>
  readLibraries(join(folder, 'build/web/.vite/licenses.json'));

/** What is compiled into the program (scripts/bundle-telemetry.ts). */
export const programLibraries = (folder: string): readonly CompiledLibrary[] =>
  readLibraries(join(folder, 'dist/src/telemetry/sdk.licenses.json'));

const readLibraries = (path: string): readonly CompiledLibrary[] =>
  JSON.parse(readFileSync(path, 'utf8')) as CompiledLibrary[];

/** @param folder the program, with its libraries and its web app */
export function notices(folder: string): string {
  const icons = readFileSync(resolve(import.meta.dirname, '../../web/icons/LICENSE'), 'utf8');
  const compiled = [...webLibraries(folder), ...programLibraries(folder)].map(ofCompiled);
  const all = [...installed(folder), ...compiled];
  const byName = new Map(all.map((notice) => [`${notice.name} ${notice.version}`, notice]));
  const sections = [...byName]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([title, { licence, texts }]) => [`## ${title}`, `Licence: ${licence}`, ...texts].join('\n\n'));
  return `${[
    '# Notices',
    'Lineup contains these libraries of others, and Node.js, each under its own licence.',
    ...sections,
    ['## Icons of the web app, from Tabler Icons', 'Licence: MIT', icons.trim()].join('\n\n'),
  ].join('\n\n')}\n`;
}

function* installed(folder: string): Generator<Notice> {
  const modules = join(folder, 'node_modules');
  for (const path of readdirSync(modules, { recursive: true, encoding: 'utf8' })) {
    // A folder of its own; further package.json files inside a package only say what kind of modules follow.
    if (!/(?:^|node_modules\/)(?:@[^/]+\/)?[^/@][^/]*\/package\.json$/.test(path)) continue;
    const place = dirname(join(modules, path));
    const { name, version, license } = JSON.parse(readFileSync(join(modules, path), 'utf8')) as Manifest;
    const files = readdirSync(place).filter((file) => /^(licen[cs]e|notice|copying)/i.test(file));
    const texts = files.sort().map((file) => readFileSync(join(place, file), 'utf8').trim());
    yield { name, version, licence: license ?? 'see the text', texts };
  }
}

const ofCompiled = ({ name, version, identifier, text }: CompiledLibrary): Notice => ({
  name,
  version,
  licence: identifier ?? 'see the text',
  texts: text === undefined ? [] : [text],
});
