/** `lineup notifications`: the notification channels of a running service. */

import { Command } from 'commander';
import { z } from 'zod';
import { calledAs } from '../config/environment.ts';
import { type DomainEventType, domainEventTypes } from '../contracts/domain-events.ts';
import { type ChannelKind, channelKind } from '../contracts/notifications.ts';
import { LineupError } from '../domain/errors/errors.ts';
import { type LanguageCode, languageCode } from '../domain/text/localized.ts';
import type { BodyOf } from './api/client.ts';
import { findChannel, listChannels } from './api/find.ts';
import { withApi } from './api/session.ts';
import { readStandardInput, referenceOption } from './authorizations/credentials.ts';
import { oneOf } from './options.ts';
import { checkMark, paint, print, printJson, printNotice, reportDeletion, safe, safeLines, table } from './output.ts';
import { confirm } from './terminal.ts';

interface Flags {
  json?: boolean;
}

export function notificationsCommand(): Command {
  const notifications = new Command('notifications').description(
    'Manages the notification channels of the service at LINEUP_URL. Requires an administrator’s token.',
  );
  const add = (name: string, description: string): Command =>
    notifications.command(name).description(description).option('--json', 'print JSON');
  const addOf = (name: string, description: string): Command =>
    add(name, description).argument('<channel>', 'its id or label');

  add('list', 'list channels with their last errors').action(({ json }: Flags) =>
    withApi(async ({ client }) => {
      const all = await listChannels(client);
      if (json) return printJson(all);
      if (all.length === 0)
        return print(
          `No notification channels yet. "${calledAs()} notifications create --help" shows how to make the first one.`,
        );
      print(
        table(
          [{ title: 'Id' }, { title: 'Label' }, { title: 'Kind' }, { title: 'Target' }, { title: 'Last error' }],
          all.map((channel) => [channel.id, channel.label, channel.kind, channel.target, channel.last_error ?? '']),
        ),
      );
    }),
  );

  add('create', 'create a channel; its configuration is a JSON object on standard input, or --reference')
    .requiredOption('--kind <kind>', 'webhook, slack or email', oneOf('--kind', channelKind.options))
    .requiredOption('--label <text>', 'label of the channel')
    .option(
      '--events <list>',
      `some of ${domainEventTypes.join(',')} (default: all but job_succeeded and weekly_digest)`,
      eventList,
    )
    .option(
      '--language <code>',
      'language of the messages (default: the language of the installation)',
      oneOf('--language', languageCode.options),
    )
    .option(...referenceFlag)
    .option('--stdin', 'with --reference: read the rest of the configuration')
    .action(({ json, stdin, reference, ...about }: Flags & { kind: ChannelKind; label: string } & Changes & Places) =>
      withApi(async ({ client }) => {
        const configuration = await configurationOf({ stdin: stdin ?? reference === undefined, reference });
        // The service knows which configuration each kind has.
        const body = { ...about, configuration } as BodyOf<'POST /notification-channels'>;
        const answer = await client.call('POST /notification-channels', { body });
        if (json) return printJson(answer);
        print(`${paint('green', 'Created')} "${safe(answer.channel.label)}", ${answer.channel.id}`);
        showSigningKey(answer.signing_key);
      }),
    );

  addOf(
    'edit',
    'change a channel; --reference and --stdin, which reads a JSON object from standard input, make a new configuration',
  )
    .option('--label <text>', 'label of the channel')
    .option('--events <list>', `some of ${domainEventTypes.join(',')}`, eventList)
    .option('--language <code>', 'language of the messages', oneOf('--language', languageCode.options))
    .option(...referenceFlag)
    .option('--stdin', 'read a new configuration')
    .action((idOrName: string, { json, stdin, reference, ...about }: Flags & Changes & Places) =>
      withApi(async ({ client }) => {
        const { id } = await findChannel(client, idOrName);
        const configuration = stdin || reference ? await configurationOf({ stdin, reference }) : undefined;
        const body = { ...about, configuration };
        const changed = await client.call('PATCH /notification-channels/:id', { params: { id }, body });
        if (json) return printJson(changed);
        print(`${paint('green', 'Changed')} "${safe(changed.label)}", ${changed.target}`);
        showSigningKey(changed.signing_key ?? null);
      }),
    );

  addOf('test', 'send a test message').action((idOrName: string, { json }: Flags) =>
    withApi(async ({ client }) => {
      const { id } = await findChannel(client, idOrName);
      const result = await client.call('POST /notification-channels/:id/test', { params: { id } });
      process.exitCode = result.ok ? 0 : 1;
      if (json) return printJson(result);
      print(`${checkMark(result.ok)} ${safe(result.message)}`);
    }),
  );

  add('digest', 'show the weekly digest as it is now; with a channel, send it there at once')
    .argument('[channel]', 'its id or label')
    .option(
      '--language <code>',
      'language of the shown digest (default: the language of the installation)',
      oneOf('--language', languageCode.options),
    )
    .action((idOrName: string | undefined, { json, language }: Flags & { language?: LanguageCode }) =>
      withApi(async ({ client }) => {
        if (idOrName === undefined) {
          const digest = await client.call('GET /notification-channels/weekly-digest', {
            query: { language },
          });
          if (json) printJson(digest);
          else print(`${paint('bold', safe(digest.subject))}\n\n${safeLines(digest.text)}`);
          return;
        }
        if (language !== undefined) {
          throw new LineupError(
            'invalid_argument',
            `A channel has its own language. Leave out --language, or change it: "${calledAs()} notifications edit --help" shows how.`,
          );
        }
        const { id } = await findChannel(client, idOrName);
        const result = await client.call('POST /notification-channels/:id/weekly-digest', { params: { id } });
        process.exitCode = result.ok ? 0 : 1;
        if (json) return printJson(result);
        print(`${checkMark(result.ok)} ${safe(result.message)}`);
      }),
    );

  addOf('delete', 'delete a channel')
    .option('--yes', 'do not ask for confirmation')
    .action((idOrName: string, { json, yes }: Flags & { yes?: boolean }) =>
      withApi(async ({ client, signal }) => {
        const { id, label } = await findChannel(client, idOrName);
        if (!yes) await confirm(`Delete the channel "${label}"?`, 'delete', signal);
        await client.call('DELETE /notification-channels/:id', { params: { id } });
        reportDeletion(id, label, json);
      }),
    );
  return notifications;
}

