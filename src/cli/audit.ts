/** `lineup audit`: the audit log of a running service: its newest entries, all of them as JSON lines, or new ones. */
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { Command } from 'commander';
import { type AuditEntry, type AuditFilter, auditFilter, type ShownAuditEntry } from '../contracts/audit.ts';
import { LineupError } from '../domain/errors/errors.ts';
import { readRunFilter, runFilter } from '../domain/runs/filter.ts';
import { type ApiSession, withApi } from './api/session.ts';
import { wholeNumber } from './options.ts';
import { print, printJson, printWarning, safe, second, table } from './output.ts';

interface Flags {
  actor?: string;
  verb?: string;
  subjectType?: string;
  subject?: string;
  from?: string;
  to?: string;
  limit?: number;
  json?: boolean;
  lines?: boolean;
  after?: number;
  follow?: boolean;
}

const NEWEST = 50;
/** How often the service is asked for new entries. */
const LOOK_EVERY_MS = 1_000;
/** How soon it is asked again when it was away. */
const AGAIN_MS = 5_000;
const PART = 500;

export function auditCommand(): Command {
  return new Command('audit')
    .description(
      'Shows the audit log of the service at LINEUP_URL: who changed what. Requires an administrator’s token.',
    )
    .option('--limit <n>', `how many of the newest entries (default: ${NEWEST})`, wholeNumber('--limit', 1, 1_000_000))
    .option('--json', 'print an array of them')
    .option('--lines', 'print every entry as a line of JSON, oldest first')
    .option('--follow', 'print what comes from now on, until Ctrl-C; with --lines as lines of JSON')
    .option(
      '--after <id>',
      'with --lines or --follow: begin after the entry with this id',
      wholeNumber('--after', 0, Number.MAX_SAFE_INTEGER),
    )
    .option('--actor <text>', 'only entries of these people or tokens: a part of the name')
    .option('--verb <verb>', 'only these actions, such as create or change')
    .option('--subject-type <type>', 'only entries about this kind, such as job or user')
    .option('--subject <id>', 'only entries about this one')
    .option('--from <time>', 'only entries from this time: 2026-11-01 (UTC), or 2026-11-01T09:00:00Z')
    .option('--to <time>', 'only entries until this time; a date includes the whole day')
    .action((flags: Flags) => {
      const isStream = flags.lines || flags.follow;
      if (isStream && (flags.json || flags.limit !== undefined)) {
        throw new LineupError('invalid_argument', '--lines and --follow take neither --json nor --limit.');
      }
      if (!isStream && flags.after !== undefined) {
        throw new LineupError('invalid_argument', '--after needs --lines or --follow.');
      }
      const filter = filterOf(flags);
      return withApi((session) => (isStream ? stream(session, filter, flags) : list(session, filter, flags)));
    });
}

async function list({ client }: ApiSession, filter: AuditFilter, { limit = NEWEST, json }: Flags): Promise<void> {
  const entries: ShownAuditEntry[] = [];
  for await (const entry of client.list('GET /audit-log', { query: filter })) {
    if (entries.push(entry) >= limit) break;
  }
  if (json) return printJson(entries);
  if (entries.length === 0) return print('No entry matches.');
  print(
    table(
      [{ title: 'Id', right: true }, { title: 'Time (UTC)' }, { title: 'Who' }, { title: 'Action' }, { title: 'What' }],
      entries.map((entry) => [
        String(entry.id),
        second(entry.at),
        entry.actor,
        entry.action,
        entry.subject_name ?? entry.subject_id,
      ]),
    ),
  );
}

/** No part is larger than `PART`, so a log of any length needs little memory. */
async function stream({ client, signal }: ApiSession, filter: AuditFilter, flags: Flags): Promise<void> {
  const { lines, follow } = flags;
  const newest = async () => (await client.call('GET /audit-log', { query: { limit: 1 } })).items[0]?.id ?? 0;
  let after = flags.after ?? (follow ? await newest() : 0);
  let until: number | undefined;
  let isAway = false;
  for (;;) {
    const part = await client
      .call('GET /audit-log/entries', { query: { ...filter, after, limit: PART } })
      .catch((error: unknown) => {
        // Who follows waits for a service that starts again.
        if (!follow || signal.aborted || !(error instanceof LineupError) || !error.retryable) throw error;
        if (!isAway) printWarning(`${error.message} Trying again until it answers.`);
        return undefined;
      });
    isAway = part === undefined;
    if (part) {
      await write(part.items.map((entry) => (lines ? JSON.stringify(entry) : lineOf(entry))));
      after = part.after;
      // What others write meanwhile could go on for ever.
      until ??= part.newest;
      if (after >= until && !follow) return;
      // A full part has a next one at once. Otherwise a transaction has not ended, or there is nothing new.
      if (part.items.length === PART) continue;
    }
    await delay(part ? LOOK_EVERY_MS : AGAIN_MS, undefined, { signal }).catch(() => signal.throwIfAborted());
  }
}

const lineOf = ({ at, actor, action, subject_id, detail }: AuditEntry): string => {
  const name = detail.name ?? detail.label;
  const quoted = typeof name === 'string' ? [`"${safe(name)}"`] : [];
  return [second(at), safe(actor), action, safe(subject_id), ...quoted].join('  ');
};

/** Waits for a slow reader. */
async function write(lines: readonly string[]): Promise<void> {
  if (lines.length === 0) return;
  if (!process.stdout.write(`${lines.join('\n')}\n`)) await once(process.stdout, 'drain');
}

function filterOf({ actor, verb, subjectType, subject, ...times }: Flags): AuditFilter {
  const { data, error } = runFilter.pick({ from: true, to: true }).safeParse(times);
  if (!data) throw wrong(error.issues);
  const { from, to } = readRunFilter(data);
  const filter = auditFilter.safeParse({
    actor,
    verb,
    subject_type: subjectType,
    subject_id: subject,
    from: from?.toISOString(),
    to: to?.toISOString(),
  });
  if (!filter.data) throw wrong(filter.error.issues);
  return filter.data;
}

function wrong([issue]: readonly { readonly path: readonly PropertyKey[]; readonly message: string }[]): LineupError {
  const key = String(issue?.path[0]).replaceAll('_', '-').replace('subject-id', 'subject');
  return new LineupError('invalid_argument', `--${key}: ${issue?.message}`);
}
