/** `lineup accounts`: the ad accounts that a key may use. */
import { Command } from 'commander';
import { withLocalExports } from './local-session.ts';
import { id } from './options.ts';
import { print, printJson, table } from './output.ts';

export function accountsCommand(): Command {
  return new Command('accounts')
    .description('Lists the ad accounts that a group owns or has linked.')
    .requiredOption('--group <id>', 'the group of your API user, e.g. G1', id('--group'))
    .option('--json', 'print JSON')
    .action((flags: { group: string; json?: boolean }) =>
      withLocalExports(async ({ exports, signal }) => {
        const list = await (await exports.lineAds()).adAccounts(flags.group, signal);
        if (flags.json) return printJson(list);
        if (list.length === 0) return print(`Group ${flags.group} has no ad accounts.`);
        print(
          table(
            [{ title: 'Id' }, { title: 'Name' }],
            list.map((account) => [account.id, account.name ?? '']),
          ),
        );
      }),
    );
}
