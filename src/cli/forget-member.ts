/**
 * `lineup forget-member`: people who ask to be forgotten. Their identifiers come from standard input alone, and are
 * printed nowhere.
 */
import { text } from 'node:stream/consumers';
import { Command } from 'commander';
import { calledAs } from '../config/environment.ts';
import { type Erasure, MAX_PEOPLE } from '../contracts/erasures.ts';
import type { IdentifierType } from '../domain/audiences/requests.ts';
import { takenTypes } from '../domain/destinations/index.ts';
import { LineupError } from '../domain/errors/errors.ts';
import type { ApiClient } from './api/client.ts';
import { withApi } from './api/session.ts';
import { commandFor } from './next-step.ts';
import { country, either, oneOf } from './options.ts';
import { paint, print, printJson, printWarning, safe, table } from './output.ts';
import { askHidden, isAtTerminal } from './terminal.ts';

interface Flags {
  json?: boolean;
  identifier?: IdentifierType;
  /** Null: all numbers are complete. */
  defaultCountry?: string | null;
  undo?: boolean;
  list?: boolean;
}

export function forgetMemberCommand(): Command {
  return new Command('forget-member')
    .description(
      `Puts people on the erasure list of the service at LINEUP_URL: every later run leaves them out. It removes staged chunks that may hold them, names the uploaded files and the audiences that may, and replaces these audiences. It reads the identifiers from standard input, one a line, at most ${MAX_PEOPLE.toLocaleString('en')}; at a terminal it asks for one. Requires an administrator’s token.`,
    )
    .option('--identifier <type>', either(takenTypes), oneOf('--identifier', takenTypes))
    .option(
      '--default-country <code>',
      'country of phone numbers without a country code, e.g. JP; none: all numbers are complete (default: that of the installation)',
      country,
    )
    .option('--undo', 'take the people off the list, because they have given consent again')
    .option('--list', 'show how many people are on the list')
    .option('--json', 'print JSON')
    .addHelpText(
      'after',
      '\nExample: lineup forget-member --identifier email < person.txt\nAn identifier in an argument would stay in the history of the shell.',
    )
    .allowExcessArguments()
    .action((flags: Flags, { args }: Command) => {
      // Commander would repeat it.
      if (args.length > 0) throw inArgument();
      return flags.list ? list(flags) : change(flags);
    });
}

const inArgument = (): LineupError =>
  new LineupError(
    'invalid_argument',
    'An identifier in an argument stays in the history of the shell, so nothing was changed. Remove it there, and give it on standard input.',
  );

const list = ({ json }: Flags): Promise<void> =>
  withApi(async ({ client }) => {
    const { items } = await client.call('GET /erasures');
    if (json) return printJson(items);
    if (items.length === 0) return print('Nobody is on the erasure list.');
    print(
      table(
        [{ title: 'Identifier' }, { title: 'People', right: true }, { title: 'First' }, { title: 'Last' }],
        items.map((list) => [list.identifier_type, String(list.people), day(list.first_at), day(list.last_at)]),
      ),
    );
  });

const day = (iso: string): string => iso.slice(0, 10);

async function change({ json, identifier, defaultCountry, undo }: Flags): Promise<void> {
  if (!identifier) {
    throw new LineupError('invalid_argument', `Give the kind of identifier: --identifier ${either(takenTypes)}.`);
  }
  await withApi(async ({ client, signal }) => {
    const values = await read(identifier, signal);
    const body = {
      identifier_type: identifier,
      values,
      ...(defaultCountry !== undefined && { default_country: defaultCountry }),
    };
    if (undo) {
      const undone = await client.call('POST /erasures/undo', { body });
      if (json) return printJson(undone);
      print(`${paint('green', 'Removed')} from the erasure list: ${undone.removed}`);
      if (undone.not_listed > 0) print(`Not on the list: ${undone.not_listed}`);
      return;
    }
    const result = await client.call('POST /erasures', { body });
    if (json) printJson(result);
    else await show(client, result);
  });
}

