/** `lineup demo`: the whole product on simulators, as a first look. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command } from 'commander';
import { wholeNumber } from '../options.ts';
import { MEMBERS } from './members.ts';

export function demoCommand(): Command {
  return new Command('demo')
    .description(
      'Starts simulators of LINE Ads, LY Ads, LINE Official Account, S3, BigQuery and Lytics, and the service with its web app, with jobs that export sample audiences.\nNeeds no keys and no network, and leaves nothing behind.',
    )
    .option('--once', 'only export the sample audience, show the result and exit')
    .option('--port <n>', 'port of the service; 0 takes any free port', wholeNumber('--port', 0, 65_535), 8080)
    .option('--members <n>', 'size of the sample audience', wholeNumber('--members', 1_000, 1_000_000), MEMBERS)
    .action(async ({ once, port, members }: { once?: boolean; port: number; members: number }) => {
      const directory = await mkdtemp(join(tmpdir(), 'lineup-demo-'));
      try {
        if (once) await (await import('./once.ts')).exportOnce(directory, members);
        else await (await import('./live.ts')).liveDemo(directory, port, members);
      } finally {
        await rm(directory, { recursive: true, force: true });
      }
    });
}
