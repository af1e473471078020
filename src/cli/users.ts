/** `lineup users`: the people who may sign in to a running service. */
import { Command } from 'commander';
import type { ListedUser } from '../domain/people/people.ts';
import { findUser } from './api/find.ts';
import { withApi } from './api/session.ts';
import { paint, print, printJson, printWarning, safe, table } from './output.ts';
import { confirm } from './terminal.ts';

interface Flags {
  json?: boolean;
}

/** The role and where it is from, or since when and why there is none. */
function roleText({ role, role_from, disabled, disabled_at, disabled_by, disabled_because }: ListedUser): string {
  if (!disabled) return role_from === 'groups' ? `${role} (from groups)` : role;
  if (disabled_because === null || disabled_at === null) return `${role} (disabled)`;
  const why = {
    administrator: `by ${disabled_by}`,
    no_group: 'in no group that has a role',
    provider: 'refused by single sign-on',
  }[disabled_because];
  return `${role} (disabled ${disabled_at.slice(0, 10)}, ${why})`;
}

export function usersCommand(): Command {
  const users = new Command('users').description(
    'Lists the users of the service at LINEUP_URL, disables and enables them, and removes users for good. Requires an administrator’s token.',
  );
  const add = (name: string, description: string): Command =>
    users.command(name).description(description).option('--json', 'print JSON');

  add('list', 'list users, the oldest first').action(({ json }: Flags) =>
    withApi(async ({ client }) => {
      const { items } = await client.call('GET /users');
      if (json) return printJson(items);
      print(
        table(
          [{ title: 'Id' }, { title: 'Name' }, { title: 'E-mail' }, { title: 'Role' }, { title: 'Since' }],
          items.map((user) => [user.id, user.name, user.email, roleText(user), user.created_at.slice(0, 10)]),
        ),
      );
    }),
  );

  const setDisabled = (name: string, description: string, disabled: boolean): void => {
    add(name, description)
      .argument('<user>', 'their id, e-mail address or name')
      .action((given: string, { json }: Flags) =>
        withApi(async ({ client }) => {
          const { id } = await findUser(client, given);
          const user = await client.call('PATCH /users/:id', { params: { id }, body: { disabled } });
          if (json) return printJson(user);
          print(`${paint('green', disabled ? 'Disabled' : 'Enabled')}: ${safe(user.name)}, ${roleText(user)}.`);
        }),
      );
  };
  setDisabled('disable', 'end the sessions of a user, and refuse their API tokens; their jobs go on', true);
  setDisabled('enable', 'let a disabled user in again', false);

  add(
    'remove',
    'remove a user for good: sessions and tokens go, and a number stands in place of the name and the e-mail address',
  )
    .argument('<user>', 'their id, e-mail address or name')
    .option('--yes', 'do not ask for confirmation')
    .action((given: string, { json, yes }: Flags & { yes?: boolean }) =>
      withApi(async ({ client, signal }) => {
        const { id, name } = await findUser(client, given);
        if (!yes) {
          await confirm(
            `Remove the user "${name}" and their API tokens? Their jobs and lists stay. This cannot be undone.`,
            'remove',
            signal,
          );
        }
        const former = await client.call('DELETE /users/:id', { params: { id } });
        if (json) return printJson(former);
        print(`${paint('green', 'Removed')}. In place of the name stands "${safe(former.name)}".`);
        for (const label of former.channels) {
          printWarning(
            `The notification channel "${label}" still sends to the address of this person. Change its addresses.`,
          );
        }
      }),
    );
  return users;
}
