/** `lineup suppression-lists`: who must never be in an audience of a running service. */

import { randomUUID } from 'node:crypto';
import { Command } from 'commander';
import { calledAs } from '../../config/environment.ts';
import { type IdentifierType, identifierTypes } from '../../domain/audiences/requests.ts';
import {
  listAppliesTo,
  type SuppressionList,
  type SuppressionListView,
  seenSizesOf,
} from '../../domain/audiences/suppression-lists.ts';
import { takenTypes } from '../../domain/destinations/index.ts';
import { LineupError } from '../../domain/errors/errors.ts';
import { letInByDeletion, letInByList } from '../../domain/jobs/let-in.ts';
import { inEnglish } from '../../domain/text/sentence.ts';
import { maxShrink } from '../../domain/values/bounds.ts';
import type { ApiClient, BodyOf } from '../api/client.ts';
import { findAuthorization, findSuppressionList, listSuppressionLists } from '../api/find.ts';
import { withApi } from '../api/session.ts';
import { type FileFlags, fileOptionsOf, fileReadingOptions } from '../file-flags.ts';
import { confirmLetIn, type LetInFlag, letInOption } from '../let-in.ts';
import { oneOf } from '../options.ts';
import { print, printJson, printNotice, reportDeletion } from '../output.ts';
import { fraction } from '../schema-options.ts';
import { confirm } from '../terminal.ts';
import { describeList, describeRefusals, listsTable } from './show.ts';

interface Flags {
  json?: boolean;
}

interface ListFlags extends FileFlags {
  name?: string;
  description?: string;
  /** An empty text for files. */
  sourceAuthorization?: string;
  /** Of each field: an empty text takes it out. */
  emailField?: string;
  phoneField?: string;
  ifaField?: string;
  lineUserIdField?: string;
  appliesTo?: SuppressionList['applies_to'];
  maxShrink?: number;
}

export function suppressionListsCommand(): Command {
  const lists = new Command('suppression-lists').description(
    'Manages the suppression lists of the service at LINEUP_URL. Every run reads the lists that apply to its job, and leaves their members out. Changes need the token of an administrator.',
  );
  const add = (name: string, description: string): Command =>
    lists.command(name).description(description).option('--json', 'print JSON');
  const addOf = (name: string, description: string): Command =>
    add(name, description).argument('<list>', 'its id or name');

  add('list', 'list suppression lists').action((flags: Flags) =>
    withApi(async ({ client }) => {
      const all = await listSuppressionLists(client);
      if (flags.json) return printJson(all);
      if (all.length === 0)
        return print(
          `No suppression lists yet. "${calledAs()} suppression-lists create --help" shows how to make the first one.`,
        );
      print(listsTable(all));
    }),
  );

  addOf('show', 'show a suppression list and the jobs that use it').action((idOrName: string, flags: Flags) =>
    withApi(async ({ client }) => {
      const { id } = await findSuppressionList(client, idOrName);
      show(await client.call('GET /suppression-lists/:id', { params: { id } }), flags);
    }),
  );

  listOptions(add('create', 'create a suppression list')).action((flags: Flags & ListFlags) =>
    withApi(async ({ client }) => {
      const body = {
        ...(await aboutOf(client, flags)),
        ...fileOptionsOf(flags, undefined),
        fields: fieldsOf(flags, {}),
      };
      // The service reports required values that the flags leave out, each with its key.
      const made = await client.call('POST /suppression-lists', {
        body: body as BodyOf<'POST /suppression-lists'>,
        idempotencyKey: randomUUID(),
      });
      show(made, flags);
    }),
  );

  letInOption(
    listOptions(addOf('edit', 'change the given settings')),
    'do not ask, if the list kept so many members out of the last runs of jobs where it will not any more',
  ).action((idOrName: string, flags: Flags & ListFlags & LetInFlag) =>
    withApi(async ({ client, signal }) => {
      const { id } = await findSuppressionList(client, idOrName);
      const list = await client.call('GET /suppression-lists/:id', { params: { id } });
      const options = fileOptionsOf(flags, list.file_options);
      const change = {
        ...(await aboutOf(client, flags)),
        ...('file_options' in options && { file_options: options.file_options ?? null }),
        ...(hasField(flags) && { fields: fieldsOf(flags, list.fields) }),
      };
      const let_in = await confirmLetIn(letInByList(list, change), flags.letIn, signal);
      const body = { revision: list.revision, ...change, let_in };
      show(await client.call('PATCH /suppression-lists/:id', { params: { id: list.id }, body }), flags);
    }),
  );

  addOf('accept-size', 'show how a list has shrunk, and accept what it has')
    .option('--yes <numbers>', 'do not ask, if these are the numbers that the command shows, e.g. 1000:300')
    .action((idOrName: string, flags: Flags & { yes?: string }) =>
      withApi(async ({ client, signal }) => {
        const list = await findSuppressionList(client, idOrName);
        const { id, name } = list;
        const body = seenSizesOf(list);
        const numbers = body.sizes.map(({ before, after }) => `${before}:${after}`).join(',');
        if (numbers === '') {
          throw new LineupError(
            'action_not_allowed',
            `No run has stopped because "${name}" has shrunk, so there is no size to accept.`,
          );
        }
        if (flags.yes === undefined) {
          printNotice(describeRefusals(list));
          await confirm('Accept this?', 'accept', signal, `--yes ${numbers}`);
        } else if (flags.yes !== numbers) {
          throw new LineupError(
            'changed_meanwhile',
            `The numbers are not ${flags.yes}, so nothing was accepted. They are ${numbers}:\n${describeRefusals(list)}`,
          );
        }
        show(await client.call('POST /suppression-lists/:id/accept-size', { params: { id }, body }), flags);
      }),
    );

  letInOption(
    addOf('delete', 'delete a suppression list that no job chooses'),
    'of a list for all jobs: how many members it kept out in their last runs, who come back',
  )
    .option('--yes', 'do not ask for confirmation; a list for all jobs also needs --let-in')
    .action((idOrName: string, flags: Flags & LetInFlag & { yes?: boolean }) =>
      withApi(async ({ client, signal }) => {
        const { id, name } = await findSuppressionList(client, idOrName);
        const found = letInByDeletion(await client.call('GET /suppression-lists/:id', { params: { id } }));
        const effect = found ? inEnglish(found.what) : 'From the next run on, its members are in the audiences again.';
        if (!flags.yes) await confirm(`Delete the suppression list "${name}"? ${effect}`, 'delete', signal);
        // What the person has seen here, or brought along.
        const letIn = flags.letIn ?? (flags.yes ? undefined : found?.members);
        await client.call('DELETE /suppression-lists/:id', { params: { id }, query: { let_in: letIn } });
        reportDeletion(id, name, flags.json);
      }),
    );
  return lists;
}

