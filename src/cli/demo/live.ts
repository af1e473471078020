/**
 * The demo that keeps running: the service with its web app, and jobs in every usual state. One job has run, one has
 * run without the members of a suppression list and a hold-out, one is running (a Lytics audience, page by page), and a
 * guard stopped one because its source shrank.
 */

import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import packageJson from '../../../package.json' with { type: 'json' };
import { type Serving, serve } from '../../compose/server.ts';
import type { Config } from '../../config/config.ts';
import { calledAs } from '../../config/environment.ts';
import type { UseCases } from '../../contracts/use-cases.ts';
import { newSuppressionList } from '../../domain/audiences/suppression-lists.ts';
import { LineupError } from '../../domain/errors/errors.ts';
import { system } from '../../domain/people/people.ts';
import { ApiClient } from '../api/client.ts';
import { number, paint, print, printNotice } from '../output.ts';
import { reportRun, turnoverText } from '../report.ts';
import { interrupted } from '../terminal.ts';
import { type DemoDestinations, fillDestinations, startDestinations } from './destinations.ts';
import { create, endOf, job, sibling } from './jobs.ts';
import { laterMemberLines } from './members.ts';
import { type DemoSource, type DemoSources, startSources } from './sources.ts';
import { DEMO_PACE, type DemoStage, openStage, step, urlsOf, writeLines, writeMembers } from './stage.ts';

export async function liveDemo(directory: string, port: number, members: number): Promise<void> {
  const stage = await openStage(directory, members);
  const { destinations, close: closeDestinations } = await startDestinations();
  const { sources, close } = await startSources();
  try {
    const { config } = stage;
    const serving = await serveOn({ ...config, baseUrls: { ...config.baseUrls, ...urlsOf(destinations) } }, port);
    const stopped = interrupted();
    try {
      const password = await becomeAdministrator(serving);
      step('The service is running, with its web app and API', `${serving.url}`);
      await fill(serving.useCases, { ...stage, destinations }, sources);
      print(nextSteps(stage, serving.url ?? '', password));
      await stopped;
      printNotice('Stopping …');
    } finally {
      await serving.close();
    }
  } finally {
    await close();
    await closeDestinations();
    await stage.simulator.close();
  }
}

