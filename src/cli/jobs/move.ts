/** `lineup jobs move`: what a job becomes at the destination that takes over its audiences, and creates it. */
import { randomUUID } from 'node:crypto';
import type { Command } from 'commander';
import type { Authorization } from '../../contracts/authorizations.ts';
import type { JobMove } from '../../contracts/job-move.ts';
import type { JobView } from '../../contracts/jobs.ts';
import { ifaKinds } from '../../domain/audiences/requests.ts';
import { destinationOfJob, successorsOf } from '../../domain/destinations/index.ts';
import { LineupError } from '../../domain/errors/errors.ts';
import { deliveriesIn } from '../../domain/jobs/audiences.ts';
import type { KeptPart } from '../../domain/jobs/move.ts';
import type { ApiClient, BodyOf } from '../api/client.ts';
import { findAuthorization, findJob, listAuthorizations } from '../api/find.ts';
import { withApi } from '../api/session.ts';
import { oneOf } from '../options.ts';
import { paint, print, printJson, printNotice, safe } from '../output.ts';
import { adAccount, audienceName } from '../schema-options.ts';
import { memberDays } from './flags.ts';
import { assertWhole } from './parts.ts';

interface Flags {
  json?: boolean;
  authorization?: string;
  adAccount?: string;
  name?: string;
  audienceName?: string;
  memberDays?: number;
  ifaKind?: (typeof ifaKinds)[number];
  ownLists?: boolean;
  start?: boolean;
  pauseOld?: boolean;
  dryRun?: boolean;
}

/** @param show prints the new job */
export const moveJob = (command: Command, show: (client: ApiClient, job: JobView) => Promise<void>): Command =>
  command
    .option(
      '--authorization <id or label>',
      'the authorization of the new job, of LY Ads (default: the only one there is)',
    )
    .option('--ad-account <id>', 'the ad account (default: the only one there is)', adAccount)
    .option('--name <label>', 'name of the new job (default: that of the job, with the destination)')
    .option(
      '--audience-name <name>',
      'name of the new list (default: that of the audience)',
      audienceName('--audience-name'),
    )
    .option(
      '--member-days <days>',
      'how many days after a run members leave the list (default: the fewest that the schedule needs)',
      memberDays,
    )
    .option('--ifa-kind <kind>', 'what the advertising IDs are: idfa or aaid', oneOf('--ifa-kind', ifaKinds))
    .option('--own-lists', 'a list for each identifier, also where several may fill one')
    .option('--start', 'start the first run now; without it, the new job waits until you resume it')
    .option('--pause-old', 'pause the job that is moved')
    .option('--dry-run', 'only show the new job and what is different')
    .action((idOrName: string, flags: Flags) =>
      withApi(async ({ client }) => {
        const before = await findJob(client, idOrName);
        assertWhole(before, 'be moved');
        const authorization = await authorizationOf(client, before, flags);
        const move = await moveWith(client, before, authorization, flags);
        const body = bodyOf(move, flags);
        if (flags.dryRun) return showDryRun(client, move, body, authorization, flags);
        const made = await client.call('POST /jobs', { body, idempotencyKey: randomUUID() });
        // The new job exists in any case, so it is shown also when this is refused.
        const refused = flags.pauseOld ? await pause(client, before) : undefined;
        if (flags.json) printJson(made);
        else {
          printNotice(notesOf(move));
          await show(client, made);
        }
        if (refused !== undefined) throw refused;
      }),
    );

/** @throws {LineupError} `not_found`; `invalid_argument` unless it is clear which one is meant */
async function authorizationOf(client: ApiClient, before: JobView, { authorization: given }: Flags) {
  if (given !== undefined) return findAuthorization(client, given);
  const from = destinationOfJob(before.type);
  const to = successorsOf(from.id);
  const names = to.map(({ label }) => label).join(' or ');
  if (to.length === 0) {
    throw new LineupError(
      'invalid_argument',
      `Jobs of ${from.label} cannot be moved: no destination takes over its audiences.`,
    );
  }
  const all = (await listAuthorizations(client)).filter(({ provider }) => to.some(({ id }) => id === provider));
  const [only, another] = all;
  if (only && !another) return only;
  throw new LineupError(
    'invalid_argument',
    only
      ? `Several authorizations of ${names} exist: ${all.map(({ label }) => `"${label}"`).join(', ')}. Choose one with --authorization.`
      : `There is no authorization of ${names}. Create and connect one first.`,
  );
}

