/** `lineup tokens`: API tokens of a running service. The first one can be made in its database. */

import { Command } from 'commander';
import { readConfig } from '../config/config.ts';
import { calledAs } from '../config/environment.ts';
import { type ApiToken, type NewApiToken, role } from '../domain/people/people.ts';
import type { ApiClient } from './api/client.ts';
import { findApiToken, listApiTokens } from './api/find.ts';
import { withApi } from './api/session.ts';
import { oneOf, wholeNumber } from './options.ts';
import { paint, print, printJson, printNotice, printWarning, safe, table } from './output.ts';
import { confirm } from './terminal.ts';

interface Flags {
  json?: boolean;
}

interface Made {
  readonly token: string;
  readonly entry: ApiToken;
}

const DAY = 24 * 3_600_000;
const MAX_DAYS = 3_650;

export function tokensCommand(): Command {
  const tokens = new Command('tokens').description(
    'Manages the API tokens of the service at LINEUP_URL. Requires an administrator’s token.',
  );
  const add = (name: string, description: string): Command =>
    tokens.command(name).description(description).option('--json', 'print JSON');

  add('list', 'list active tokens').action(({ json }: Flags) =>
    withApi(async ({ client }) => {
      const all = await listApiTokens(client);
      if (json) return printJson(all);
      if (all.length === 0)
        return print(`No API tokens yet. "${calledAs()} tokens create --help" shows how to make the first one.`);
      print(
        table(
          [
            { title: 'Id' },
            { title: 'Name' },
            { title: 'Role' },
            { title: 'Works as' },
            { title: 'Ends in' },
            { title: 'Expires' },
            { title: 'Last used' },
          ],
          all.map((token) => [
            token.id,
            token.name,
            token.role,
            worksAs(token),
            token.hint,
            token.expires_at ?? 'never',
            token.last_used_at ?? '',
          ]),
        ),
      );
    }),
  );

  add('create', 'create a token; only the token is written to standard output, and it is shown only once')
    .requiredOption('--name <text>', 'name of the token')
    .option('--role <role>', 'viewer, editor or administrator', oneOf('--role', role.options), 'editor')
    .option(
      '--days <n>',
      'days until the token expires (default: never)',
      wholeNumber('--days', 1, MAX_DAYS, ' of days'),
    )
    .addHelpText(
      'after',
      '\nWithout LINEUP_URL, the token is created directly in the database (DATABASE_URL, or the data directory while no service is running). Use this to create the first token without a browser.',
    )
    .action(async ({ json, name, role, days }: Flags & Asked) => {
      const expires = days === undefined ? null : new Date(Date.now() + days * DAY).toISOString();
      const result = await create({ name, role, expires_at: expires });
      if (json) return printJson(result);
      printNotice(
        `${paint('green', 'Created')} "${safe(result.entry.name)}", ${result.entry.id}. It is shown only once:`,
      );
      print(result.token);
    });

  add('revoke', 'revoke a token')
    .argument('<token>', 'its id or name')
    .option('--yes', 'do not ask for confirmation')
    .action((idOrName: string, { json, yes }: Flags & { yes?: boolean }) =>
      withApi(async ({ client, signal }) => {
        const { id, name } = await findApiToken(client, idOrName);
        if (!yes) await confirm(`Revoke the token "${name}"?`, 'revoke', signal);
        await client.call('DELETE /api-tokens/:id', { params: { id } });
        if (json) printJson({ revoked: id });
        else print(`${paint('green', 'Revoked')} "${safe(name)}"`);
      }),
    );
  return tokens;
}

/** A token never has more rights than its maker has now. */
const worksAs = ({ role, effective_role }: ApiToken): string =>
  effective_role === null ? 'nothing (refused)' : effective_role === role ? role : `${effective_role} only`;

interface Asked {
  readonly name: string;
  readonly role: NewApiToken['role'];
  readonly days?: number;
}

async function create(wanted: NewApiToken): Promise<Made> {
  const config = await readConfig();
  if ((await config.remote()) === undefined) {
    const { createFirstToken } = await import('../compose/maintenance.ts');
    return createFirstToken(config, wanted, printWarning);
  }
  let result: Made | undefined;
  await withApi(async ({ client }: { client: ApiClient }) => {
    result = await client.call('POST /api-tokens', { body: wanted });
  });
  return result!;
}
