/** `lineup authorizations connect` and the choice of the base account: what a person does in the browser, by a code. */
import { createInterface } from 'node:readline';
import { Command } from 'commander';
import { calledAs } from '../../config/environment.ts';
import type { Authorization } from '../../contracts/authorizations.ts';
import { LineupError } from '../../domain/errors/errors.ts';
import { findAuthorization } from '../api/find.ts';
import { type ApiSession, withApi } from '../api/session.ts';
import { checkMark, paint, print, printJson, printNotice, safe, table } from '../output.ts';
import { askHidden, confirm, isAtTerminal } from '../terminal.ts';

interface Flags {
  json?: boolean;
}

/** A code is short. More is not one. */
const MAX_CODE = 2_000;

/** @param show prints an authorization, as the other commands do */
export function connectCommands(show: (authorization: Authorization, flags: Flags) => void): readonly Command[] {
  const commandOf = (name: string, description: string): Command =>
    new Command(name)
      .description(description)
      .argument('<authorization>', 'its id or label')
      .option('--json', 'print JSON');
  return [
    commandOf(
      'connect',
      'connect an authorization whose provider asks for a consent: open the address, then enter the code',
    )
      .option('--replace-identity', 'allow that another Business ID than before consents')
      .action((idOrName: string, flags: Flags & { replaceIdentity?: boolean }) =>
        withApi(async (session) => {
          const connected = await connect(session, idOrName, flags.replaceIdentity ?? false);
          show(connected, flags);
          if (connected.connection?.account === null) printNotice(chooseNext(connected));
        }),
      ),
    commandOf(
      'disconnect',
      'forget the consent and its tokens: the jobs of the authorization wait until it is connected',
    )
      .option('--yes', 'do not ask for confirmation')
      .action((idOrName: string, { yes, ...flags }: Flags & { yes?: boolean }) =>
        withApi(async (session) => {
          const { id, label } = await findAuthorization(session.client, idOrName);
          if (!yes) await confirm(await aboutJobs(session, id, label), 'disconnect', session.signal);
          show(await session.client.call('DELETE /authorizations/:id/consent', { params: { id } }), flags);
        }),
      ),
    commandOf('base-accounts', 'list the base accounts that a connected authorization can use').action(
      (idOrName: string, { json }: Flags) => withApi((session) => listAccounts(session, idOrName, json ?? false)),
    ),
    commandOf('choose-base-account', 'choose the base account of an authorization')
      .argument('<account>', 'its number')
      .action((idOrName: string, account_id: string, flags: Flags) =>
        withApi(async ({ client }) => {
          const { id, revision } = await findAuthorization(client, idOrName);
          const body = { revision, account_id };
          show(await client.call('PUT /authorizations/:id/base-account', { params: { id }, body }), flags);
        }),
      ),
  ];
}

async function connect({ client, signal }: ApiSession, idOrName: string, replaces: boolean): Promise<Authorization> {
  const { id, label, revision } = await findAuthorization(client, idOrName);
  const params = { id };
  const body = { revision, by: 'code' as const, replace_identity: replaces };
  const { url } = await client.call('POST /authorizations/:id/consent', { params, body });
  printNotice(`Open this address in a browser, sign in, and consent for "${safe(label)}":\n\n  ${safe(url)}\n`);
  const code = await readCode(signal);
  return client.call('POST /authorizations/:id/consent/code', { params, body: { code } });
}

/** What the person must know before the jobs stop. */
async function aboutJobs({ client }: ApiSession, id: string, label: string): Promise<string> {
  const { items } = await client.call('GET /authorizations/:id/jobs', { params: { id } });
  const waiting =
    items.length === 0
      ? 'No job uses it.'
      : `These jobs then wait, and their lists lose members by age: ${items.map(({ name }) => `"${name}"`).join(', ')}.`;
  return `Disconnect "${label}"? Lineup forgets its tokens, and somebody must consent again. ${waiting}`;
}

/** Never from an argument: other users of the machine see those. */
async function readCode(signal: AbortSignal): Promise<string> {
  const given = isAtTerminal()
    ? await askHidden('The code that it shows, not shown here:', signal)
    : await firstLine(signal);
  const code = given.trim();
  if (code === '' || code.length > MAX_CODE) {
    throw new LineupError('invalid_argument', 'Give the code at the terminal, or as a line of standard input.');
  }
  return code;
}

async function firstLine(signal: AbortSignal): Promise<string> {
  const lines = createInterface({ input: process.stdin, signal });
  try {
    for await (const line of lines) return line;
    return '';
  } finally {
    lines.close();
  }
}

const chooseNext = ({ label }: Authorization): string =>
  `Choose its base account: "${calledAs()} authorizations base-accounts ${safe(label)}" lists them, and "${calledAs()} authorizations choose-base-account ${safe(label)} <account>" chooses one.`;

async function listAccounts({ client }: ApiSession, idOrName: string, json: boolean): Promise<void> {
  const { id, connection } = await findAuthorization(client, idOrName);
  const { items } = await client.call('GET /authorizations/:id/base-accounts', { params: { id } });
  if (json) return printJson(items);
  if (items.length === 0) return print('The Business ID that has consented can use no account.');
  print(
    table(
      [{ title: '' }, { title: 'Account' }, { title: 'Name' }, { title: 'Kind' }, { title: 'Problem' }],
      items.map((account) => [
        checkMark(account.problem === null),
        account.id === connection?.account?.id ? paint('bold', account.id) : account.id,
        safe(account.name ?? ''),
        account.is_manager ? 'manages others' : 'ad account',
        safe(account.problem?.message ?? ''),
      ]),
    ),
  );
}
