/**
 * The packages after an installation into an empty project: packed, without a registry, in JavaScript and TypeScript,
 * in both kinds of module, with the current Node.js and version 20, and in a browser.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { delimiter, extname, join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { type Fault, startLineAdsSimulator } from '../../simulators/line-ads/index.ts';
import { type Fault as LyFault, startLyAdsSimulator } from '../../simulators/ly-ads/index.ts';
import { closeVisits, needsBrowser, openBrowser } from '../support/browser.ts';
import { installPackages, type Packed, type Project } from '../support/packed-packages.ts';
import { needs } from '../support/skip.ts';

const root = resolve(import.meta.dirname, '../..');
const read = (path: string): string => readFileSync(join(root, path), 'utf8');
const vectors = read('packages/identifiers/test/vectors/identifiers.json');
const holdOuts = JSON.stringify(
  (JSON.parse(read('packages/identifiers/test/vectors/hold-outs.json')) as { cases: unknown }).cases,
);

/** The largest allowed size in bytes: a few per cent more than the actual size. */
const bounds: Readonly<Record<string, { size: number; unpackedSize: number }>> = {
  '@lineup/identifiers': { size: 226_000, unpackedSize: 925_000 },
  '@lineup/line-ads': { size: 64_000, unpackedSize: 219_000 },
  '@lineup/ly-ads': { size: 70_500, unpackedSize: 254_000 },
};

/** The Node.js 20 of this machine, if there is one. LINEUP_TEST_NODE_20 names another. */
function findNode20(): string | undefined {
  const places = (process.env.PATH ?? '').split(delimiter).map((directory) => join(directory, 'node'));
  const named = process.env.LINEUP_TEST_NODE_20;
  return (named ? [named] : places).filter(existsSync).find((node) => {
    const version = execFileSync(node, ['--version'], { encoding: 'utf8' });
    return version.startsWith('v20.');
  });
}

const node20 = findNode20();
if (!node20) console.warn('install.test: there is no Node.js 20 on the PATH; leaving it out.');

let project: Project;
let packed: readonly Packed[];
beforeAll(async () => {
  ({ project, packed } = await installPackages());
}, 300_000);
afterAll(() => project.remove());

const named = (name: string): Packed => packed.find((candidate) => candidate.name === name)!;
const names = Object.keys(bounds);

