/**
 * The demo that keeps running: the service with its web app, and jobs in every usual state. One job has run, one is running (a
 * Lytics audience, page by page), and a guard stopped one because its source shrank.
 */
import packageJson from '../../../package.json' with { type: 'json' };
import { startLyticsSimulator } from '../../../simulators/lytics/index.ts';
import { type Serving, serve } from '../../compose/server.ts';
import { LineupError } from '../../contracts/errors.ts';
import { interrupted } from '../interrupt.ts';
import { paint, print, printNotice } from '../output.ts';
import { ADMINISTRATOR, becomeAdministrator, fill } from './fill.ts';
import { DEMO_PACE, type DemoStage, LYTICS_PAGE_MS, openStage, step } from './stage.ts';

export async function liveDemo(directory: string, port: number): Promise<void> {
  const stage = await openStage(directory);
  const lytics = await startLyticsSimulator({ pageMs: LYTICS_PAGE_MS });
  try {
    step('A simulator of Lytics is up', lytics.origin);
    const serving = await serveOn(stage, port);
    const stopped = interrupted();
    try {
      const password = await becomeAdministrator(serving);
      step('The service is up, with its web app and API', `${serving.url}`);
      await fill(serving.useCases, stage, {
        origin: lytics.origin,
        token: lytics.token,
        allMembers: lytics.segmentId('all_members'),
      });
      print(nextSteps(stage, serving.url ?? '', password));
      await stopped;
      printNotice('Stopping …');
    } finally {
      await serving.close();
    }
  } finally {
    await lytics.close();
    await stage.simulator.close();
  }
}

/** Listens at `port`, or at any free port when that one is in use. */
async function serveOn({ config }: DemoStage, port: number): Promise<Serving> {
  const start = (at: number) =>
    serve({
      config,
      role: 'all',
      host: '127.0.0.1',
      port: at,
      version: packageJson.version,
      pace: DEMO_PACE,
    });
  try {
    return await start(port);
  } catch (error) {
    if (!(error instanceof LineupError) || error.code !== 'invalid_argument') throw error;
    return start(0);
  }
}

function nextSteps({ simulator, keys, config, file }: DemoStage, url: string, password: string): string {
  const lineup = config.command;
  return `
${paint('bold', 'Open')}  ${paint('cyan', url)}
      sign in as ${ADMINISTRATOR} with the password ${paint('bold', password)}

${paint('bold', 'Or try the command line')}, in another terminal (everything stays up until Ctrl-C here):

export LINE_ADS_BASE_URL=${simulator.url} LINE_ADS_ACCESS_KEY=${keys.accessKey} LINE_ADS_SECRET_KEY=${keys.secretKey}
${paint('dim', '# would an export go?')}
${lineup} check --ad-account A1
${lineup} export --source ${file} --field email --identifier-type email --ad-account A1 --audience-name "From the terminal"
${paint('dim', '# the guard: a tenth of the file would shrink that audience too much (put its id in)')}
head -n 25000 ${file} | ${lineup} export --source - --format csv --field email --identifier-type email --ad-account A1 --audience-id ID
${paint('dim', '# phones of Japan in national form, hashed into files, nothing sent')}
${lineup} prepare --source ${file} --field phone --identifier-type phone --default-country JP --out /tmp/lineup-chunks
${paint('dim', '# a fault on order: the answer to the next upload is lost, and the run settles it by asking')}
curl -X POST ${simulator.adminUrl}/faults -d '{"kind":"reset","when":"after","endpoint":"upload"}'
${lineup} audiences list --ad-account A1
${lineup} runs list
`;
}
