/** `lineup check`: checks whether an export would be accepted. */

import { Command } from 'commander';
import type { DestinationCheck } from '../compose/local-exports.ts';
import type { IdentifierType } from '../domain/audiences/requests.ts';
import { withLocalExports } from './local-session.ts';
import { id, localType } from './options.ts';
import { checkMark, print, printJson, safe } from './output.ts';
import { adAccount } from './schema-options.ts';

const titles: Readonly<Record<string, string>> = {
  connection: 'Connection',
  clock: 'Clock',
  key: 'Key',
  ad_account: 'Ad account',
  role: 'Role',
  audience: 'Audience',
};

export function checkCommand(): Command {
  return new Command('check')
    .description(
      'Checks the connection, the clock, the key and its role, the ad account and, if given, the audience.\nChanges nothing at LINE.',
    )
    .requiredOption('--ad-account <id>', 'LINE Ads account, e.g. A1', adAccount)
    .option('--audience-id <id>', 'also check this custom audience', id('--audience-id'))
    .option('--identifier-type <type>', 'also check that the audience takes email, phone or ifa', localType())
    .option('--json', 'print JSON')
    .action((flags: { adAccount: string; audienceId?: string; identifierType?: IdentifierType; json?: boolean }) =>
      withLocalExports(
        async ({ exports, signal }) => {
          const checks = await exports.check(
            {
              account: flags.adAccount,
              audienceId: flags.audienceId,
              identifierType: flags.identifierType,
            },
            signal,
          );
          const ok = checks.every((check) => check.ok === true);
          if (flags.json) printJson({ ok, checks });
          else for (const check of checks) print(line(check));
          process.exitCode = ok ? 0 : 1;
        },
        { adAccountId: flags.adAccount },
      ),
    );
}

function line({ name, ok, message }: DestinationCheck): string {
  return `${checkMark(ok)} ${(titles[name] ?? name).padEnd(11)} ${safe(message)}`;
}
