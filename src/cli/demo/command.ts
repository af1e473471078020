/** `lineup demo`: the whole product on simulators, as a first look. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command } from 'commander';
import { calledAs } from '../../config/environment.ts';
import { lineAdsTraits } from '../../domain/destinations/line-ads.ts';
import { exitStatusOf } from '../../domain/errors/errors.ts';
import { nextAfter, withLocalExports } from '../local-session.ts';
import { wholeNumber } from '../options.ts';
import { number, print } from '../output.ts';
import { progressDisplay } from '../progress.ts';
import { reportRun } from '../report.ts';
import { exportRequest } from '../scan-request.ts';
import { liveDemo } from './live.ts';
import { MEMBERS, openStage, step } from './stage.ts';

export function demoCommand(): Command {
  return new Command('demo')
    .summary('run a complete demo on simulators: start here')
    .description(
      'Starts simulators of LINE Ads, S3, BigQuery and Lytics, and the service with its web app, with jobs that export sample audiences.\nNeeds no keys and no network, and leaves nothing behind.',
    )
    .option('--once', 'only export the sample audience, show the result and exit')
    .option('--port <n>', 'port of the service; 0 takes any free port', wholeNumber('--port', 0, 65_535), 8080)
    .option('--members <n>', 'size of the sample audience', wholeNumber('--members', 1_000, 1_000_000), MEMBERS)
    .action(async ({ once, port, members }: { once?: boolean; port: number; members: number }) => {
      const directory = await mkdtemp(join(tmpdir(), 'lineup-demo-'));
      try {
        await (once ? exportOnce(directory, members) : liveDemo(directory, port, members));
      } finally {
        await rm(directory, { recursive: true, force: true });
      }
    });
}

const AUDIENCE = 'VIP members';

/** The short demo: one export from the command line, and what LINE holds afterwards. */
async function exportOnce(directory: string, members: number): Promise<void> {
  const { simulator, file, config } = await openStage(directory, members);
  try {
    step(
      'Exporting it',
      `${calledAs()} export --source ${file} --field email --identifier-type email --ad-account A1 --audience-name "${AUDIENCE}"`,
    );
    const request = exportRequest({
      source: file,
      field: 'email',
      identifierType: 'email',
      ifaFormat: 'sha256',
      chunkRecords: 100_000,
      chunkBytes: lineAdsTraits.file.defaultBytes,
      adAccount: 'A1',
      audienceName: AUDIENCE,
      mode: 'replace',
    });
    await withLocalExports(
      async (session) => {
        const { exports, signal } = session;
        const display = await progressDisplay();
        const run = await exports
          .export(request, { pollIntervalMs: 200, jobTimeoutMs: 60_000 }, { signal, onProgress: display.report })
          .finally(display.end);
        reportRun(run, await nextAfter(session, run));
        process.exitCode = run.error ? exitStatusOf(run.error.code) : 0;
        const held = simulator.state.members(run.audience?.id ?? '').size;
        print('');
        step(`The simulator holds ${number(held)} members in that audience`, `curl ${simulator.adminUrl}/state`);
      },
      { config },
    );
  } finally {
    await simulator.close();
  }
}
