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
  'The backup does not contain the secret key. Keep a copy of secret.key in the data directory (or LINEUP_SECRET_KEY) in another safe place.';

export function backupCommand(): Command {
  return new Command('backup')
    .summary('back up the service’s database to a file')
    .description(
      `Writes the database of the data directory to a new file. Stop the service first. ${KEY_REMINDER}`,
    )
    .argument('<file>', 'the new file, e.g. lineup-2026-11-25.tar.gz')
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
    .summary('restore a backup to an empty data directory')
    .description(
      'Restores a backup to a data directory without a database. Before you start the service, provide the secret key that encrypted the backup’s secrets.',
    )
    .argument('<file>', 'the backup file')
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
    .summary('manage the key that encrypts stored credentials')
    .description('Manages the key that encrypts stored credentials.');
  secrets
    .command('rotate')
    .description(
      'Encrypts all stored secrets with a new key. With a key file, Lineup creates the new key and removes the old one. With LINEUP_SECRET_KEY, first set it to <new key>,<old key>.',
    )
    .option('--json', 'print JSON')
    .addHelpText(
      'after',
      '\nStop the service first. If you cannot stop all processes: start each one with both keys, rotate, then start each one with only the new key.',
    )
    .action(async ({ json }: { json?: boolean }) => {
      const sealed = await rotateSecretKeys(await readConfig(), printWarning);
      if (json) return printJson({ sealed });
      print(`${paint('green', 'Rotated')}: ${number(sealed)} secrets are encrypted with the new key`);
    });
  return secrets;
}