function showSigningKey(key: string | null): void {
  if (key === null) return;
  printNotice('The key that signs the channel’s messages. It is shown only once:');
  print(key);
}

interface Changes {
  label?: string;
  events?: DomainEventType[];
  language?: LanguageCode;
}

interface Places {
  stdin?: boolean | undefined;
  reference?: Record<string, string> | undefined;
}

const referenceFlag = [
  '--reference <key=place>',
  'the place of a secret outside the service, such as url=file:/run/secrets/hook; repeat it for others',
  referenceOption,
] as const;

/** What references do not give comes from standard input. */
const configurationOf = async ({ stdin, reference }: Places): Promise<Record<string, unknown>> => ({
  ...(stdin &&
    (await readStandardInput(z.record(z.string(), z.unknown()), 'one JSON object, such as {"url": "https://…"}'))),
  ...reference,
});

const isEvent = (name: string): name is DomainEventType => domainEventTypes.some((type) => type === name);

function eventList(value: string): DomainEventType[] {
  const names = value.split(',').map((name) => name.trim());
  if (names.every(isEvent)) return names;
  const unknown = names.filter((name) => !isEvent(name));
  throw new LineupError(
    'invalid_argument',
    `--events takes ${domainEventTypes.join(', ')}, separated by commas, but got "${unknown.join(', ')}".`,
  );
}
