/** `lineup secrets`: the key that stored credentials are sealed with. */
import { Command } from 'commander';
import { rotateSecretKeys } from '../compose/maintenance.ts';
import { readConfig } from '../config/config.ts';
import { number, paint, print, printJson, printWarning } from './output.ts';

export function secretsCommand(): Command {
  const secrets = new Command('secrets')
    .summary('the key that stored credentials are sealed with')
    .description('The key that stored credentials are sealed with.');
  secrets
    .command('rotate')
    .description(
      'Seals all stored secrets with a new key. With a key file the new key is made and the old one taken out; with LINEUP_SECRET_KEY, set it to the new key and the old one after it, separated by a comma, first.',
    )
    .option('--json', 'print JSON')
    .addHelpText(
      'after',
      '\nStop the service first. Where several processes cannot all stop: start each with both keys, rotate, then start each with the new one alone.',
    )
    .action(async ({ json }: { json?: boolean }) => {
      const sealed = await rotateSecretKeys(await readConfig(), printWarning);
      if (json) return printJson({ sealed });
      print(`${paint('green', 'Rotated')}: ${number(sealed)} secrets are sealed with the new key`);
    });
  return secrets;
}
