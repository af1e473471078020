/** The example of docs/line-ads-client.md is run as a reader would run it, against the simulator. */
import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, it, onTestFinished } from 'vitest';
import { startLineAdsSimulator } from '../../simulators/line-ads/index.ts';

const root = join(import.meta.dirname, '../..');

it('the example works', async () => {
  const simulator = await startLineAdsSimulator({ jobMs: 0 });
  const directory = mkdtempSync(join(tmpdir(), 'line-ads-'));
  onTestFinished(async () => {
    rmSync(directory, { recursive: true });
    await simulator.close();
  });
  const page = readFileSync(join(root, 'docs/line-ads-client.md'), 'utf8');
  const [, example] = /```ts\n(.*?)```/s.exec(page)!;
  const source = join(root, 'src/line-ads/index.ts');
  writeFileSync(join(directory, 'example.ts'), example!.replace("'lineup/line-ads'", JSON.stringify(source)));
  writeFileSync(join(directory, 'package.json'), '{"type":"module"}');
  writeFileSync(join(directory, 'hashes.txt'), `${'a'.repeat(64)}\n${'b'.repeat(64)}\n`);

  const { accessKey, secretKey } = simulator.keys[0]!;
  const { stdout, stderr } = await promisify(execFile)(process.execPath, ['example.ts', 'hashes.txt', 'A1'], {
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
