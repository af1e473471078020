/** Compares the files that are shipped beside the program with the program. The tests do not run these files. */
import { execFileSync, spawnSync } from 'node:child_process';
import {
  cpSync,
  globSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { parse } from 'yaml';
import { program } from '../src/cli/program.ts';
import { languageCode } from '../src/domain/text/localized.ts';

const read = (path: string): string => readFileSync(path, 'utf8');
const operations = globSync('docs/operations/*.md');
const config = ['src/config', 'src/contracts/providers']
  .flatMap((folder) => readdirSync(folder).map((file) => read(`${folder}/${file}`)))
  .join('\n');

function temporaryDirectory(): string {
  const directory = mkdtempSync(join(tmpdir(), 'lineup-deployment-'));
  onTestFinished(() => rmSync(directory, { recursive: true }));
  return directory;
}

/** The variables of Lineup that a text names. */
const variables = (text: string): string[] => [
  ...new Set([...text.matchAll(/\b(?:LINEUP|LINE_ADS|DATABASE)_[A-Z_]+\b/g)].map(([name]) => name)),
];

test('the image has the Node.js version of package.json', () => {
  const { dependencies } = JSON.parse(read('package.json')) as { dependencies: Record<string, string> };
  expect(read('Dockerfile')).toContain(`ARG NODE_VERSION=${dependencies.node}\n`);
});

test('the package holds what the program needs, and no files of tests or runs', () => {
  const reported = execFileSync('npm', ['pack', '--dry-run', '--ignore-scripts', '--json'], {
    encoding: 'utf8',
  });
  const [{ files }] = JSON.parse(reported) as [{ files: { path: string }[] }];
  const paths = files.map(({ path }) => path);
  const modules = ['kernel', 'column', 'json-field', 'text-vector'].map((name) => `build/${name}.wasm`);
  for (const needed of ['lineup', ...modules, 'migrations/0001-people.sql']) {
    expect(paths).toContain(needed);
  }
  const others = paths.filter(
    (path) =>
      !/^(lineup|package\.json|[A-Z]+(\.md)?)$|^(dist|migrations|build\/web)\/|^build\/[\w-]+\.wasm$/.test(path),
  );
  expect(others).toEqual([]);
  // Types are for importing code, and nobody can import this package.
  expect(paths.filter((path) => path.endsWith('.d.ts'))).toEqual([]);
});

test('the build has the server’s message catalogues', () => {
  // The compiler copies each JSON file that the source imports. Asked about this file of the build alone, it reads few
  // others.
  const project = join(temporaryDirectory(), 'tsconfig.json');
  const root = process.cwd();
  const compilerOptions = { typeRoots: [join(root, 'node_modules/@types')] };
  const files = [join(root, 'src/i18n/server-catalogues.ts')];
  const text = { extends: join(root, 'tsconfig.build.json'), compilerOptions, include: [], files };
  writeFileSync(project, JSON.stringify(text));
  const copied = execFileSync('tsc', ['-p', project, '--listFilesOnly'], { encoding: 'utf8' });
  for (const language of languageCode.options.filter((option) => option !== 'en')) {
    expect(copied).toContain(`/locales/${language}/server.json\n`);
  }
});

test('the image gets libraries for its own kind of machine, and none for development', () => {
  const dockerfile = read('Dockerfile');
  // test/scripts/image.test.ts checks the result of this installation.
  expect(dockerfile).toContain('./scripts/image/libraries.sh /image --os=linux --libc=glibc $cpu');
  expect(dockerfile).toContain('COPY --from=build /image/node_modules ./node_modules\n');
  expect(dockerfile).toMatch(/^FROM --platform=\$BUILDPLATFORM \$\{BASE\} AS build$/m);
  // An image for another kind of machine cannot run commands while it is built.
  const [, last] = dockerfile.split(/^FROM \$\{BASE\}$/m);
  expect(last).not.toMatch(/^RUN/m);
});

describe('an installed package without its Node.js (npm did not run the install scripts)', () => {
  /** Starts the launcher of an installation on a machine whose `node` reports this version. */
  function launch(version: string | undefined, command = '--help') {
    const directory = temporaryDirectory();
    const root = join(directory, 'node_modules/lineup');
    const bin = join(directory, 'bin');
    mkdirSync(root, { recursive: true });
    mkdirSync(bin);
    cpSync('lineup', join(root, 'lineup'));
    for (const name of ['dirname', 'readlink', 'sed', 'sh']) {
      symlinkSync(execFileSync('sh', ['-c', `command -v ${name}`], { encoding: 'utf8' }).trim(), join(bin, name));
    }
    const node = `#!/bin/sh\n[ "$1" = --version ] && echo ${version} || echo "started $*"\n`;
    if (version) writeFileSync(join(bin, 'node'), node, { mode: 0o755 });
    const { status, stdout, stderr } = spawnSync(join(root, 'lineup'), [command], {
      env: { PATH: bin },
      encoding: 'utf8',
    });
    return { status, stdout, stderr };
  }

  test.each(['v20.20.2', 'v8.0.0', undefined])('explains what to do on a machine with Node.js %s', (version) => {
    expect(launch(version)).toEqual({
      status: 2,
      stdout: '',
      stderr: expect.stringMatching(/^lineup: its Node\.js is not installed.*npm rebuild node.*\n$/),
    });
  });

  test('starts on a machine with a new enough Node.js', () => {
    const { status, stdout, stderr } = launch('v24.3.0');
    expect([status, stderr]).toEqual([0, '']);
    expect(stdout).toMatch(/^started \S+\/dist\/src\/cli\/main\.js --help\n$/);
  });

  test('gives a service less room for garbage, as the image does', () => {
    const [, flag] = /^ENTRYPOINT \["node", "(--max-semi-space-size=\d+)"/m.exec(read('Dockerfile')) ?? [];
    expect(launch('v24.3.0', 'serve').stdout).toMatch(new RegExp(`^started ${flag} \\S+main\\.js serve\n$`));
  });
});

describe('a program that is started in its own folder', () => {
  /** Where the launcher says that the data is. Empty: in `.lineup` of the present folder. */
  function dataOf(place: 'inside' | 'outside', variables: Record<string, string>): string {
    const directory = temporaryDirectory();
    const root = join(directory, 'lineup-1.0.0');
    mkdirSync(join(root, 'node_modules/node/bin'), { recursive: true });
    cpSync('lineup', join(root, 'lineup'));
    const node = '#!/bin/sh\necho "$LINEUP_DATA_DIR"\n';
    writeFileSync(join(root, 'node_modules/node/bin/node'), node, { mode: 0o755 });
    const options = { cwd: place === 'inside' ? root : directory, env: { PATH: process.env.PATH, ...variables } };
    return execFileSync(join(root, 'lineup'), ['serve'], { ...options, encoding: 'utf8' }).trim();
  }
  const HOME = '/home/somebody';

  test('keeps its data in the home of its user, where the next version finds it', () => {
    expect(dataOf('inside', { HOME })).toBe('/home/somebody/.local/share/lineup');
    expect(dataOf('inside', { HOME, XDG_DATA_HOME: '/data' })).toBe('/data/lineup');
  });

  test('does so only if nobody said where, and there is a home', () => {
    expect(dataOf('inside', { HOME, LINEUP_DATA_DIR: '/var/lib/lineup' })).toBe('/var/lib/lineup');
    expect(dataOf('inside', { HOME, LINEUP_DATA_DIR_FILE: '/run/place' })).toBe('');
    expect(dataOf('inside', {})).toBe('');
    expect(dataOf('outside', { HOME })).toBe('');
  });
});

test('the image copies the output of a build, and its commands exist', async () => {
  const dockerfile = read('Dockerfile');
  const copied = [...dockerfile.matchAll(/^COPY --from=build .*?\/(?:app|image)\/(\S+)/gm)].map(([, path]) => path);
  expect(copied).toEqual(['package.json', 'node_modules', 'build/*.wasm', 'build/web', 'migrations', 'dist']);
  expect(dockerfile).toContain('USER node');
  const { services } = parse(read('compose.yaml'), { merge: true }) as {
    services: Record<string, { command?: string[]; deploy?: { replicas: number } }>;
  };
  const [fromImage] = [...dockerfile.matchAll(/^CMD (\[.*\])$/gm)].map(([, list]) => JSON.parse(list!) as string[]);
  const commands = [fromImage, services.api?.command, services.worker?.command];
  for (const [name, ...flags] of commands as string[][]) {
    expect(name).toBe('serve');
    const lineup = await program(['serve']);
    const serve = lineup.commands.find((command) => command.name() === 'serve')!;
    expect(serve.parseOptions(flags).unknown).toEqual([]);
  }
  expect(services.worker?.deploy?.replicas).toBe(2);
});

test('compose.yaml gives the API and the workers the same environment, database and files', () => {
  const { services } = parse(read('compose.yaml'), { merge: true }) as {
    services: Record<string, Record<string, unknown>>;
  };
  expect(Object.keys(services)).toEqual(['postgres', 'api', 'worker']);
  for (const key of ['image', 'environment', 'volumes', 'read_only', 'cap_drop']) {
    expect(services.api?.[key]).toBeDefined();
    expect(services.worker?.[key]).toEqual(services.api?.[key]);
  }
});

test('compose.yaml names the image of this version, and compose.build.yaml builds it for the same services', () => {
  const { version, repository } = JSON.parse(read('package.json')) as { version: string; repository: { url: string } };
  const image = repository.url.replace(/^git\+https:\/\/github\.com\//, 'ghcr.io/').replace(/\.git$/, `:${version}`);
  const servicesOf = (path: string) =>
    (parse(read(path), { merge: true }) as { services: Record<string, { image: string; build?: string }> }).services;
  const { postgres, ...released } = servicesOf('compose.yaml');
  expect(postgres).toBeDefined();
  for (const service of Object.values(released)) expect([service.image, service.build]).toEqual([image, undefined]);
  const built = servicesOf('compose.build.yaml');
  expect(Object.keys(built)).toEqual(Object.keys(released));
  for (const service of Object.values(built)) expect(service).toEqual({ build: '.', image: 'lineup' });
});

test.each([
  'compose.yaml',
  'Dockerfile',
  ...operations,
  ...globSync('deploy/helm/lineup/**/*.{yaml,tpl,txt}'),
  'docs/configuration.md',
  'docs/secrets.md',
  'docs/service-cli.md',
])('%s names only variables that the program reads', (path) => {
  // Every variable may be in a file (test/variable-files.test.ts).
  const names = variables(read(path)).map((name) => name.replace(/_FILE$/, ''));
  expect(names.filter((name) => !config.includes(name))).toEqual([]);
});

test('the alert rules use existing metrics', () => {
  const text = read('examples/prometheus-rules.yaml');
  const { groups } = parse(text) as { groups: { rules: { alert: string; expr: string }[] }[] };
  const metrics = read('src/server/monitoring.ts');
  const used = groups
    .flatMap(({ rules }) => rules)
    .flatMap(({ expr }) => [...expr.matchAll(/lineup_(\w+?)(?:_bucket)?(?=[\s{[)]|$)/g)].map(([, name]) => name!));
  expect(used.length).toBeGreaterThan(4);
  expect(used.filter((name) => !metrics.includes(`${name}'`))).toEqual([]);
});
