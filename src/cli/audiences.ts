/** `lineup audiences`: the custom audiences at LINE. */

import { Command } from 'commander';
import type { CustomAudience, LineAdsExtras } from '../compose/local-exports.ts';
import { lookalikeRate, type SharedAudience, type Twins } from '../contracts/custom-audiences.ts';
import { exactEstimate } from '../domain/audiences/size.ts';
import { destinations } from '../domain/destinations/index.ts';
import { lineAdsTraits } from '../domain/destinations/line-ads.ts';
import { LineupError } from '../domain/errors/errors.ts';
import type { ApiClient } from './api/client.ts';
import { findAuthorization, listAuthorizations } from './api/find.ts';
import { withApi } from './api/session.ts';
import { withLocalExports } from './local-session.ts';
import { id } from './options.ts';
import { number, paint, print, printJson, printWarning, safe, table } from './output.ts';
import { adAccount, audienceName, fraction } from './schema-options.ts';
import { confirm } from './terminal.ts';

interface Flags {
  adAccount: string;
  json?: boolean;
}

export function audiencesCommand(): Command {
  const audiences = new Command('audiences').description('Manages the custom audiences of an ad account at LINE.');
  const add = (name: string, description: string): Command =>
    audiences
      .command(name)
      .description(description)
      .requiredOption('--ad-account <id>', 'LINE Ads account, e.g. A1', adAccount)
      .option('--json', 'print JSON');

  add('list', 'list audiences')
    .option('--name <text>', 'only audiences with this text in the name')
    .action((flags: Flags & { name?: string }) =>
      withLocalExports(
        async ({ exports, signal }) => {
          const list = await (await exports.lineAds()).audiences(flags.adAccount, flags.name, signal);
          if (flags.json) return printJson(list);
          print(list.length === 0 ? `Ad account ${flags.adAccount} has no custom audiences.` : audiencesTable(list));
        },
        { adAccountId: flags.adAccount },
      ),
    );

  add('show', 'show an audience and its uploads')
    .argument('<audience>', 'its id', id('<audience>'))
    .action((audienceId: string, flags: Flags) =>
      withLocalExports(
        async ({ exports, signal }) => {
          const lineAds = await exports.lineAds();
          const audience = await existing(lineAds, flags.adAccount, audienceId, signal);
          const uploadJobs = await lineAds.uploadJobs(flags.adAccount, audienceId, signal);
          if (flags.json) return printJson({ ...audience, uploadJobs });
          print(audiencesTable([audience]));
          if (uploadJobs.length === 0) return;
          print('');
          print(
            table(
              [
                { title: 'Upload job' },
                { title: 'File' },
                { title: 'Type' },
                { title: 'State' },
                { title: 'Processed', right: true },
                { title: 'Created' },
              ],
              uploadJobs.map((job) => [
                job.audienceGroupJobId,
                job.name ?? '',
                job.type ?? '',
                [job.jobStatus, job.failedType].filter(Boolean).join(' '),
                job.audienceCount === undefined ? '–' : number(job.audienceCount),
                job.created ?? '',
              ]),
            ),
          );
        },
        { adAccountId: flags.adAccount },
      ),
    );

  add('rename', 'rename an audience')
    .argument('<audience>', 'its id', id('<audience>'))
    .argument('<name>', 'the new name', audienceName('<name>', lineAdsTraits))
    .action((audienceId: string, name: string, flags: Flags) =>
      withLocalExports(
        async ({ exports, signal }) => {
          const lineAds = await exports.lineAds();
          await existing(lineAds, flags.adAccount, audienceId, signal);
          const audience = await lineAds.rename(flags.adAccount, audienceId, name, signal);
          if (flags.json) return printJson(audience);
          print(`${paint('green', 'Renamed')} ${audience.id} to "${safe(audience.name)}"`);
        },
        { adAccountId: flags.adAccount },
      ),
    );

  add('delete', 'delete audiences permanently')
    .argument('<audiences...>', 'their ids')
    .option('--yes', 'do not ask for confirmation')
    .action((given: string[], flags: Flags & { yes?: boolean }) =>
      withLocalExports(
        async ({ exports, signal }) => {
          const ids = given.map(id('<audiences...>'));
          const lineAds = await exports.lineAds();
          const doomed: CustomAudience[] = [];
          for (const audienceId of ids) doomed.push(await existing(lineAds, flags.adAccount, audienceId, signal));
          const names = doomed.map(({ id: gone, name }) => `${gone} "${name}"`).join(', ');
          if (!flags.yes) await confirm(`Delete ${names}? This cannot be undone.`, 'delete', signal);
          await lineAds.delete(flags.adAccount, ids, signal);
          if (flags.json) return printJson({ deleted: ids });
          print(`${paint('green', 'Deleted')} ${safe(names)}`);
        },
        { adAccountId: flags.adAccount },
      ),
    );

  add('overlap', 'compare the overlap of audiences')
    .argument('<audience>', 'the id of the base audience', id('<audience>'))
    .argument('<others...>', 'the ids of one to four other audiences')
    .action((baseId: string, others: string[], flags: Flags) =>
      withLocalExports(
        async ({ exports, signal }) => {
          const comparedIds = others.map(id('<others...>'));
          if (comparedIds.length > 4) {
            throw new LineupError(
              'invalid_argument',
              `LINE compares with one to four audiences at once, but got ${comparedIds.length}. Give one to four ids.`,
            );
          }
          const lineAds = await exports.lineAds();
          const overlap = await lineAds.overlap(flags.adAccount, { baseId, comparedIds }, signal);
          if (flags.json) return printJson(overlap);
          print(
            table(
              [{ title: 'Audience' }, { title: 'Overlap', right: true }],
              comparedIds.map((other) => [other, rateOf(overlap[other]?.rate)]),
            ),
          );
        },
        { adAccountId: flags.adAccount },
      ),
    );

  add('twins', 'find the lists of LY Ads that were taken over from audiences; needs the service at LINEUP_URL')
    .argument('<audiences...>', 'their ids')
    .option('--authorization <authorization>', 'that of the ad account: its id or label (default: the only one)')
    .action((given: string[], { adAccount: account, authorization, json }: Flags & { authorization?: string }) =>
      withApi(async ({ client }) => {
        const body = {
          authorization_id: (await authorizationOf(client, authorization, [lineAdsTraits])).id,
          adaccount_id: account,
          audience_ids: given.map(id('<audiences...>')),
        };
        const found = await client.call('POST /custom-audiences/twins', { body });
        if (json) return printJson(found);
        print(found.items.length > 0 ? twinsTable(found.items) : 'No list was found that was taken over.');
        for (const { authorization_label, message } of found.problems) {
          printWarning(`"${safe(authorization_label)}": ${message}`);
        }
        if (found.left_out > 0) printWarning(`Accounts that were not looked in: ${number(found.left_out)}`);
      }),
    );

  audiences
    .command('shared')
    .description(
      'list the audiences that others share with a LINE channel, with their owners; needs the service at LINEUP_URL',
    )
    .option('--authorization <authorization>', 'that of the channel: its id or label (default: the only one)')
    .option('--name <text>', 'only audiences with this text in the name')
    .option('--json', 'print JSON')
    .action(({ authorization, name: search, json }: { authorization?: string; name?: string; json?: boolean }) =>
      withApi(async ({ client }) => {
        const sharing = destinations.filter(({ extras = [] }) => extras.includes('shared'));
        const { id: authorization_id } = await authorizationOf(client, authorization, sharing);
        const query = { authorization_id, search };
        const items: SharedAudience[] = [];
        for await (const audience of client.list('GET /shared-audiences', { query })) items.push(audience);
        if (json) return printJson(items);
        print(items.length > 0 ? sharedTable(items) : 'Nobody shares an audience with this channel.');
      }),
    );

  add('lookalike', 'create a lookalike audience')
    .argument('<source>', 'the id of the source audience', id('<source>'))
    .requiredOption('--name <name>', 'name of the lookalike audience', audienceName('--name', lineAdsTraits))
    .option(
      '--rate <fraction>',
      'share of the country’s users, 0 to 0.15 (default: LINE decides)',
      fraction('--rate', lookalikeRate),
    )
    .action((sourceAudienceId: string, flags: Flags & { name: string; rate?: number }) =>
      withLocalExports(
        async ({ exports, signal }) => {
          const lineAds = await exports.lineAds();
          await existing(lineAds, flags.adAccount, sourceAudienceId, signal);
          const wanted = { name: flags.name, sourceAudienceId, rate: flags.rate };
          const { document: audience } = await lineAds.lookalike(flags.adAccount, wanted, signal);
          if (flags.json) return printJson(audience);
          print(`${paint('green', 'Created')} lookalike ${audience.id} "${safe(audience.name)}", ${audience.status}`);
        },
        { adAccountId: flags.adAccount },
      ),
    );
  return audiences;
}

