/** Puts the toy into a copy of the project, as docs/new-destination.md says, and exports to it. */
import { spawn } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { clientSecret, startToySimulator } from './toy/simulator.ts';

const root = resolve(import.meta.dirname, '../..');
const page = readFileSync(join(root, 'docs/new-destination.md'), 'utf8');
const copy = mkdtempSync(join(tmpdir(), 'lineup-new-destination-'));
afterAll(() => rmSync(copy, { recursive: true }));

const read = (name: string): string => readFileSync(join(copy, name), 'utf8');
const write = (name: string, text: string): void => {
  mkdirSync(dirname(join(copy, name)), { recursive: true });
  writeFileSync(join(copy, name), text);
};

/** The blocks of code of the page. Those of whole files begin with their name. */
const blocks = [...page.matchAll(/^```ts\n(.*?)^```$/gms)].map(([, text]) => text!);
const files = blocks.flatMap((text) => {
  const [, name, content] = /^\/\/ (\S+)\n(.*)$/s.exec(text) ?? [];
  return name === undefined ? [] : [[name, content!] as const];
});
const entries = page.slice(page.indexOf('## 6.'), page.indexOf('## 7.'));
const [traitsImport = '', traitsEntry = '', kind = '', providerImport = '', providerEntry = ''] = [
  ...entries.matchAll(/^```ts\n(.*?)\n```$/gms),
].map(([, text]) => text);

/** A file of the toy as it stands in `src`. */
const inSource = (name: string): string =>
  readFileSync(join(root, 'test/destinations/toy', name), 'utf8')
    .replaceAll("'./traits.ts'", "'../../domain/destinations/toy.ts'")
    .replaceAll("'../../../src/destinations/", "'../")
    .replaceAll("'../../../src/", "'../../");

const replaced = (name: string, place: string | RegExp, text: (found: string) => string): void => {
  const before = read(name);
  const after = before.replace(place, text);
  expect(after, `${name} has the place of the entry`).not.toBe(before);
  write(name, after);
};

async function run(program: string, args: readonly string[]) {
  const { PATH = '', HOME = '', NODE_COMPILE_CACHE = '' } = process.env;
  const child = spawn(program, args, { cwd: copy, env: { PATH, HOME, NODE_COMPILE_CACHE, NO_COLOR: '1' } });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (data) => {
      output += String(data);
    });
  }
  const status = await new Promise<number | null>((done) => child.on('close', done));
  return { status, output };
}