/** @throws {LineupError} `invalid_argument`, never with what was read */
async function read(identifier: IdentifierType, signal: AbortSignal): Promise<string[]> {
  const given = isAtTerminal()
    ? await askHidden(`Identifier (${identifier}), not shown:`, signal)
    : await text(process.stdin);
  const values = given.split(/\r?\n/).filter((line) => line.trim() !== '');
  if (values.length === 0) {
    throw new LineupError('invalid_argument', 'Give the identifiers on standard input, one a line.');
  }
  if (values.length > MAX_PEOPLE) {
    throw new LineupError('invalid_argument', `Give at most ${MAX_PEOPLE} people at once, and not ${values.length}.`);
  }
  return values;
}

async function show(
  client: ApiClient,
  { added, already_listed, staged, uploads, audiences, jobs }: Erasure,
): Promise<void> {
  print(`${paint('green', 'Added')} to the erasure list: ${added}. On it before: ${already_listed}.`);
  for (const { run_id, job_name } of staged) {
    print(`The staged chunks of run ${run_id} (${safe(job_name)}) are removed. The run stages again.`);
  }
  if (audiences.length === 0) print('No run has sent this kind of identifier anywhere.');
  else {
    print('\nAudiences that may hold them (a destination can neither be searched nor remove one person):');
    const nameOf = (id: string | null) => jobs.find((job) => job.id === id)?.name ?? 'no job';
    print(
      table(
        [{ title: 'Ad account' }, { title: 'Audience' }, { title: 'Name' }, { title: 'Last sent' }, { title: 'Job' }],
        audiences.map((audience) => [
          audience.ad_account_id,
          audience.audience_id,
          audience.audience_name ?? '',
          audience.last_write_at === null ? 'unknown' : day(audience.last_write_at),
          nameOf(audience.job_id),
        ]),
      ),
    );
  }
  const daysOf = (id: string) => audiences.find(({ job_id }) => job_id === id)?.member_days ?? null;
  for (const { id, name, outcome } of jobs) {
    const days = daysOf(id);
    if (outcome === 'started' && days === null) print(`A run of "${safe(name)}" replaces its audience now.`);
    else if (days !== null) {
      printWarning(
        `No run of "${safe(name)}" sends them from now on, but none takes them away: they stay in its audience for up to ${days} days after they were sent last. Only deleting the audience is faster.`,
      );
    }
    if (outcome === 'running') {
      print(
        `A run of "${safe(name)}" is in progress. It leaves them out, or another run follows at once. If somebody stops it, run: lineup jobs run ${id}`,
      );
    }
  }
  for (const { id, name, outcome, error } of jobs) {
    if (outcome !== 'refused') continue;
    if (daysOf(id) !== null) continue;
    const why = `The audience of "${name}" is not replaced yet. ${error?.message ?? ''}`;
    printWarning(`${why}${await wayOut(client, id)} The next run of the job replaces it.`);
  }
  for (const { ad_account_id, audience_id, job_id, member_days, last_write_at } of audiences) {
    if (job_id !== null) continue;
    if (member_days !== null) {
      printWarning(
        `No job fills the audience ${audience_id} any more, and none takes them away: they stay for up to ${member_days} days after they were sent last${last_write_at === null ? '' : `, so until ${day(leftBy(last_write_at, member_days))} at the latest`}. Only deleting the audience is faster.`,
      );
      continue;
    }
    printWarning(
      `No job replaces the audience ${audience_id}. If it still exists, delete it: ${calledAs()} audiences delete ${audience_id} --ad-account ${ad_account_id}`,
    );
  }
  for (const upload of uploads) printWarning(aboutUpload(upload));
}

const leftBy = (sent: string, days: number): string => new Date(Date.parse(sent) + days * 24 * 3_600_000).toISOString();

/** What takes the job on, as far as the service can say. */
async function wayOut(client: ApiClient, id: string): Promise<string> {
  const job = await client.call('GET /jobs/:id', { params: { id } }).catch(() => undefined);
  const command = job && commandFor(job);
  return command ? ` Possible now: "${command}".` : '';
}

function aboutUpload({ id, name, jobs, holds }: Erasure['uploads'][number]): string {
  const hint = `The uploaded file "${name}" (${id}) ${holds ? 'holds' : 'may hold'} them.`;
  return jobs.length === 0
    ? `${hint} No job reads it. If nobody needs it, delete it.`
    : `${hint} These jobs read it: ${jobs.map((job) => `"${job.name}"`).join(', ')}. Upload the file without them, choose that one in the jobs, and delete this one.`;
}