/** The guidelines of LINE forbid calls with ids that do not exist, so each id is looked up first. */
async function existing(
  lineAds: LineAdsExtras,
  adAccountId: string,
  audienceId: string,
  signal: AbortSignal,
): Promise<CustomAudience> {
  const audience = await lineAds.audience(adAccountId, audienceId, signal);
  if (audience) return audience;
  throw new LineupError('audience_not_found', `Ad account ${adAccountId} has no custom audience ${audienceId}.`);
}

/** @throws {LineupError} when there are several, and none is named */
async function authorizationOf(
  client: ApiClient,
  named: string | undefined,
  among: readonly { readonly id: string; readonly label: string }[],
) {
  if (named !== undefined) return findAuthorization(client, named);
  const all = (await listAuthorizations(client)).filter(({ provider }) => among.some(({ id }) => id === provider));
  const [only] = all;
  if (only && all.length === 1) return only;
  throw new LineupError(
    'invalid_argument',
    `The service has ${all.length} authorizations of ${among.map(({ label }) => label).join(' and ')}. Name one with --authorization.`,
  );
}

const twinsTable = (items: Twins['items']): string =>
  table(
    [
      { title: 'Audience' },
      { title: 'List' },
      { title: 'Name' },
      { title: 'Found by' },
      { title: 'Type' },
      { title: 'Estimated size', right: true },
      { title: 'Account' },
      { title: 'Authorization' },
    ],
    items.map((twin) => [
      twin.audience_id,
      twin.id,
      twin.name,
      twin.match === 'id' ? 'id' : 'name, so perhaps',
      twin.type,
      sizeOf(twin.estimated_size),
      twin.adaccount_id,
      twin.authorization_label,
    ]),
  );

