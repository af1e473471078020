/** `lineup jobs webhook-secret`: makes the secret that signs the webhooks of a job. */
import { open, rm } from 'node:fs/promises';
import type { Command } from 'commander';
import { LineupError } from '../../domain/errors/errors.ts';
import { overlapHours } from '../../domain/schedule/triggers/bounds.ts';
import { API_PATH } from '../../domain/values/api-path.ts';
import { findJob } from '../api/find.ts';
import { withApi } from '../api/session.ts';
import { wholeNumber } from '../options.ts';
import { paint, print, printJson, printNotice, safe } from '../output.ts';

interface Flags {
  json?: boolean;
  file?: string;
  rotate?: boolean;
  oldValidHours?: number;
}

export const webhookSecret = (command: Command): Command =>
  command
    .option('--file <path>', 'write the secret into a new file that only you may read, in place of standard output')
    .option('--rotate', 'make another secret; without it, a job that has one is refused')
    .option(
      '--old-valid-hours <n>',
      `with --rotate: hours for which the secret before goes on, 0 to ${overlapHours.most} (default: ${overlapHours.usual})`,
      wholeNumber('--old-valid-hours', 0, overlapHours.most, ' of hours'),
    )
    .action((idOrName: string, { json, file, rotate, oldValidHours }: Flags) =>
      withApi(async ({ client }) => {
        if (oldValidHours !== undefined && !rotate)
          throw new LineupError('invalid_argument', '--old-valid-hours is for --rotate. Add it.');
        const { id, name } = await findJob(client, idOrName);
        const params = { id };
        // Before the secret exists: one that cannot be written is lost.
        const target = file === undefined ? undefined : await newFile(file);
        let isWritten = false;
        try {
          const made = await client.call('POST /jobs/:id/webhook-secret', {
            params,
            body: { rotate, old_valid_hours: oldValidHours },
          });
          await target?.writeFile(`${made.secret}\n`);
          isWritten = true;
          const url = `${client.url}${API_PATH}/jobs/${id}/webhook`;
          const until = made.old_valid_until;
          if (json)
            return printJson({ url, old_valid_until: until, ...(file === undefined && { secret: made.secret }) });
          printNotice(
            [
              `${paint('green', 'Made')} the secret for webhooks to ${url}, of "${safe(name)}". It is shown only once.`,
              ...(until === null ? [] : [`The one before is valid until ${until}.`]),
            ].join('\n'),
          );
          if (file === undefined) print(made.secret);
        } finally {
          await target?.close();
          if (file !== undefined && target && !isWritten) await rm(file);
        }
      }),
    );

/** @throws {LineupError} when it is there already, or cannot be made */
const newFile = (path: string) =>
  open(path, 'wx', 0o600).catch(({ code }: NodeJS.ErrnoException) => {
    throw new LineupError(
      'invalid_argument',
      code === 'EEXIST'
        ? `The file ${path} is there already. Choose another name, or remove it first.`
        : `The file ${path} cannot be written (${code}). Choose another place.`,
    );
  });
