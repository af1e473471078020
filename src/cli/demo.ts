/** `lineup demo`: everything at once, on simulators; the newcomer's first command. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command } from 'commander';
import { exportOnce } from './demo/export-once.ts';
import { liveDemo } from './demo/live.ts';
import { wholeNumber } from './options.ts';

export function demoCommand(): Command {
  return new Command('demo')
    .summary('everything at once, on simulators: start here')
    .description(
      'Starts simulators of LINE Ads and Lytics and the service with its web app, with jobs that export a sample audience of 250,000 members.\nNeeds no keys and no network, and leaves nothing behind.',
    )
    .option('--once', 'only export the sample audience, show the result and end')
    .option(
      '--port <n>',
      'where the service listens; 0 takes any free port',
      wholeNumber('--port', 0, 65_535),
      8080,
    )
    .action(async ({ once, port }: { once?: boolean; port: number }) => {
      const directory = await mkdtemp(join(tmpdir(), 'lineup-demo-'));
      try {
        await (once ? exportOnce(directory) : liveDemo(directory, port));
      } finally {
        await rm(directory, { recursive: true, force: true });
      }
    });
}
