/** `lineup runs journal` and `lineup runs requests`: what a run did, and what it sent to its destination. */
import { Command } from 'commander';
import { readConfig } from '../../config/config.ts';
import type { NumberedRunEvent } from '../../contracts/run-progress.ts';
import type { RunRequestEntry } from '../../contracts/runs.ts';
import { ownerNamed } from '../../domain/destinations/index.ts';
import { LineupError } from '../../domain/errors/errors.ts';
import type { RunError } from '../../domain/runs/run.ts';
import type { RunEvent } from '../../domain/runs/run-events.ts';
import { withApi } from '../api/session.ts';
import { withLocalExports } from '../local-session.ts';
import { id, wholeNumber } from '../options.ts';
import { number, print, printJson, printNotice, second, table } from '../output.ts';

interface LogFlags {
  readonly json?: boolean;
  readonly limit: number;
}

/** More than the journal of a run with hundreds of chunks. */
const USUAL_LIMIT = 5_000;

const logOf = (name: string, description: string): Command =>
  new Command(name)
    .description(description)
    .argument('<run>', 'its id', id('<run>'))
    .option('--limit <n>', 'maximum number of entries', wholeNumber('--limit', 1, 1_000_000), USUAL_LIMIT)
    .option('--json', 'print an array of the entries');

export const journalCommand = (): Command =>
  logOf('journal', 'show the journal of a run, oldest entry first').action(async (runId: string, flags: LogFlags) => {
    if (!(await ofService())) {
      return withLocalExports(async ({ exports }) => {
        const events = await exports.runs.events(runId);
        show(
          events.map((event, n) => ({ seq: n + 1, event })),
          flags,
          journalTable,
        );
      });
    }
    await withApi(async ({ client }) => {
      const entries = client.list('GET /runs/:id/journal', { params: { id: runId }, query: {} });
      show(await firstOf(entries, flags.limit + 1), flags, journalTable);
    });
  });

export const requestsCommand = (): Command =>
  logOf('requests', 'show the requests of a run of the service to its destination, oldest first').action(
    async (runId: string, flags: LogFlags) => {
      if (!(await ofService())) {
        const { dataDirectory } = await readConfig();
        throw new LineupError(
          'invalid_argument',
          `A service lists the requests of each run, but LINEUP_URL is not set. Those of all local runs are in ${dataDirectory}/requests, one file for each month.`,
        );
      }
      await withApi(async ({ client }) => {
        const entries = client.list('GET /runs/:id/requests', { params: { id: runId }, query: {} });
        show(await firstOf(entries, flags.limit + 1), flags, requestsTable);
      });
    },
  );

const ofService = async (): Promise<boolean> => (await (await readConfig()).remote()) !== undefined;

async function firstOf<T>(entries: AsyncIterable<T>, count: number): Promise<T[]> {
  const first: T[] = [];
  for await (const entry of entries) if (first.push(entry) >= count) break;
  return first;
}

function show<T>(entries: readonly T[], { json, limit }: LogFlags, tableOf: (entries: readonly T[]) => string): void {
  const shown = entries.slice(0, limit);
  if (json) printJson(shown);
  else print(shown.length > 0 ? tableOf(shown) : 'There are no entries.');
  if (entries.length > limit) printNotice(`These are the first ${number(limit)}. For more, give a higher --limit.`);
}

const timeOf = (at: string): string => (at === '' ? '–' : second(at));

function journalTable(entries: readonly NumberedRunEvent[]): string {
  // The first entry, unless it cannot be read.
  const started = entries.map(({ event }) => event).find((event) => event.type === 'started');
  const owner = started ? ownerNamed(started.request.destination) : 'the destination';
  return table(
    [{ title: 'No.', right: true }, { title: 'Time (UTC)' }, { title: 'What' }],
    entries.map(({ seq, event }) => [String(seq), timeOf(event.at), describe(event, owner)]),
  );
}

const requestsTable = (entries: readonly RunRequestEntry[]): string =>
  table(
    [
      { title: 'Time (UTC)' },
      { title: 'Request' },
      { title: 'Status', right: true },
      { title: 'Attempt', right: true },
      { title: 'Took', right: true },
      { title: 'Error' },
    ],
    entries.map(({ at, method, endpoint, status, error, attempt, duration_ms }) => [
      timeOf(at),
      `${method} ${endpoint}`,
      status === null ? '–' : String(status),
      String(attempt),
      `${number(Math.round(duration_ms))} ms`,
      error ?? '',
    ]),
  );

function describe(event: RunEvent, owner: string): string {
  const prefix = 'delivery' in event && event.delivery !== undefined ? `identifier ${event.delivery}: ` : '';
  return `${prefix}${textOf(event, owner)}`;
}

const restarts = {
  expired: 'the source no longer knows the position',
  too_old: 'the checkpoint is too old',
  unusable: 'the checkpoint cannot be used',
} as const;

function textOf(event: RunEvent, owner: string): string {
  switch (event.type) {
    case 'started':
      return `started: field "${event.request.field}" (${event.request.identifierType}), ${event.request.mode}`;
    case 'resumed':
      return 'continued by another process or a person';
    case 'scan_continued':
      return `the scan continues after ${number(event.rows)} rows`;
    case 'scan_restarted':
      return `the scan starts again: ${restarts[event.reason]}`;
    case 'staged':
      return [event, ...(event.siblings ?? [])]
        .map(
          ({ counts, chunks }) =>
            `staged ${number(counts.unique)} members in ${number(chunks.length)} ${chunks.length === 1 ? 'chunk' : 'chunks'}`,
        )
        .join('; ');
    case 'split':
      return `divided ${number(event.rows)} members by ${number(event.parts)} values; ${number(event.without)} have none`;
    case 'life':
      return `audience ${event.audienceId} ends at ${timeOf(event.endsAt)}`;
    case 'renewed':
      return `renews audience ${event.from.audienceId}: fills ${event.audienceId ?? 'a new one'}, "${event.audienceName}"`;
    case 'compared':
      return `the audience holds ${event.before.size === null ? 'an unknown number of' : number(event.before.size)} members (${event.before.basis})`;
    case 'intent':
      return `chunk ${event.chunk}: about to send (${event.action})`;
    case 'created':
      return `audience ${event.audienceId} was created`;
    case 'accepted':
      return `chunk ${event.chunk}: ${owner} accepted it for audience ${event.audienceId}`;
    case 'not_taken':
      return `chunk ${event.chunk}: ${owner} has not taken it${event.reason === null ? '' : ` (${event.reason})`}`;
    case 'job':
      return `chunk ${event.chunk}: upload job ${event.uploadJobId} is ${[event.word ?? event.jobStatus, event.failedType].filter(Boolean).join(' ')}`;
    case 'warning':
      return `warning: ${event.warning.message}`;
    case 'delivery_failed':
      return `failed: ${failure(event.error)}`;
    case 'unreadable':
      return `"${event.event}", which this version cannot read`;
    case 'ended':
      return event.error ? `${event.status}: ${failure(event.error)}` : event.status;
  }
}

const failure = ({ code, message }: RunError): string => `${message} (${code})`;
