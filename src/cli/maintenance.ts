/**
 * `lineup backup`, `lineup restore` and `lineup secrets`: the service's database as one file, and the key that its stored
 * credentials are sealed with.
 */
import { Command } from 'commander';
import { backUpTo, restoreFrom, rotateSecretKeys } from '../compose/maintenance.ts';
import { readConfig } from '../config/config.ts';
import { bytes, number, paint, print, printJson, printNotice, printWarning } from './output.ts';

interface Flags {
  json?: boolean;
}

const KEY_REMINDER =
  'The key of its secrets is not in it: keep secret.key of the data directory (or LINEUP_SECRET_KEY) apart from the backup, and do not lose it.';

export function backupCommand(): Command {
  return new Command('backup')
    .summary('write the service’s database to one file')
    .description(
      `Writes the database of the data directory to a new file, while no service runs on it. ${KEY_REMINDER}`,
    )
    .argument('<file>', 'where to write it, e.g. lineup-2026-11-25.tar.gz')
    .option('--json', 'print JSON')
    .action(async (file: string, { json }: Flags) => {
      const size = await backUpTo(await readConfig(), file, printWarning);
      if (json) return printJson({ file, bytes: size });
      print(`${paint('green', 'Backed up')} to ${file}, ${bytes(size)}`);
      printNotice(KEY_REMINDER);
    });
}

export function restoreCommand(): Command {
  return new Command('restore')
    .summary('bring a backup into an empty data directory')
    .description(
      'Brings a backup into a data directory that has no database yet. The key that its secrets were sealed with must be there when the service starts.',
    )
    .argument('<file>', 'the backup')
    .option('--json', 'print JSON')
    .action(async (file: string, { json }: Flags) => {
      const config = await readConfig();
      const jobs = await restoreFrom(config, file, printWarning);
      if (json) return printJson({ file, dataDirectory: config.dataDirectory, jobs });
      print(`${paint('green', 'Restored')} into ${config.dataDirectory}: ${number(jobs)} jobs`);
    });
}

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
