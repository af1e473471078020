/** `lineup authorizations`: stored credentials of a running service. */

import { randomUUID } from 'node:crypto';
import { Command } from 'commander';
import { calledAs } from '../../config/environment.ts';
import type { Authorization } from '../../contracts/authorizations.ts';
import { defaultDestination } from '../../domain/destinations/index.ts';
import { findAuthorization, listAuthorizations } from '../api/find.ts';
import { withApi } from '../api/session.ts';
import { oneOf } from '../options.ts';
import { checkMark, moment, paint, print, printJson, reportDeletion, safe, safeLines, table } from '../output.ts';
import { adAccount } from '../schema-options.ts';
import { confirm } from '../terminal.ts';
import { connectCommands } from './connect.ts';
import {
  type CredentialFlags,
  envOption,
  idsOf,
  methodOf,
  readCredentials,
  referenceOption,
  refuseNothing,
  withMethods,
} from './credentials.ts';

interface Flags {
  json?: boolean;
}

interface TrialFlags {
  adAccount?: string;
  saveAnyway?: boolean;
}

const trialOf = ({ adAccount, saveAnyway }: TrialFlags) => ({
  verify: saveAnyway ? ('anyway' as const) : ('first' as const),
  adaccount_id: adAccount,
});

const paramsOf = ({ id }: Authorization) => ({ id });

export function authorizationsCommand(): Command {
  const authorizations = new Command('authorizations').description(
    'Manages the stored credentials of the service at LINEUP_URL. They are read from the environment or standard input, and are never shown.',
  );
  const add = (name: string, description: string): Command =>
    authorizations.command(name).description(description).option('--json', 'print JSON');
  const addOf = (name: string, description: string): Command =>
    add(name, description).argument('<authorization>', 'its id or label');
  const credentials = (command: Command): Command =>
    command
      .option(
        '--env <key=VARIABLE>',
        'the variable that holds a field, such as secret_key=MY_SECRET; may be given several times (default: the usual variable of each field)',
        envOption,
      )
      .option(
        '--reference <key=place>',
        'where the service finds a secret outside, such as secret_key=file:/run/secrets/line, =env:NAME or =program:NAME; may be given several times; only for administrators',
        referenceOption,
      )
      .option('--stdin', 'read all fields as a JSON object from standard input');

  add('list', 'list authorizations').action((flags: Flags) =>
    withApi(async ({ client }) => {
      const all = await listAuthorizations(client);
      if (flags.json) return printJson(all);
      if (all.length === 0)
        return print(
          `No authorizations yet. "${calledAs()} authorizations create --help" shows how to make the first one.`,
        );
      print(
        table(
          [{ title: 'Id' }, { title: 'Label' }, { title: 'Method' }, { title: 'Health' }],
          all.map((authorization) => [
            authorization.id,
            authorization.label,
            authorization.method,
            healthOf(authorization),
          ]),
        ),
      );
    }),
  );

  addOf('show', 'show an authorization').action((idOrName: string, flags: Flags) =>
    withApi(async ({ client }) => show(await findAuthorization(client, idOrName), flags)),
  );

  const tried = (command: Command): Command =>
    command
      .option('--ad-account <id>', 'for LINE Ads: the ad account to verify the credentials with', adAccount)
      .option('--save-anyway', 'save the credentials even if they are not accepted');

  tried(credentials(add('create', 'create an authorization: verify credentials and store them')))
    .option(
      '--provider <id>',
      `${providerIds.slice(0, -1).join(', ')} or ${providerIds.at(-1)}`,
      oneOf('--provider', providerIds),
      defaultDestination.id,
    )
    .option('--method <id>', 'how to sign in, see below (default: the first method of the provider)')
    .requiredOption('--label <text>', 'label of the authorization')
    .option('--description <text>', 'description of the authorization', '')
    .addHelpText('after', `\nMethods of each provider:\n${methodLines()}`)
    .action(
      (
        flags: Flags &
          CredentialFlags &
          TrialFlags & { provider: string; method?: string; label: string; description: string },
      ) =>
        withApi(async ({ client }) => {
          const { provider, label, description } = flags;
          const method = methodOf(provider, flags.method);
          const configuration = await readCredentials(method, flags);
          const body = { provider, method: method.id, label, description, configuration, ...trialOf(flags) };
          show(await client.call('POST /authorizations', { body, idempotencyKey: randomUUID() }), flags);
        }),
    );

  addOf('verify', 'verify the stored credentials')
    .option('--ad-account <id>', 'for LINE Ads: the ad account to verify the credentials with', adAccount)
    .action((idOrName: string, flags: Flags & { adAccount?: string }) =>
      withApi(async ({ client }) => {
        const authorization = await findAuthorization(client, idOrName);
        const { health: found, checks: all } = await client.call('POST /authorizations/:id/verify', {
          params: paramsOf(authorization),
          body: { adaccount_id: flags.adAccount },
        });
        const checks = all.map(({ name, ok, message }) => ({ name, ok, message }));
        // Too many rights of a database user are no failure.
        const isWell = checks.every(({ name, ok }) => ok === true || name === 'rights');
        process.exitCode = found === 'healthy' && isWell ? 0 : 1;
        if (flags.json) return printJson({ health: found, checks });
        print(`"${safe(authorization.label)}" is ${health(found)}`);
        for (const { name, ok, message } of checks) print(`${checkMark(ok)} ${name}: ${safe(message)}`);
      }),
    );

  addOf('edit', 'change the label or the description')
    .option('--label <text>', 'label of the authorization')
    .option('--description <text>', 'description of the authorization')
    .action((idOrName: string, { json, ...change }: Flags & { label?: string; description?: string }) =>
      withApi(async ({ client }) => {
        const authorization = await findAuthorization(client, idOrName);
        const body = { revision: authorization.revision, ...change };
        show(await client.call('PATCH /authorizations/:id', { params: paramsOf(authorization), body }), { json });
      }),
    );

  tried(credentials(addOf('replace-secret', 'replace the stored credentials'))).action(
    (idOrName: string, flags: Flags & CredentialFlags & TrialFlags) =>
      withApi(async ({ client }) => {
        const authorization = await findAuthorization(client, idOrName);
        const method = methodOf(authorization.provider, authorization.method);
        refuseNothing(method, flags);
        const configuration = await readCredentials(method, flags);
        const body = { revision: authorization.revision, configuration, ...trialOf(flags) };
        show(await client.call('PATCH /authorizations/:id', { params: paramsOf(authorization), body }), flags);
      }),
  );

  for (const command of connectCommands(show)) authorizations.addCommand(command);

  addOf('delete', 'delete an authorization that no job uses')
    .option('--yes', 'do not ask for confirmation')
    .action((idOrName: string, flags: Flags & { yes?: boolean }) =>
      withApi(async ({ client, signal }) => {
        const authorization = await findAuthorization(client, idOrName);
        const question = `Delete the authorization "${authorization.label}"? Its credentials are erased. This cannot be undone.`;
        if (!flags.yes) await confirm(question, 'delete', signal);
        await client.call('DELETE /authorizations/:id', { params: paramsOf(authorization) });
        reportDeletion(authorization.id, authorization.label, flags.json);
      }),
    );
  return authorizations;
}

