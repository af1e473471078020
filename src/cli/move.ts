/** `lineup move`: from the embedded database to a PostgreSQL server. */
import { Command } from 'commander';
import type { Moved, MovedKey, MoveOutcome } from '../compose/move.ts';
import { readConfig } from '../config/config.ts';
import { LineupError } from '../domain/errors/errors.ts';
import { number, paint, print, printJson, printNotice, printWarning, safe, table } from './output.ts';
import { interruptible } from './terminal.ts';

interface Flags {
  to?: string;
  dryRun?: boolean;
  json?: boolean;
}

export function moveCommand(): Command {
  return new Command('move')
    .description(
      'Copies everything from the embedded database of the data directory to an empty PostgreSQL database, in one transaction, and compares each table. Stop the service first. The embedded database stays as it is.',
    )
    .option(
      '--to <url>',
      'the database, e.g. postgresql://user@host:5432/lineup, with the password in PGPASSWORD or ~/.pgpass (default: DATABASE_URL)',
    )
    .option('--dry-run', 'copy and compare everything, then undo it')
    .option('--json', 'print JSON')
    .action(run);
}

async function run({ to, dryRun = false, json }: Flags): Promise<void> {
  const { moveToServer, outcomeMessages } = await import('../compose/move.ts');
  let outcome = 'nothing' as MoveOutcome;
  const work = async (signal: AbortSignal) => {
    let at = '';
    const moved = await moveToServer(await readConfig(), {
      to,
      dryRun,
      signal,
      note: printWarning,
      onProgress: ({ table: name, rows, of: total }) => {
        if (name !== at) printNotice(`Copying ${name} · ${number(rows)} of ${number(total)} rows`);
        at = name;
      },
      onOutcome: (now) => {
        outcome = now;
      },
    });
    if (json) printJson({ dryRun, ...moved });
    else show(moved, dryRun);
  };
  try {
    await interruptible(work, {
      onSecondSignal: () => outcomeMessages[outcome],
      isOutcome: (error) => error instanceof LineupError,
    });
  } catch (error) {
    // An error after the commit (when the old database is closed) does not say that the move is complete.
    if (outcome === 'all') printNotice(outcomeMessages.all);
    throw error;
  }
}

function show({ place, tables, key, stillUsed, noLongerUsed }: Moved, dryRun: boolean): void {
  print(
    table(
      [{ title: 'Table' }, { title: 'Rows', right: true }],
      tables.map(({ table: name, rows }) => [name, number(rows)]),
    ),
  );
  const all = `${number(tables.reduce((sum, { rows }) => sum + rows, 0))} rows of ${tables.length} tables`;
  if (dryRun) {
    print(`${paint('green', 'It would work')}: ${all} are the same at ${safe(place)}. Everything was undone.`);
    return;
  }
  print(`${paint('green', 'Moved')} ${all} to ${safe(place)}; all tables match.`);
  print('');
  print(paint('bold', 'Before you start the service again:'));
  print('1. Set DATABASE_URL to the new database, for every process.');
  print(`2. ${keyInstruction(key)}`);
  if (stillUsed.length > 0) {
    print(`3. Keep what the service still needs: ${stillUsed.map(safe).join(', ')}`);
  }
  print(
    `The old database was not changed. When the service works on the new one, you can delete: ${noLongerUsed.map(safe).join(', ')}`,
  );
  if (!key.opensAll) {
    printWarning(
      'The current secret key cannot decrypt all stored secrets. The rows were moved unchanged. The service needs the key that encrypted them.',
    );
  }
}

function keyInstruction(key: MovedKey): string {
  const old = key.old.map(({ path }) => safe(path)).join(', ');
  return old === ''
    ? presentKey(key)
    : `${presentKey(key)} A restored backup also needs ${old}: keep it beside secret.key, or set LINEUP_SECRET_KEY to both, separated by a comma.`;
}

function presentKey({ from, path }: MovedKey): string {
  switch (from) {
    case 'LINEUP_SECRET_KEY':
      return 'Keep the same LINEUP_SECRET_KEY: without it, nobody can read the stored credentials.';
    case 'file':
      return `Give every process the same key: set LINEUP_SECRET_KEY to the content of ${safe(path)}, or keep that file on a disk that stays. Keep a copy of it: without it, nobody can read the stored credentials.`;
    case 'nowhere':
      return 'The key of the stored credentials was not found. Set LINEUP_SECRET_KEY to it.';
  }
}