const sharedTable = (items: readonly SharedAudience[]): string =>
  table(
    [
      { title: 'Id' },
      { title: 'Name' },
      { title: 'Owner' },
      { title: 'Type' },
      { title: 'Status' },
      { title: 'Estimated size', right: true },
    ],
    items.map(({ id: audience, name, owner, type, status, estimated_size }) => [
      audience,
      name,
      owner === null ? '–' : `${owner.name} (${owner.id})`,
      type,
      status,
      sizeOf(estimated_size),
    ]),
  );

function audiencesTable(list: readonly CustomAudience[]): string {
  return table(
    [
      { title: 'Id' },
      { title: 'Name' },
      { title: 'Type' },
      { title: 'Status' },
      { title: 'Estimated size', right: true },
      { title: 'Created' },
    ],
    list.map((audience) => [
      audience.id,
      audience.name,
      audience.functionType,
      [audience.status, audience.failedType].filter(Boolean).join(' '),
      sizeOf(audience.estimatedAudienceSize),
      (audience.created ?? '').slice(0, 16).replace('T', ' '),
    ]),
  );
}

/** LINE gives a number, "-", or a phrase, all as text. */
function sizeOf(text = '-'): string {
  const size = exactEstimate(text);
  return size === null ? text : number(size);
}

const rateOf = (rate: number | undefined): string => (rate === undefined ? '–' : `${Math.round(rate * 1000) / 10} %`);