const providerIds = withMethods.map(({ id }) => id);

const widthOfIds = Math.max(...withMethods.map(({ id }) => id.length));
const methodLines = (): string =>
  withMethods.map(({ id, methods }) => `  ${id.padEnd(widthOfIds)}  ${idsOf(methods)}`).join('\n');

function show(authorization: Authorization, { json }: Flags): void {
  if (json) printJson(authorization);
  else print(describe(authorization));
}

const describe = (authorization: Authorization): string =>
  [
    `${paint('bold', safe(authorization.label))} · ${authorization.id} · ${paint(colours[authorization.health], healthOf(authorization))}`,
    `${authorization.provider} ${authorization.method}`,
    ...connectionLines(authorization),
    ...Object.entries(authorization.references ?? {}).map(([key, reference]) => `${key}: ${safe(reference)}`),
    ...[authorization.description, authorization.health_reason].flatMap((text) => (text ? [safeLines(text)] : [])),
  ].join('\n');

function connectionLines({ id, connection }: Authorization): string[] {
  if (!connection) return [];
  if (!connection.connected) return [`Connect it: "${calledAs()} authorizations connect ${safe(id)}".`];
  const { by, at, identity, refreshed_at, account } = connection;
  return [
    `connected by ${safe(by ?? '–')} ${moment(at)}, as ${safe(identity ?? '–')}; access renewed ${moment(refreshed_at)}`,
    `base account: ${account ? safe([account.id, account.name].filter(Boolean).join(' ')) : 'not chosen yet'}`,
  ];
}

const colours = { healthy: 'green', unhealthy: 'red', unknown: 'dim' } as const;
const health = (value: Authorization['health']): string => paint(colours[value], value);
function healthOf({ enter_again, connection, health: value }: Authorization): string {
  if (enter_again) return 'enter again';
  return connection?.connected === false ? 'not connected' : value;
}
