/**
 * Puts the SDK of OpenTelemetry into one file, with only the parts that Lineup uses. Its packages are 20 MB, half of
 * them names of attributes that nobody imports. Argument: the folder, where a build has the compiled `src/telemetry`.
 * The licences of what is in the file are beside it, for the bill of materials and the notices of a release.
 */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { rolldown } from 'rolldown';
import type { CompiledLibrary } from './archive/notices.ts';

const root = resolve(import.meta.dirname, '..');
const folder = resolve(process.argv[2]!);

const bundle = await rolldown({
  input: join(root, 'src/telemetry/sdk.ts'),
  platform: 'node',
  onLog: (level, log) => {
    throw new Error(`${level}: ${log.message}`);
  },
});
const { output } = await bundle.write({ file: join(folder, 'sdk.js'), format: 'es', codeSplitting: false });
await bundle.close();

const places = output[0].moduleIds.flatMap((id) => /^.*\/node_modules\/(?:@[^/]+\/)?[^/]+/.exec(id)?.[0] ?? []);
const libraries = [...new Set(places)].sort().map((place): CompiledLibrary => {
  const { name, version, license } = JSON.parse(readFileSync(join(place, 'package.json'), 'utf8')) as {
    readonly name: string;
    readonly version: string;
    readonly license: string;
  };
  const file = readdirSync(place).find((candidate) => /^licen[cs]e/i.test(candidate));
  if (file === undefined) throw new Error(`${name} has no text of its licence.`);
  return { name, version, identifier: license, text: readFileSync(join(place, file), 'utf8').trim() };
});
writeFileSync(join(folder, 'sdk.licenses.json'), `${JSON.stringify(libraries, null, 1)}\n`);