/** With the only ad account there is, where none is given. */
async function moveWith(client: ApiClient, { id }: JobView, { id: authorization_id }: Authorization, flags: Flags) {
  const ask = (adaccount_id: string | undefined) =>
    client.call('GET /jobs/:id/move', {
      params: { id },
      query: {
        authorization_id,
        adaccount_id,
        member_days: flags.memberDays,
        ifa_kind: flags.ifaKind,
        own_lists: flags.ownLists ? 'true' : undefined,
      },
    });
  const move = await ask(flags.adAccount);
  if (flags.adAccount !== undefined) return move;
  const { items } = await client.call('GET /ad-accounts', { query: { authorization_id } });
  const [only, another] = items;
  if (only && !another) return ask(only.id);
  if (flags.dryRun) return move;
  const known = items.map((account) => (account.name === null ? account.id : `${account.id} (${account.name})`));
  throw new LineupError(
    'invalid_argument',
    `--ad-account is missing.${known.length > 0 ? ` The authorization has ${safe(known.join(', '))}.` : ''}`,
  );
}

function bodyOf({ job }: JobMove, { name, audienceName: list, start }: Flags): BodyOf<'POST /jobs'> {
  return {
    ...job,
    tags: [...job.tags],
    ...(name !== undefined && { name }),
    paused: !start,
    configuration: { ...job.configuration, ...(list !== undefined && { audience_name: list }) },
  };
}

/** @returns why it was refused */
async function pause(client: ApiClient, { id, name, status }: JobView): Promise<unknown> {
  if (status === 'paused') return undefined;
  const params = { id, action: 'pause' as const };
  return client.call('POST /jobs/:id/actions/:action', { params }).then(
    () => undefined,
    (error: unknown) =>
      error instanceof LineupError
        ? new LineupError(error.code, `The new job exists, but "${name}" was not paused. ${error.message}`)
        : error,
  );
}

async function showDryRun(
  client: ApiClient,
  move: JobMove,
  body: BodyOf<'POST /jobs'>,
  { label }: Authorization,
  { json }: Flags,
): Promise<void> {
  const checks = move.missing.length > 0 ? undefined : await client.call('POST /jobs/validate', { body });
  const problems = [...move.missing, ...(checks?.errors ?? [])];
  const warnings = checks?.warnings ?? move.warnings;
  if (problems.length > 0) process.exitCode = 1;
  if (json) return printJson({ ...move, job: body, errors: checks?.errors ?? [] });
  const { member_days: days } = move.job.configuration;
  const lines: [string, string][] = [
    ['To', `"${label}"${body.configuration.adaccount_id ? `, ad account ${body.configuration.adaccount_id}` : ''}`],
    ...listsOf(body, move),
    ...(days === undefined ? [] : [['Members', `leave after ${days} days`] as [string, string]]),
    ['Keeps', move.keeps.map((part) => keeps[part]).join(', ')],
    ...warnings.map(({ message }): [string, string] => ['Warning', message]),
    ...problems.map(({ message }): [string, string] => ['Problem', message]),
  ];
  print(
    [
      paint('bold', safe(body.name)),
      ...lines.map(([title, text]) => `${paint('dim', title.padEnd(9))} ${safe(text)}`),
      notesOf(move),
      'Nothing was created.',
    ].join('\n'),
  );
}

const keeps: Readonly<Record<KeptPart, string>> = {
  source: 'source and fields',
  identifiers: 'identifiers',
  schedule: 'schedule and time zone',
  suppression_lists: 'suppression lists',
  hold_out: 'hold-out',
  alerts: 'alert rules',
  tags: 'tags',
  description: 'description',
};

/** One line for each list. */
const listsOf = ({ configuration: { audience_name } }: BodyOf<'POST /jobs'>, { job }: JobMove): [string, string][] => {
  const [first, ...others] = deliveriesIn(job.configuration);
  const together = [first, ...others.filter(({ shares }) => shares)].map(({ identifier_type }) => identifier_type);
  return [
    ['List', `"${audience_name}": ${together.join(' and ')}`],
    ...others
      .filter(({ shares }) => !shares)
      .map((own): [string, string] => ['', `"${own.audience_name}": ${own.identifier_type}`]),
  ];
};

const notesOf = ({ notes }: JobMove): string => notes.map(({ message }) => `· ${safe(message)}`).join('\n');
