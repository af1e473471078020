/**
 * `lineup backup`, `lineup restore` and `lineup secrets`: the service's database as one file, and the key that its
 * stored credentials are sealed with.
 */
import { Command } from 'commander';
import type { Loss } from '../compose/secret-keys.ts';
import { readConfig } from '../config/config.ts';
import { calledAs } from '../config/environment.ts';
import { bytes, number, paint, print, printJson, printNotice, printWarning, safe } from './output.ts';
import { confirm, interruptible } from './terminal.ts';

interface Flags {
  json?: boolean;
}

const KEY_REMINDER =
  'The backup does not contain the secret key. Keep a copy of secret.key in the data directory (or LINEUP_SECRET_KEY) in another safe place.';

export function backupCommand(): Command {
  return new Command('backup')
    .description(`Writes the database of the data directory to a new file. Stop the service first. ${KEY_REMINDER}`)
    .argument('<file>', 'the new file, e.g. lineup-2026-11-25.tar.gz')
    .option('--json', 'print JSON')
    .action(async (file: string, { json }: Flags) => {
      const { backUpTo } = await import('../compose/maintenance.ts');
      const { bytes: size, keyIds } = await backUpTo(await readConfig(), file, printWarning);
      if (json) return printJson({ file, bytes: size, key_ids: keyIds });
      print(`${paint('green', 'Backed up')} to ${file}, ${bytes(size)}`);
      if (keyIds.length > 0) print(`To restore it with its credentials, you need ${keysText(keyIds)}.`);
      printNotice(KEY_REMINDER);
    });
}

const keysText = (ids: readonly string[]): string =>
  `the secret key${ids.length === 1 ? '' : 's'} ${ids.map(safe).join(' and ')}`;

export function restoreCommand(): Command {
  return new Command('restore')
    .description(
      'Restores a backup to a data directory without a database. Before you start the service, provide the secret key that encrypted the backup’s secrets.',
    )
    .argument('<file>', 'the backup file')
    .option('--json', 'print JSON')
    .action(async (file: string, { json }: Flags) => {
      const { restoreFrom } = await import('../compose/maintenance.ts');
      const config = await readConfig();
      const { jobs, keyIds, missing, old } = await restoreFrom(config, file, printWarning);
      const { dataDirectory } = config;
      if (json) {
        return printJson({
          file,
          dataDirectory,
          jobs,
          key_ids: keyIds,
          missing_keys: missing,
          old_keys: old,
        });
      }
      print(`${paint('green', 'Restored')} into ${dataDirectory}: ${number(jobs)} jobs`);
      for (const { id, path } of old) {
        print(
          `The backup needs the earlier secret key ${id}, which is in ${path}. The service finds it there. "${calledAs()} secrets rotate" encrypts everything with a new key.`,
        );
      }
      if (missing.length > 0) {
        printWarning(
          `The backup needs ${keysText(missing)}, which ${missing.length === 1 ? 'is' : 'are'} not here. Before you start the service, set LINEUP_SECRET_KEY to it, or put it into secret.key in the data directory. If it is lost: ${calledAs()} secrets forget`,
        );
      }
    });
}

