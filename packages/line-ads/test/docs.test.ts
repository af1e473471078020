/**
 * The example of docs/line-ads-client.md is typed and run as a reader would do it: in an empty project that has the
 * package, and of the package nothing but the client; against the simulator.
 */
import { execFile } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, it, onTestFinished } from 'vitest';
import { startLineAdsSimulator } from '../../../simulators/line-ads/index.ts';

const root = join(import.meta.dirname, '../../..');
const run = promisify(execFile);

/** By the compiler that the repository has. Its faults are on stdout. */
const compile = (project: string) =>
  run(process.execPath, [join(root, 'node_modules/typescript/bin/tsc'), '-p', project]).catch(
    ({ stdout }: { stdout: string }) => expect.fail(stdout),
  );

/** An empty project, with the package below `node_modules` as `npm run build` makes it. */
async function project(): Promise<string> {
  const directory = mkdtempSync(join(tmpdir(), 'line-ads-'));
  onTestFinished(() => rmSync(directory, { recursive: true }));
  const lineup = join(directory, 'node_modules/lineup');
  mkdirSync(lineup, { recursive: true });
  cpSync(join(root, 'package.json'), join(lineup, 'package.json'));
  const build = {
    extends: join(root, 'tsconfig.build.json'),
    compilerOptions: {
      outDir: join(lineup, 'dist'),
      typeRoots: [join(root, 'node_modules/@types')],
      exactOptionalPropertyTypes: true,
    },
    include: [join(root, 'packages/line-ads/src')],
  };
  writeFileSync(join(directory, 'tsconfig.build.json'), JSON.stringify(build));
  await compile(join(directory, 'tsconfig.build.json'));
  writeFileSync(join(directory, 'package.json'), '{"type":"module"}');
  return directory;
}

it('the example works', { timeout: 120_000 }, async () => {
  const directory = await project();
  const page = readFileSync(join(root, 'docs/line-ads-client.md'), 'utf8');
  const [, example] = /```ts\n(.*?)```/s.exec(page)!;
  writeFileSync(join(directory, 'example.ts'), example!);
  writeFileSync(join(directory, 'hashes.txt'), `${'a'.repeat(64)}\n${'b'.repeat(64)}\n`);

  // Types of libraries are checked, too.
  const compilerOptions = {
    strict: true,
    exactOptionalPropertyTypes: true,
    module: 'nodenext',
    target: 'es2022',
    noEmit: true,
    types: ['node'],
    typeRoots: [join(root, 'node_modules/@types')],
  };
  writeFileSync(join(directory, 'tsconfig.json'), JSON.stringify({ compilerOptions, files: ['example.ts'] }));
  await compile(directory);

  const simulator = await startLineAdsSimulator({ jobMs: 0 });
  onTestFinished(() => simulator.close());
  const { accessKey, secretKey } = simulator.keys[0]!;
  const { stdout, stderr } = await run(process.execPath, ['example.ts', 'hashes.txt', 'A1'], {
    cwd: directory,
    env: {
      LINE_ADS_ACCESS_KEY: accessKey,
      LINE_ADS_SECRET_KEY: secretKey,
      LINE_ADS_BASE_URL: simulator.url,
    },
  });
  expect(stdout).toMatch(/^LINE has the file for audience \d+\.\nFINISHED: 2 members, no fault\n$/);
  expect(stderr).toMatch(/^\S+Z POST \/v3\/adaccounts\/A1\/custom-audiences\/upload 202 \n/);
});
