/** `lineup demo`: the whole way on a simulator of LINE, the newcomer's first command. */
import { createWriteStream } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { Command } from 'commander';
import { startLineAdsSimulator } from '../compose/simulators.ts';
import { readConfig } from '../config.ts';
import { exitStatusOf } from '../contracts/errors.ts';
import { memberLines } from './demo/members.ts';
import { interrupted } from './interrupt.ts';
import { exportRequest } from './options.ts';
import { number, paint, print } from './output.ts';
import { progressDisplay } from './progress.ts';
import { reportRun } from './report.ts';
import { withApp } from './session.ts';

const MEMBERS = 250_000;
const AUDIENCE = 'VIP members';

export function demoCommand(): Command {
  return new Command('demo')
    .summary('the whole way on a simulator of LINE: start here')
    .description(
      `Starts a simulator of LINE Ads, writes a sample audience of ${number(MEMBERS)} members and exports it.\nNeeds no keys and no network, and leaves nothing behind.`,
    )
    .option('--once', 'stop after the export instead of staying up')
    .action(async (flags: { once?: boolean }) => {
      const directory = await mkdtemp(join(tmpdir(), 'lineup-demo-'));
      try {
        await demo(directory, flags.once ?? false);
      } finally {
        await rm(directory, { recursive: true, force: true });
      }
    });
}

async function demo(directory: string, once: boolean): Promise<void> {
  const simulator = await startLineAdsSimulator({ jobMs: 600, matchMs: 3_000 });
  const [key] = simulator.keys;
  const file = join(directory, 'members.csv');
  const config = {
    ...readConfig(),
    dataDirectory: join(directory, 'data'),
    lineAdsBaseUrl: simulator.url,
    hasLineAdsKeys: () => true,
    lineAdsKeys: () => ({ accessKey: key?.accessKey ?? '', secretKey: key?.secretKey ?? '' }),
  };
  try {
    step('A simulator of LINE Ads is up', simulator.url);
    await pipeline(Readable.from(memberLines(MEMBERS)), createWriteStream(file, { mode: 0o600 }));
    step(
      `A sample audience of ${number(MEMBERS)} members in JP, TW, TH and ID, messy as real ones are`,
      file,
    );
    const exportFlags = `--field email --identifier-type email --ad-account A1`;
    step(
      'Exporting it',
      `${config.command} export --source ${file} ${exportFlags} --audience-name "${AUDIENCE}"`,
    );
    await withApp(async ({ app, signal }) => {
      const display = await progressDisplay();
      const run = await app
        .export(
          exportRequest({
            source: file,
            field: 'email',
            identifierType: 'email',
            ifaFormat: 'sha256',
            chunkRecords: 100_000,
            chunkBytes: 60_000_000,
            adAccount: 'A1',
            audienceName: AUDIENCE,
            mode: 'replace',
          }),
          { pollIntervalMs: 200, jobTimeoutMs: 60_000 },
          { signal, onProgress: display.report },
        )
        .finally(display.end);
      reportRun(run);
      process.exitCode = run.error ? exitStatusOf(run.error.code) : 0;
      const audienceId = run.audience?.id;
      if (!audienceId) return;
      print('');
      step(
        `The simulator holds ${number(simulator.state.members(audienceId).size)} members in that audience`,
        `curl ${simulator.adminUrl}/state`,
      );
      if (!once) print(next(config, simulator.adminUrl, file, audienceId, exportFlags));
    }, config);
    if (!once) await interrupted();
  } finally {
    await simulator.close();
  }
}

/** One thing that was done, and below it where to see it or what to type for it. */
function step(what: string, detail: string): void {
  print(`${paint('green', '●')} ${paint('bold', what)}`);
  print(`  ${paint('dim', detail)}`);
}

function next(
  config: {
    command: string;
    dataDirectory: string;
    lineAdsBaseUrl: string;
    lineAdsKeys(): { accessKey: string; secretKey: string };
  },
  adminUrl: string,
  file: string,
  audienceId: string,
  exportFlags: string,
): string {
  const { accessKey, secretKey } = config.lineAdsKeys();
  const lineup = config.command;
  return `
${paint('bold', 'Try next')}, in another terminal (the simulator stays up until Ctrl-C here):

export LINE_ADS_BASE_URL=${config.lineAdsBaseUrl} LINE_ADS_ACCESS_KEY=${accessKey} LINE_ADS_SECRET_KEY=${secretKey} LINEUP_DATA_DIR=${config.dataDirectory}

${paint('dim', '# would an export go?')}
${lineup} check --ad-account A1 --audience-id ${audienceId} --identifier-type email
${paint('dim', '# replace the members; a tenth of the file is refused by the guard')}
${lineup} export --source ${file} ${exportFlags} --audience-id ${audienceId}
head -n 25000 ${file} | ${lineup} export --source - --format csv ${exportFlags} --audience-id ${audienceId}
${paint('dim', '# phones of Japan in national form, hashed into files, nothing sent')}
${lineup} prepare --source ${file} --field phone --identifier-type phone --default-country JP --out /tmp/lineup-chunks
${paint('dim', '# a fault on order: the answer to the next upload is lost, and the run settles it by asking')}
curl -X POST ${adminUrl}/faults -d '{"kind":"reset","when":"after","endpoint":"upload"}'
${lineup} audiences list --ad-account A1
${lineup} runs list
`;
}