beforeAll(() => {
  const folders = ['src', 'packages', 'simulators', 'locales', 'scripts', 'web', 'fault-simulation'];
  for (const name of [...folders, 'package.json', 'tsconfig.json', 'ARCHITECTURE.md'])
    cpSync(join(root, name), join(copy, name), { recursive: true, verbatimSymlinks: true });
  for (const name of ['node_modules', 'build', 'migrations']) symlinkSync(join(root, name), join(copy, name));
  for (const [name, text] of files) write(name, text);
  for (const name of ['client', 'destination', 'connect'])
    write(`src/destinations/toy/${name}.ts`, inSource(`${name}.ts`));
  const traits = 'src/domain/destinations/index.ts';
  replaced(traits, /^import \{ lineAdsTraits \}.*\n/m, (line) => `${line}${traitsImport}\n`);
  replaced(traits, '= [lineAdsTraits, ', (found) => `${found}${traitsEntry}, `);
  replaced('src/destinations/kinds.ts', /destinationKinds: .* = \[\n/, (line) => `${line}${kind}\n`);
  const providers = 'src/contracts/providers/index.ts';
  replaced(providers, /^import \{ snowflake \}.*\n/m, (line) => `${line}${providerImport}\n`);
  replaced(providers, /providers: .* = \[\n/, (line) => `${line}  ${providerEntry},\n`);
});

test('the page names every file, and its blocks are parts of the toy', () => {
  const table = page.slice(0, page.indexOf('## 1.'));
  const toy = ['client', 'destination', 'connect'].map((name) => inSource(`${name}.ts`)).join('\n');
  expect(files.map(([name]) => name)).toEqual(['src/domain/destinations/toy.ts', 'src/contracts/providers/toy.ts']);
  for (const [name] of files) expect(table).toContain(`| \`${name}\` |`);
  const parts = blocks.filter((text) => !text.startsWith('// src/') && !entries.includes(text));
  expect(parts.length).toBeGreaterThan(6);
  for (const part of parts) expect(toy).toContain(part);
  // The traits of the page are those that the tests use.
  const traits = readFileSync(join(root, 'test/destinations/toy/traits.ts'), 'utf8');
  expect(traits).toContain(read('src/domain/destinations/toy.ts').split('\n').slice(1).join('\n'));
});

test('no other place of the project must know it: all types are correct, and no layer is broken', async () => {
  expect(await run('tsc', ['--noEmit', '-p', 'tsconfig.json'])).toEqual({ status: 0, output: '' });
  expect(await run('node', ['scripts/architecture/main.ts'])).toMatchObject({ status: 0 });
}, 600_000);

test('its sentences are in the catalogue, for translators', async () => {
  const { status, output } = await run('node', ['scripts/messages/main.ts']);
  expect(status, output).toBe(0);
  const catalogue = JSON.parse(read('locales/en/server.json')) as Record<string, string>;
  for (const [, text] of read('src/contracts/providers/toy.ts').matchAll(/issueText`([^`]+)`/g))
    expect(catalogue).toHaveProperty([text!]);
  expect(output).toMatch(/ja\/server\.json: \d+ sentences, [1-9]\d* to translate/);
});

test('an export reaches it through the registries alone', async () => {
  const simulator = await startToySimulator();
  onTestFinished(() => simulator.close());
  write('members.csv', ['email', ...Array.from({ length: 5 }, (_, n) => `person${n}@example.com`), ''].join('\n'));
  const credentials = { client_id: 'toy-1', client_secret: clientSecret, base_url: simulator.url };
  const program = `
    import { LocalRuns } from './src/compose/local-runs.ts';
    import { openSource } from './src/compose/open-source.ts';
    import { configurationOf, findProvider } from './src/contracts/providers/index.ts';
    import { connectTo, kindOf } from './src/destinations/kinds.ts';
    import { SharedTokens } from './src/destinations/shared-token.ts';
    import { chunkLimitsOf, destinationOfJob } from './src/domain/destinations/index.ts';
    import { systemClock } from './src/machine/system-clock.ts';
    import { FileLimits } from './src/store/data-directory/file-limits.ts';
    import { RunFiles } from './src/store/data-directory/run-files.ts';
    import { tokenFile } from './src/store/data-directory/token-file.ts';
    const [provider, method] = [findProvider('toy'), 'toy_client'];
    const credentials = configurationOf(provider.id, method, ${JSON.stringify(credentials)});
    const traits = destinationOfJob(provider.jobTypes[0].id);
    const limits = new FileLimits('data', systemClock, Math.random);
    const tokens = new SharedTokens(systemClock, (id) => tokenFile('data', id));
    const options = { credentials, limits, patience: 'run' };
    const local = new LocalRuns({
      runs: new RunFiles('data'), limits, clock: systemClock, random: Math.random, traits,
      destination: async () => connectTo(kindOf(provider.id), options, tokens, 'toy-1'),
      openSource: async (where, signal) => openSource(where, () => undefined, signal),
    });
    const { maxChunkRecords: chunkRecords, maxChunkBytes: chunkBytes } = chunkLimitsOf(traits);
    const request = {
      source: 'members.csv', field: 'email', identifierType: 'email', ifaFormat: 'sha256', chunkRecords, chunkBytes,
      adAccountId: 'C1', audienceName: 'VIP', mode: traits.modes[0], maxShrink: 0.5, dryRun: false,
    };
    const hooks = { signal: new AbortController().signal, onProgress: () => {} };
    const pace = { pollIntervalMs: 50, jobTimeoutMs: traits.job.timeoutMs };
    const run = await local.export(request, pace, hooks);
    limits.close();
    console.log(JSON.stringify(run));`;
  const { status, output } = await run('node', ['--input-type=module', '-e', program]);
  expect(status, output).toBe(0);
  expect(JSON.parse(output)).toMatchObject({ status: 'succeeded', audience: { name: 'VIP', created: true } });
  expect([...simulator.lists.values()].map(({ name, members }) => [name, members.size])).toEqual([['VIP', 5]]);
  expect(simulator.violations).toEqual([]);
});
