/** The short demo: one export from the command line, and what LINE holds afterwards. */
import { calledAs } from '../../config/environment.ts';
import { lineAdsTraits } from '../../domain/destinations/line-ads.ts';
import { exitStatusOf } from '../../domain/errors/errors.ts';
import { nextAfter, withLocalExports } from '../local-session.ts';
import { number, print } from '../output.ts';
import { progressDisplay } from '../progress.ts';
import { reportRun } from '../report.ts';
import { exportRequest } from '../scan-request.ts';
import { openStage, step } from './stage.ts';

const AUDIENCE = 'VIP members';

export async function exportOnce(directory: string, members: number): Promise<void> {
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