describe.each(names)('%s', (name) => {
  const folder = `packages/${name.slice('@lineup/'.length)}`;

  test('holds code, types and texts, and nothing else', () => {
    const { files, version } = named(name);
    const others = files
      .map(({ path }) => path)
      .filter(
        (path) => !/^(LICENSE|README\.md|THIRD-PARTY\.md|package\.json|dist\/.*\.(js|cjs|d\.ts|d\.cts))$/.test(path),
      );
    expect(others).toEqual([]);
    expect(version).toBe((JSON.parse(read('package.json')) as { version: string }).version);
    expect(project.read(`node_modules/${name}/LICENSE`)).toBe(read('LICENSE'));
  });

  test('has not grown', () => {
    const { size, unpackedSize } = named(name);
    expect(size).toBeLessThan(bounds[name]!.size);
    expect(unpackedSize).toBeLessThan(bounds[name]!.unpackedSize);
    // A limit far above the actual size is useless.
    expect(size).toBeGreaterThan(bounds[name]!.size * 0.9);
    expect(unpackedSize).toBeGreaterThan(bounds[name]!.unpackedSize * 0.9);
  });

  test('has no dependencies, and is ready to be published', () => {
    const manifest = JSON.parse(project.read(`node_modules/${name}/package.json`)) as Record<string, unknown>;
    expect(manifest).toMatchObject({
      license: 'Apache-2.0',
      repository: { type: 'git', directory: folder },
      engines: { node: '>=20' },
      sideEffects: false,
      publishConfig: { access: 'public' },
    });
    for (const key of ['dependencies', 'peerDependencies', 'optionalDependencies', 'private']) {
      expect(manifest).not.toHaveProperty(key);
    }
  });

  test('names the licence of every library that its code contains', () => {
    const files = named(name).files.map(({ path }) => project.read(`node_modules/${name}/${path}`));
    const libraries = new Set(
      files.flatMap((text) =>
        [...text.matchAll(/node_modules\/((?:@[\w-]+\/)?[\w-]+)\//g)].map(([, library]) => library!),
      ),
    );
    expect([...libraries].sort()).toEqual(name === '@lineup/identifiers' ? ['@noble/hashes', 'libphonenumber-js'] : []);
    for (const library of libraries) {
      const output = project.read(`node_modules/${name}/THIRD-PARTY.md`);
      expect(output).toContain(`## ${library}\n`);
      expect(output).toContain(read(`node_modules/${library}/LICENSE`).trim());
    }
  });
});

test('nothing else is installed', () => {
  const installed = readdirSync(join(project.directory, 'node_modules')).filter((name) => !name.startsWith('.'));
  expect(installed).toEqual(['@lineup']);
  expect(readdirSync(join(project.directory, 'node_modules/@lineup'))).toEqual(['identifiers', 'line-ads', 'ly-ads']);
});

/** Uses all of both packages and throws what is wrong. The text is the same for both kinds of module. */
const usage = `
  const { cases } = JSON.parse(vectors);
  const countries = new Map();
  for (const { type, input, defaultCountry, state, output, normalForm, reason } of cases) {
    if (defaultCountry && !countries.has(defaultCountry)) countries.set(defaultCountry, phone.e164DigitsIn(defaultCountry));
    const outcome = rules.normalize(input, { type, toE164Digits: countries.get(defaultCountry) });
    const same = outcome.state === state && outcome.output === output && outcome.reason === reason;
    if (!same || (normalForm && outcome.normalForm !== normalForm)) throw new Error('rules: ' + type + ' ' + input);

    const options = { type, ...(defaultCountry && { toE164Digits: countries.get(defaultCountry) }) };
    const hasher = await bulk.BulkHasher.create(options);
    const record = '"' + (input ?? '').replaceAll('"', '""') + '"\\n';
    const lines = new TextDecoder().decode(hasher.write(new TextEncoder().encode(record))) + new TextDecoder().decode(hasher.end());
    if (lines !== (output === undefined ? '' : output + '\\n')) throw new Error('bulk: ' + type + ' ' + input);
  }
  for (const { output, heldOut, ...holdOut } of ${holdOuts}) {
    if (rules.isHeldOut(output, holdOut) !== heldOut) throw new Error('hold-out: ' + output);
  }
  const japan = phone.phonesIn('JP');
  const hashes = new bulk.BulkHasherStream({ type: 'phone', ...japan });
  const numbers = new Blob(['090-1234-5678\\n', '819012345678\\n+1 212 555 0100\\n']).stream();
  const text = await new Response(numbers.pipeThrough(hashes)).text();
  if (text.length !== 130 || hashes.counts().duplicates !== 1) throw new Error('stream: ' + text);
`;

const client = `
  const sent = [];
  const fetch = async (url, init) => {
    sent.push(init.method + ' ' + url.pathname + ' ' + new Headers(init.headers).get('user-agent'));
    return Response.json({ audienceGroups: [{ id: String(sent.length) }], hasNextPage: sent.length < 2 });
  };
  const client = new lineAds.LineAdsClient({ accessKey: 'a', secretKey: 's', fetch, userAgent: 'test/1' });
  const ids = [];
  for await (const { id } of client.customAudiences.list('A1', { timeout: 1000 })) ids.push(id);
  if (ids.join() !== '1,2') throw new Error('list: ' + ids);
  if (!/^GET \\/api\\/v3\\/adaccounts\\/A1\\/custom-audiences test\\/1 lineup-line-ads\\/\\d+\\.\\d+\\.\\d+$/.test(sent[0])) throw new Error(sent[0]);
  let body = '';
  const takesFiles = async (url, init) => {
    body = await new Response(init.body).text();
    return Response.json({ id: '7' });
  };
  const uploader = new lineAds.LineAdsClient({ accessKey: 'a', secretKey: 's', fetch: takesFiles });
  const file = { path: 'vectors.json', name: 'vectors.txt' };
  await uploader.customAudiences.upload('A1', { id: '7', action: 'ADD', idType: 'HASHED_EMAIL', file });
  if (!body.includes(vectors)) throw new Error('upload: ' + body);
  let refusal;
  const answers = async () => Response.json({ errors: null, rval: { values: [{ audienceList: { audienceListId: 7 } }] } });
  const display = new lyAds.LyAdsClient({ clientId: 'c', baseAccountId: '1', token: async () => 't', fetch: answers });
  const { items: [list] } = await display.audienceLists.page('2');
  if (list.audienceListId !== '7' || list.reach !== null) throw new Error('lists: ' + JSON.stringify(list));
  try { client.customAudiences.rename('A1', '1', 'N', { timeout: -1 }); } catch (error) { refusal = error; }
  if (!(refusal instanceof TypeError)) throw new Error('no TypeError');
`;

const modules = {
  rules: '@lineup/identifiers',
  phone: '@lineup/identifiers/phone',
  bulk: '@lineup/identifiers/bulk',
  lineAds: '@lineup/line-ads',
  lyAds: '@lineup/ly-ads',
};
const tell = `console.log(JSON.stringify([rules, phone, bulk, lineAds, lyAds].map((module) => Object.keys(module).sort())));`;
const each = (line: (name: string, module: string) => string): string =>
  Object.entries(modules)
    .map(([name, module]) => line(name, module))
    .join('\n');

describe.each([
  ['of now', process.execPath, ['--no-experimental-require-module']],
  ['20', node20, []],
] as const)('Node.js %s', (_, node, flags) => {
  const needsNode = needs(node, 'Node.js 20 is not installed');
  test('loads the packages as ES modules and as CommonJS, with the same exports', needsNode, async () => {
    const fileSystem = `const vectors = readFileSync('vectors.json', 'utf8');`;
    project.write('vectors.json', vectors);
    project.write(
      'esm.mjs',
      `import { readFileSync } from 'node:fs';\n${each((name, module) => `import * as ${name} from '${module}';`)}
      ${fileSystem}\n${usage}\n${client}\n${tell}`,
    );
    project.write(
      'commonjs.cjs',
      `const { readFileSync } = require('node:fs');\n${each((name, module) => `const ${name} = require('${module}');`)}
      ${fileSystem}\n(async () => {${usage}\n${client}\n${tell}})();`,
    );
    const esm = await project.run(node!, ['esm.mjs']);
    const commonjs = await project.run(node!, [...flags, 'commonjs.cjs']);
    expect(esm.stdout).toMatch(/^\[\["RULES_VERSION","invalidReasons","isHeldOut","normalize"\],/);
    expect(commonjs).toEqual({ stdout: esm.stdout, stderr: '' });
  });
});

test('a browser loads the rules directly, without a bundler', needsBrowser, async () => {
  const folder = join(project.directory, 'node_modules/@lineup/identifiers/dist');
  const kinds: Record<string, string> = { '.html': 'text/html', '.js': 'text/javascript' };
  const imports = {
    '@lineup/identifiers': '/index.js',
    '@lineup/identifiers/phone': '/phone.js',
    '@lineup/identifiers/bulk': '/bulk.js',
  };
  const page = `<!doctype html><link rel="icon" href="data:,">
<script type="importmap">${JSON.stringify({ imports })}</script>
<script type="module">
  import * as rules from '@lineup/identifiers';
  import * as phone from '@lineup/identifiers/phone';
  import * as bulk from '@lineup/identifiers/bulk';
  globalThis.use = async (vectors) => {${usage} return cases.length; };
</script>`;
  const server = createServer((request, response) => {
    const path = new URL(request.url ?? '/', 'http://localhost').pathname;
    const file = join(folder, path);
    if (path !== '/' && !existsSync(file)) return response.writeHead(404).end();
    const type = path === '/' ? 'text/html' : (kinds[extname(path)] ?? 'text/plain');
    // The permissions of a strict page.
    const policy = `default-src 'none'; script-src 'self' 'unsafe-inline' 'wasm-unsafe-eval'; img-src data:`;
    response.writeHead(200, { 'content-type': type, 'content-security-policy': policy });
    return response.end(path === '/' ? page : readFileSync(file));
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  onTestFinished(() => void server.close());
  const browser = await openBrowser();
  onTestFinished(() => closeVisits(browser));
  const tab = await browser.newPage();
  const faults: string[] = [];
  tab.on('pageerror', (error) => faults.push(error.message));
  await tab.goto(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
  await tab.waitForFunction('globalThis.use');
  const used = await tab.evaluate(`use(${JSON.stringify(vectors)})`).catch((error: unknown) => String(error));
  expect(faults).toEqual([]);
  expect(used).toBe((JSON.parse(vectors) as { cases: unknown[] }).cases.length);
});

/** The types as a strict project sees them. Calls that must be refused are marked, so that a missing error fails. */
const typed = `
import { BulkHasher, type BulkCounts, BulkHasherStream } from '@lineup/identifiers/bulk';
import { type InvalidReason, type Normalized, normalize } from '@lineup/identifiers';
import { e164DigitsIn, phonesIn } from '@lineup/identifiers/phone';
import { type CustomAudience, LineAdsClient, LineAdsError, type RequestOptions } from '@lineup/line-ads';
import { type AudienceList, LyAdsClient, LyAdsError, type TokenSource } from '@lineup/ly-ads';

const outcome: Normalized = normalize(null, { type: 'phone', toE164Digits: e164DigitsIn('JP'), ifaFormat: undefined });
export const reason: InvalidReason | undefined = outcome.state === 'invalid' ? outcome.reason : undefined;
// @ts-expect-error no such type
normalize('x', { type: 'mail' });

export async function hash(bytes: Uint8Array): Promise<BulkCounts> {
  const hasher = await BulkHasher.create({ type: 'phone', ...phonesIn('JP') });
  const lines = new Blob([hasher.write(bytes)]);
  hasher.end();
  return lines.size > 0 ? hasher.counts() : new BulkHasherStream({ type: 'email' }).counts();
}
export const pipe = (source: ReadableStream<Uint8Array>): ReadableStream<Uint8Array> =>
  source.pipeThrough(new BulkHasherStream({ type: 'email' }));

const options: RequestOptions = { timeout: 1_000, maxRetries: undefined, headers: { 'x-team': 'crm' } };
const client = new LineAdsClient({
  accessKey: 'a',
  secretKey: 's',
  fetch,
  baseUrl: undefined,
  log: ({ status, error }) => console.log(status ?? error),
});
export async function first(): Promise<CustomAudience | undefined> {
  try {
    for await (const audience of client.customAudiences.list('A1', { ...options, sortOrder: 'desc' })) return audience;
  } catch (error) {
    if (error instanceof LineAdsError && error.outcome === 'unknown') console.error(error.message);
  }
  // @ts-expect-error no such option
  await client.customAudiences.rename('A1', '1', 'N', { retries: 1 });
  return undefined;
}

const token: TokenSource = async (refused, signal) => (signal?.aborted ? '' : (refused ?? 'first'));
const { audienceLists } = new LyAdsClient({ clientId: 'c', token, fetch, baseUrl: undefined });
export async function list(): Promise<AudienceList | undefined> {
  try {
    // @ts-expect-error no days
    await audienceLists.add('1', { audienceListName: 'N' });
    for await (const found of audienceLists.list('1', { timeout: 1_000, maxRetries: undefined })) return found;
  } catch (error) {
    if (error instanceof LyAdsError && error.errors.some(({ code }) => code === 'D0001')) console.error(error.message);
  }
  return undefined;
}
`;

const strict = {
  strict: true,
  exactOptionalPropertyTypes: true,
  noUncheckedIndexedAccess: true,
  // Checks the types of the packages, and not those of the compiler for a page, which take longer.
  skipLibCheck: false,
  skipDefaultLibCheck: true,
  module: 'nodenext',
  target: 'es2022',
  noEmit: true,
};

/** The programs on a page, in order. */
const programs = (path: string): string[] => [...read(path).matchAll(/```ts\n(.*?)```/gs)].map(([, code]) => code!);

const readme = (name: string): string => `packages/${name.slice('@lineup/'.length)}/README.md`;
const pages = [...names.map(readme), 'docs/line-ads-client.md'];

describe.each([
  // It reads neither the newer declarations of Node.js without errors of their own, nor asynchronous iterables of a
  // page.
  ['5.0', 'typescript-5.0/lib/tsc.js', ['page', 'old', 'laxNode']],
  ['5.9', 'typescript-5/lib/tsc.js', ['page', 'old', 'node']],
  ['7', 'typescript/bin/tsc', ['page', 'node']],
] as const)('TypeScript %s', (version, compiler, surroundings) => {
  test('accepts the types of both kinds of module, with those of a page or of Node.js only', async () => {
    const tsc = join(root, 'node_modules', compiler);
    expect((await project.run(process.execPath, [tsc, '--version'])).stdout).toMatch(`Version ${version}.`);
    project.write('typed.mts', typed);
    project.write('typed.cts', typed);
    project.write('default.mts', "// @ts-expect-error there is none\nimport nothing from '@lineup/line-ads';\n");
    const files = ['typed.mts', 'typed.cts', 'default.mts'];
    const examples = pages.flatMap(programs).map((code, index) => {
      project.write(`example-${index}.mts`, code);
      return `example-${index}.mts`;
    });
    const node = { lib: ['es2022'], types: ['node'], typeRoots: [join(root, 'node_modules/@types')] };
    const iterables = ['dom.iterable', ...(version === '5.0' ? [] : ['dom.asynciterable'])];
    const typesOf = {
      page: { lib: ['es2022', 'dom', ...iterables], types: [] },
      node,
      laxNode: { ...node, skipLibCheck: true },
      // The default resolution of TypeScript 5 projects. The types themselves were checked above.
      old: {
        skipLibCheck: true,
        lib: ['es2022', 'dom', 'dom.iterable'],
        types: [],
        module: 'commonjs',
        moduleResolution: 'node10',
      },
    };
    for (const name of surroundings) {
      project.write(
        `${name}.json`,
        JSON.stringify({
          compilerOptions: { ...strict, ...typesOf[name] },
          files: /node/i.test(name) ? [...files, ...examples] : files,
        }),
      );
      await project.run(process.execPath, [tsc, '-p', `${name}.json`]);
    }
  });
});

describe('the programs of the pages run', () => {
  const start = async (...faults: Fault[]) => {
    const simulator = await startLineAdsSimulator({ jobMs: 0, faults });
    onTestFinished(() => simulator.close());
    const { accessKey, secretKey } = simulator.keys[0]!;
    const env = {
      LINE_ADS_ACCESS_KEY: accessKey,
      LINE_ADS_SECRET_KEY: secretKey,
      LINE_ADS_BASE_URL: simulator.url,
    };
    return { simulator, env };
  };
  const startLy = async (...faults: LyFault[]) => {
    const simulator = await startLyAdsSimulator({ jobMs: 0, consent: 'allow', faults });
    onTestFinished(() => simulator.close());
    const { clientId, clientSecret } = simulator.client;
    const env = {
      LY_ADS_CLIENT_ID: clientId,
      LY_ADS_CLIENT_SECRET: clientSecret,
      LY_ADS_TOKEN: simulator.grant().accessToken,
      LY_ADS_BASE_ACCOUNT: '1001',
      LY_ADS_ACCOUNT: '1011',
      LY_ADS_BASE_URL: simulator.url,
    };
    return { simulator, env };
  };
  /** A program of a page, found by a word that only it contains. */
  const program = (page: string, word: string): string => {
    const [found, ...others] = programs(page).filter((code) => code.includes(word));
    expect(others).toEqual([]);
    return found!;
  };

  test.each(names)('the first ten lines of %s', async (name) => {
    expect(read(readme(name))).toMatch(/^# .*\n\n```ts\n/);
    const [first] = programs(readme(name));
    expect(first!.split('\n').length - 1).toBeLessThanOrEqual(10);
    project.write('readme.mts', first!);
    const env = { ...(await start()).env, ...(await startLy()).env };
    const { stdout, stderr } = await project.run(process.execPath, ['readme.mts'], env);
    expect(stderr).toBe('');
    if (name === '@lineup/ly-ads') return expect(stdout).toMatch(/^(\d+ .+\n){5,}$/);
    if (name === '@lineup/line-ads') expect(stdout).toMatch(/^(\d+ .+ [A-Z_]+\n)+$/);
    else expect(stdout).toBe(promised(first!));
  });

  /** The comments behind the code say what the program prints. */
  const promised = (code: string): string =>
    [...code.matchAll(/console\..*; \/\/ (.*)$/gm)].map(([, output]) => `${output}\n`).join('');

  test.each(pages)('what each program of %s prints by itself', async (page) => {
    project.write('addresses.txt', 'taro@example.com\nnobody\n');
    const alone = programs(page).filter((code) => promised(code) !== '');
    expect(alone.length).toBeGreaterThan(0);
    for (const code of alone) {
      project.write('alone.mts', code);
      const { stdout, stderr } = await project.run(process.execPath, ['alone.mts'], (await start()).env);
      for (const line of promised(code).split('\n')) expect(`${stdout}${stderr}`).toContain(line);
    }
  });

  const lineAds = readme('@lineup/line-ads');
  const lost = { kind: 'reset', when: 'after', endpoint: 'upload' } as const;
  test.each<[string, Fault[]]>([
    ['', []],
    ['after a lost answer to the creation', [lost]],
    ['after a lost answer to a chunk', [{ ...lost, nth: 2 }]],
    ['after 429', [{ kind: 'status', status: 429, endpoint: 'upload', count: 2, retryAfter: 1 }]],
  ])('an audience in chunks %s', async (_, faults) => {
    const { simulator, env } = await start(...faults);
    project.write('audience.mts', program(lineAds, 'REPLACE'));
    project.write('1.txt', `${'a'.repeat(64)}\n${'b'.repeat(64)}\n`);
    project.write('2.txt', `${'c'.repeat(64)}\n`);
    const created = await project.run(process.execPath, ['audience.mts', '1.txt', '2.txt'], env);
    const [, id] = /^VIP members is audience (\d+)\.\n$/.exec(created.stdout) ?? [];
    expect(simulator.state.members(id!).size).toBe(3);
    expect(await project.run(process.execPath, ['audience.mts', '2.txt'], env)).toEqual(created);
    expect([...simulator.state.members(id!)]).toEqual(['c'.repeat(64)]);
    expect(simulator.state.violations).toEqual([]);
  });

  const lyAds = readme('@lineup/ly-ads');
  const lostUpload = { kind: 'reset', when: 'after', endpoint: 'upload' } as const;
  test.each<[string, LyFault[], uploads: number]>([
    ['', [], 1],
    ['after a lost answer to its creation', [{ ...lostUpload, endpoint: 'add' }], 1],
    ['after a lost answer to the upload', [lostUpload], 2],
  ])('a list at LY %s', async (_, faults, uploads) => {
    const { simulator, env } = await startLy(...faults);
    project.write('list.mts', program(lyAds, 'uploadUserList'));
    const hashes = Array.from({ length: 100 }, (_, n) => n.toString(16).padStart(64, 'a'));
    project.write('hashes.csv', `${['Email', ...hashes].join('\n')}\n`);
    const { stdout } = await project.run(process.execPath, ['list.mts', 'hashes.csv'], env);
    const [, id] = /^Members of the shop is list (\d+)\.\n$/.exec(stdout) ?? [];
    expect(simulator.state.members(id!).size).toBe(100);
    expect(simulator.inspect().jobs).toHaveLength(uploads);
  });

  test('a consent for LY, and a token that ends before its time', async () => {
    const { simulator, env } = await startLy();
    project.write('consent.mts', program(lyAds, 'exchangeCode'));
    project.write(
      'connect.mts',
      `import { clientWith, consentUrl } from './consent.mts';
      const page = await (await fetch(consentUrl('a-state'))).text();
      const client = await clientWith(/ly-code-[0-9a-f-]+/.exec(page)[0]);
      for (const _ of [1, 2]) {
        console.log((await client.baseAccounts.page()).authorizationBusinessId);
        if (_ === 1) await fetch(process.env.ADMIN + '/business-ids/BIZ0001/expire-tokens', { method: 'POST' });
      }`,
    );
    const { stdout } = await project.run(process.execPath, ['connect.mts'], { ...env, ADMIN: simulator.adminUrl });
    expect(stdout).toBe('BIZ0001\nBIZ0001\n');
    expect(simulator.inspect().violations).toEqual([]);
  });

  test('a deletion, also of what is gone or while LINE takes no more requests', async () => {
    const { simulator, env } = await start();
    const id = simulator.addAudience({ name: 'Old', members: 10 });
    project.write('delete.mts', program(lineAds, 'deleteAudience'));
    project.write('main.mts', `import { deleteAudience } from './delete.mts';\nawait deleteAudience('${id}');`);
    const deleting = async (): Promise<string> => (await project.run(process.execPath, ['main.mts'], env)).stdout;
    simulator.addFault({ kind: 'status', status: 429, count: 2, retryAfter: 1 });
    expect(await deleting()).toBe('later, after 1000 ms\n');
    expect(await deleting()).toBe('deleted\n');
    expect(await deleting()).toBe('gone already\n');
  });
});