/** Listens at `port`, or at any free port when that one is in use. */
async function serveOn(config: Config, port: number): Promise<Serving> {
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

function nextSteps({ simulator, keys, members, file }: DemoStage, url: string, password: string): string {
  const lineup = calledAs();
  return `
${paint('bold', 'Open')}  ${paint('cyan', url)}
      sign in as ${ADMINISTRATOR} with the password ${paint('bold', password)}

${paint('bold', 'Or try the command line')}, in another terminal (everything stays up until Ctrl-C here):

export LINE_ADS_BASE_URL=${simulator.url} LINE_ADS_ACCESS_KEY=${keys.accessKey} LINE_ADS_SECRET_KEY=${keys.secretKey}
${paint('dim', '# check whether an export can run')}
${lineup} check --ad-account A1
${lineup} export --source ${file} --field email --identifier-type email --ad-account A1 --audience-name "From the terminal"
${paint('dim', '# the guard: a tenth of the file would shrink that audience too much (replace ID with its id)')}
head -n ${Math.round(members / 10)} ${file} | ${lineup} export --source - --format csv --field email --identifier-type email --ad-account A1 --audience-id ID
${paint('dim', '# phone numbers of Japan in national form, hashed into files; nothing is sent')}
${lineup} prepare --source ${file} --field phone --identifier-type phone --default-country JP --out /tmp/lineup-chunks
${paint('dim', '# a simulated fault: the answer to the next upload is lost, and the run asks LINE what happened')}
curl -X POST ${simulator.adminUrl}/faults -d '{"kind":"reset","when":"after","endpoint":"upload"}'
${lineup} audiences list --ad-account A1
${lineup} runs list
`;
}

export const ADMINISTRATOR = 'demo@example.com';

/** Uses the link of the first start, as a person would. @returns the password */
export async function becomeAdministrator({ url, setupLink }: Pick<Serving, 'url' | 'setupLink'>): Promise<string> {
  const password = randomBytes(12).toString('base64url');
  const token = new URL(setupLink ?? '').hash.slice(1);
  const client = new ApiClient({ url: url ?? '', signal: new AbortController().signal });
  await client.call('POST /setup', { body: { token, name: 'Demo', email: ADMINISTRATOR, password } });
  return password;
}

export async function fill(
  useCases: UseCases,
  {
    keys,
    file,
    exports,
    destinations,
  }: Pick<DemoStage, 'keys' | 'file' | 'exports'> & { readonly destinations: DemoDestinations },
  { lytics, storage, warehouse }: DemoSources,
): Promise<void> {
  const { settings, authorizations } = useCases;
  await settings.write('files', { roots: [exports] }, system);
  const internal_hosts = [lytics, storage, warehouse].flatMap((source) => source?.host ?? []);
  await settings.write('network', { internal_hosts }, system);
  const lineAds = await authorize(useCases, {
    provider: 'line_ads',
    method: 'line_ads_api_key',
    label: 'LINE Ads, main account',
    configuration: { access_key: keys.accessKey, secret_key: keys.secretKey },
  });
  await authorizations.verify(lineAds, { adAccountId: 'A1' }, system, AbortSignal.timeout(30_000));

  const vip = await create(useCases, job('VIP members', lineAds, file, { run_frequency: 'daily' }));
  const { last_run } = await endOf(useCases, vip);
  const document = last_run && (await useCases.runs.document(last_run.id));
  if (document) reportRun(document, null);
  print('');

  const othersEnd = await fillDestinations(useCases, destinations, exports);
  await fillCampaign(useCases, { lineAds, file, exports });
  await fillTiers(useCases, { lineAds, exports });

  const loyalty = join(exports, 'loyalty.csv');
  await writeMembers(loyalty, 40_000, 2);
  const shrinking = await create(
    useCases,
    job('Loyalty programme', lineAds, loyalty, { run_frequency: 'weekly', day_of_week: 'monday' }),
  );
  await endOf(useCases, shrinking);
  await writeLines(loyalty, laterMemberLines(41_000, 2, 700));
  await useCases.jobs.act(shrinking, 'run_now', system);
  const { last_run: later } = await endOf(useCases, shrinking);
  if (later?.turnover)
    step('The second run of the job "Loyalty programme" says who joins and who leaves', turnoverText(later.turnover));
  await writeMembers(loyalty, 4_000, 2);
  await useCases.jobs.act(shrinking, 'run_now', system);
  await endOf(useCases, shrinking);
  step('A guard stopped the job "Loyalty programme"', 'its source shrank from 40,000 members to 4,000');

  const daily = await create(useCases, {
    ...job('Daily export, from S3', lineAds, storage.audience, { run_frequency: 'daily' }),
    source_authorization_id: await authorize(useCases, storage),
  });
  const { last_run: newest } = await endOf(useCases, daily);
  step(
    'The job "Daily export, from S3" reads the newest file of a bucket at each run',
    `${number(newest?.unique ?? 0)} members in the file of today`,
  );

  const offer = job('Thank-you offer, after the S3 export', lineAds, loyalty, { run_frequency: 'when_ready' });
  const trigger = { kind: 'after_job' as const, job_id: daily, at_most_every_minutes: 60, deadline: '10:00' };
  await endOf(
    useCases,
    await create(useCases, { ...offer, configuration: { ...offer.configuration, time_of_day: null, trigger } }),
  );
  step(
    'The job "Thank-you offer, after the S3 export" waits for that one',
    'an alert begins when it has not come by 10:00',
  );

  await othersEnd();

  if (warehouse) {
    await create(useCases, {
      ...job('Customers, from BigQuery', lineAds, warehouse.audience, {
        run_frequency: 'weekly',
        day_of_week: 'wednesday',
      }),
      source_authorization_id: await authorize(useCases, warehouse),
    });
    step('The job "Customers, from BigQuery" runs a query', warehouse.audience);
  }

  await create(useCases, {
    ...job('All members, from Lytics', lineAds, lytics.audience, {
      run_frequency: 'monthly',
      day_of_week: 'monday',
    }),
    source_authorization_id: await authorize(useCases, lytics),
  });
  step('The job "All members, from Lytics" is running', `${number(250_000)} members, a hundred a page`);
}

/**
 * A campaign that reaches people by every identifier, without those who have opted out, and whose effect can be
 * measured.
 */
async function fillCampaign(
  useCases: UseCases,
  { lineAds, file, exports }: { readonly lineAds: string; readonly file: string; readonly exports: string },
): Promise<void> {
  // The same invented members as at the beginning of the sample audience.
  const optedOut = await writeMembers(join(exports, 'opted-out.csv'), 5_000);
  const list = await useCases.suppressionLists.create(
    newSuppressionList.parse({
      name: 'Opted out',
      description: 'Asked us not to contact them',
      segment_id: optedOut,
      fields: { email: 'email', phone: 'phone' },
      applies_to: 'chosen_jobs',
    }),
    system,
  );
  const campaign = job('Spring campaign', lineAds, file, { run_frequency: 'weekly', day_of_week: 'friday' });
  const id = await create(useCases, {
    ...campaign,
    configuration: {
      ...campaign.configuration,
      suppression_lists: [list.value.id],
      hold_out: { experiment: 'spring', share: 10 },
      siblings: [sibling(campaign.name, 'phone', 'phone', 'JP'), sibling(campaign.name, 'ifa', 'advertising_id')],
    },
  });
  const { last_run } = await endOf(useCases, id);
  const { counts, siblings = [] } = (last_run && (await useCases.runs.document(last_run.id))) ?? {};
  const [phone, ifa] = siblings.map((sibling) => number(sibling.counts?.unique ?? 0));
  step(
    'The job "Spring campaign" fills three audiences with one scan',
    `${number(counts?.unique ?? 0)} members by e-mail, ${phone} by phone, ${ifa} by advertising id`,
  );
  step(
    'It leaves people out',
    `${number(counts?.suppressed ?? 0)} are on the suppression list "Opted out", ${number(counts?.held_out ?? 0)} are held out to measure the effect`,
  );
}

/** One scan for an audience of each tier. Their own runs go on while other parts of the demo are made. */
async function fillTiers(
  useCases: UseCases,
  { lineAds, exports }: { readonly lineAds: string; readonly exports: string },
): Promise<void> {
  const file = await writeMembers(join(exports, 'tiers.csv'), 15_000, 5);
  const tiers = job('Members by tier', lineAds, file, { run_frequency: 'weekly', day_of_week: 'tuesday' });
  const id = await create(useCases, {
    ...tiers,
    configuration: {
      ...tiers.configuration,
      audience_name: null,
      split: { column: 'tier', name_template: 'Tier {value}', on_refusal: 'one' },
    },
  });
  const { parts } = await endOf(useCases, id);
  step(
    `The job "${tiers.name}" fills ${number(parts?.total ?? 0)} audiences, one for each value of a column`,
    'each has a guard and a page of its own',
  );
}

/** @returns the id */
async function authorize(
  { authorizations }: UseCases,
  { provider, method, label, configuration }: Pick<DemoSource, 'provider' | 'method' | 'label' | 'configuration'>,
): Promise<string> {
  const input = { provider, method, label, description: 'On a simulator of the demo', configuration };
  return (await authorizations.create(input, system)).value.id;
}