export function secretsCommand(): Command {
  const secrets = new Command('secrets').description('Manages the key that encrypts stored credentials.');
  secrets
    .command('rotate')
    .description(
      'Encrypts all stored secrets with a new key. With a key file, Lineup creates the new key, and keeps the old one in a file beside it. With LINEUP_SECRET_KEY, first set it to <new key>,<old key>.',
    )
    .option('--json', 'print JSON')
    .addHelpText(
      'after',
      '\nStop the service first. If you cannot stop all processes: start each one with both keys, rotate, then start each one with only the new key.',
    )
    .action(async ({ json }: Flags) => {
      const { rotateSecretKeys } = await import('../compose/secret-keys.ts');
      const { sealed, keyId, path, at, old } = await rotateSecretKeys(await readConfig(), printWarning);
      if (json) return printJson({ sealed, key_id: keyId, path, at: at.toISOString(), old_keys: old });
      print(
        `${paint('green', 'Rotated')}: ${number(sealed)} secrets are encrypted with the new key ${keyText(keyId, path)}`,
      );
      for (const key of old) {
        const until = `until you have deleted the last backup from before ${at.toISOString()}. Those backups need it.`;
        if (key.path) print(`The old key ${key.id} is now in ${key.path}. Keep it ${until} A restore finds it there.`);
        else print(`Keep the old key ${key.id} ${until} To restore one: LINEUP_SECRET_KEY=<new key>,<old key>`);
      }
      if (path === null) print('Now start each process with only the new key.');
    });
  secrets
    .command('forget')
    .description(
      'Starts an installation again whose secret key is lost. Drops only what needs that key: stored credentials must be entered again. Jobs, runs, people and everything else stay.',
    )
    .option('--yes', 'do not ask for confirmation')
    .option('--json', 'print JSON')
    .addHelpText('after', '\nStop every process of the service first.')
    .action(({ json, yes }: Flags & { yes?: boolean }) =>
      interruptible(async (signal) => {
        const { forgetSecretKeys } = await import('../compose/secret-keys.ts');
        const { dropped, keyId, path, enterAgain } = await forgetSecretKeys(
          await readConfig(),
          printWarning,
          async (loss) => {
            if (yes) printNotice(lossText(loss));
            else await confirm(lossText(loss), 'forget', signal);
          },
        );
        if (json) return printJson({ key_id: keyId, path, dropped: forJson(dropped), enter_again: enterAgain });
        print(`${paint('green', 'Forgotten')}. The secret key is now ${keyText(keyId, path)}`);
        if (dropped.erasures > 0) printWarning(erasuresFirst());
        const again = [...enterAgain.authorizations, ...enterAgain.channels];
        const isAny = again.length > 0 || dropped.mailServer;
        print(isAny ? 'Start the service, then enter these again:' : 'Start the service.');
        // First: channels that use it need it.
        if (dropped.mailServer) print('  the e-mail server: in the web app, Settings → E-mail server');
        for (const label of enterAgain.authorizations) {
          print(`  ${calledAs()} authorizations replace-secret ${JSON.stringify(safe(label))}`);
        }
        for (const label of enterAgain.channels) {
          print(`  ${calledAs()} notifications edit ${JSON.stringify(safe(label))} --stdin`);
        }
      }),
    );
  return secrets;
}

const keyText = (id: string, path: string | null): string =>
  path ? `${id} in ${path}. Keep a copy of it in another safe place.` : `${id}.`;

const erasuresFirst = (): string =>
  `The erasure list is empty now. Enter its people again with "${calledAs()} forget-member" before you enter credentials of a destination: until then, no run leaves them out.`;

const forJson = ({ keyIds, mailServer, ...counts }: Loss): object => ({
  ...counts,
  mail_server: mailServer,
  key_ids: keyIds,
});

/** What is dropped, what a person must do about it, and what stays. */
function lossText(loss: Loss): string {
  const { keyIds, authorizations, tokens, channels, uploads, runs, sessions, mailServer, erasures } = loss;
  const parts = [
    authorizations > 0 && `the credentials of ${number(authorizations)} authorizations (enter them again)`,
    tokens > 0 &&
      `the access tokens of ${number(tokens)} authorizations (Lineup gets new ones, or asks you to connect)`,
    channels > 0 && `the targets of ${number(channels)} notification channels (enter them again)`,
    mailServer && 'the e-mail server of the settings with its password (enter it again)',
    uploads > 0 && `the content of ${number(uploads)} uploaded files (upload them again)`,
    runs > 0 && `the staged chunks of ${number(runs)} runs (they read their sources again)`,
    sessions && 'the secret of sign-in (everybody signs in again)',
    erasures > 0 && `the erasure list of ${number(erasures)} people (enter them again first)`,
  ].filter((part) => part !== false);
  const why =
    keyIds.length === 0
      ? 'Some stored secrets cannot be decrypted.'
      : `The database needs ${keysText(keyIds)}, which ${keyIds.length === 1 ? 'is' : 'are'} not here.`;
  const effect = parts.length === 0 ? 'Nothing else needs it.' : `This drops ${parts.join('; ')}.`;
  return `${why} ${effect} Jobs, runs, people and their passwords, API tokens, other settings and the audit log stay. This cannot be undone.`;
}