/** The flag of each identifier type. */
const fieldFlags = {
  email: { flag: '--email-field', key: 'emailField', holds: 'e-mail addresses' },
  phone: { flag: '--phone-field', key: 'phoneField', holds: 'phone numbers' },
  ifa: { flag: '--ifa-field', key: 'ifaField', holds: 'advertising IDs' },
  line_user_id: { flag: '--line-user-id-field', key: 'lineUserIdField', holds: 'LINE user IDs' },
} as const satisfies Record<IdentifierType, { flag: string; key: keyof ListFlags; holds: string }>;

const fieldOptions = (command: Command): Command =>
  takenTypes.reduce((before, type) => {
    const { flag, holds } = fieldFlags[type];
    return before.option(`${flag} <name>`, `the field with ${holds}; "" for none`);
  }, command);

const listOptions = (command: Command): Command =>
  fieldOptions(
    fileReadingOptions(
      command
        .option('--name <name>', 'name of the list')
        .option('--description <text>', 'description of the list')
        .option('--source-authorization <id or label>', 'the authorization of the source; "" for files')
        .option('--audience <id>', 'where its members are: a file, a Lytics audience, a table'),
    ),
  )
    .option(
      '--applies-to <jobs>',
      'all_jobs, or chosen_jobs for the jobs that choose it (default: all_jobs)',
      oneOf('--applies-to', listAppliesTo.options),
    )
    .option(
      '--max-shrink <fraction>',
      'largest share of its members that it may lose between two runs',
      fraction('--max-shrink', maxShrink),
    );

/** The parts of a list outside its fields and file options, as far as flags give them. */
async function aboutOf(client: ApiClient, flags: ListFlags) {
  const { name, description, sourceAuthorization: source, audience, appliesTo, maxShrink } = flags;
  return {
    ...(name !== undefined && { name }),
    ...(description !== undefined && { description }),
    ...(source !== undefined && {
      source_authorization_id: source === '' ? null : (await findAuthorization(client, source)).id,
    }),
    ...(audience !== undefined && { segment_id: audience }),
    ...(appliesTo && { applies_to: appliesTo }),
    ...(maxShrink !== undefined && { max_shrink: maxShrink }),
  };
}

const hasField = (flags: ListFlags): boolean => takenTypes.some((type) => flags[fieldFlags[type].key] !== undefined);

/** All fields after a change. @param before those of the edited list */
const fieldsOf = (flags: ListFlags, before: SuppressionList['fields']): SuppressionList['fields'] =>
  Object.fromEntries(
    identifierTypes
      .map((type) => [type, flags[fieldFlags[type].key] ?? before[type]] as const)
      .filter(([, field]) => field),
  );

function show(list: SuppressionListView, { json }: Flags): void {
  if (json) printJson(list);
  else print(describeList(list));
}
