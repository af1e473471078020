/** The short demo: one export from the command line, and what LINE holds afterwards. */
import { exitStatusOf } from '../../contracts/errors.ts';
import { chunkLimits } from '../../contracts/line-limits.ts';
import { withLocalExports } from '../local-session.ts';
import { exportRequest } from '../options.ts';
import { number, print } from '../output.ts';
import { progressDisplay } from '../progress.ts';
import { printedLocalRun, reportRun } from '../report.ts';
import { openStage, step } from './stage.ts';

const AUDIENCE = 'VIP members';

export async function exportOnce(directory: string): Promise<void> {
  const { simulator, file, config } = await openStage(directory);
  try {
    step(
      'Exporting it',
      `${config.command} export --source ${file} --field email --identifier-type email --ad-account A1 --audience-name "${AUDIENCE}"`,
    );
    const request = exportRequest({
      source: file,
      field: 'email',
      identifierType: 'email',
      ifaFormat: 'sha256',
      chunkRecords: 100_000,
      chunkBytes: chunkLimits.defaultBytes,
      adAccount: 'A1',
      audienceName: AUDIENCE,
      mode: 'replace',
    });
    await withLocalExports(async ({ exports, signal, command }) => {
      const display = await progressDisplay();
      const run = await exports
        .export(
          request,
          { pollIntervalMs: 200, jobTimeoutMs: 60_000 },
          { signal, onProgress: display.report },
        )
        .finally(display.end);
      reportRun(printedLocalRun(run, command));
      process.exitCode = run.error ? exitStatusOf(run.error.code) : 0;
      const held = simulator.state.members(run.audience?.id ?? '').size;
      print('');
      step(
        `The simulator holds ${number(held)} members in that audience`,
        `curl ${simulator.adminUrl}/state`,
      );
    }, config);
  } finally {
    await simulator.close();
  }
}
