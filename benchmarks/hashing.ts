/** A table of a database, hashed by Lineup and hashed in the database: time, memory, and what the server sends. */
import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { inTurn, type Measured, markdown, roundsInTurn } from './measure.ts';
import { type MembersTable, withMembersTable } from './members-table.ts';
import { withMysqlMembers } from './mysql-members.ts';
import { difference, resultAt } from './results.ts';
import { scanAndStage, scanAndStageInto } from './sources.ts';

/** Above this number each is measured once, without a warm-up. */
const MAX_IN_ROUNDS = 10_000_000;

/** It needs minutes for more. */
const MAX_IN_MARIADB = 5_000_000;

/**
 * Prints a table for each database.
 * @returns whether both ways give the same lines; without a server, there is nothing to compare
 */
export async function benchHashing(directory: string, rows: number, rounds: number): Promise<boolean> {
  let isEqual = true;
  await withMembersTable(rows, async (table) => {
    isEqual = await compare('PostgreSQL', table, directory, rows, rounds);
  });
  const fewer = Math.min(rows, MAX_IN_MARIADB);
  await withMysqlMembers(fewer, async (table) => {
    isEqual = (await compare('MariaDB', table, directory, fewer, rounds)) && isEqual;
  });
  return isEqual;
}

const ways = { 'hashed by Lineup': [], 'hashed in the database': ['--hashed'] } as const;

async function compare(
  system: string,
  { source, environment, version }: MembersTable,
  directory: string,
  rows: number,
  rounds: number,
): Promise<boolean> {
  const received: Record<string, number> = {};
  const candidates = Object.fromEntries(
    Object.entries(ways).map(([name, flags]) => [
      name,
      () => {
        const note = join(directory, 'received.txt');
        const measured = scanAndStage(source, environment, directory, [...flags, '--received-to', note]);
        received[name] = Number(readFileSync(note, 'utf8'));
        return measured;
      },
    ]),
  );
  const figures: Record<string, Measured> =
    rows > MAX_IN_ROUNDS
      ? Object.fromEntries(Object.entries(roundsInTurn(candidates, 1)).map(([name, [measured]]) => [name, measured!]))
      : inTurn(candidates, rounds);
  console.log(`\n${rows.toLocaleString('en-US')} e-mails from ${system} ${version} to chunk files, whole processes\n`);
  console.log(
    markdown(
      ['way', 'seconds', 'rows/s', 'processor s of Lineup', 'peak memory of Lineup', 'from the server'],
      Object.entries(figures).map(([name, { seconds, processorSeconds, peakMb }]) => [
        name,
        seconds.toFixed(2),
        `${(rows / seconds / 1e6).toFixed(2)} M`,
        processorSeconds.toFixed(2),
        `${Math.round(peakMb)} MB`,
        `${Math.round(received[name]! / 1e6).toLocaleString('en-US')} MB`,
      ]),
    ),
  );
  return rows > MAX_IN_ROUNDS || isSame(source, environment, directory);
}

/** Compares all lines: without that, the times would say nothing. */
async function isSame(source: string, environment: MembersTable['environment'], directory: string): Promise<boolean> {
  const results = [];
  for (const [name, flags] of Object.entries(ways)) {
    const out = join(directory, name.replaceAll(' ', '-'));
    scanAndStageInto(out, source, environment, flags);
    results.push(await resultAt(out));
    rmSync(out, { recursive: true });
  }
  const found = difference(results[0]!, results[1]!, ['Lineup', 'the database']);
  if (found) console.error(`\nThe results differ: ${found}.`);
  return found === undefined;
}
