/** The exit statuses of the command line: one table, which the help and the documentation show. */
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Command } from 'commander';
import { expect, test } from 'vitest';
import { exportCommand } from '../../src/cli/export.ts';
import { jobsCommand } from '../../src/cli/jobs/commands.ts';
import { runsCommand } from '../../src/cli/runs/commands.ts';
import { exits } from '../../src/domain/errors/exit-status.ts';

const docs = resolve(import.meta.dirname, '../../docs');

/** The rows of a table whose first cell is a number: the number, and the second cell up to a colon. */
const rowsOf = (page: string): [number, string][] =>
  [...readFileSync(join(docs, page), 'utf8').matchAll(/^\| (\d+) \| ([^|:]+?)(?::[^|]*)? \|/gm)].map(
    ([, status, words]) => [Number(status), words!],
  );

test('the documentation has the same statuses and words', () => {
  expect(rowsOf('pipelines.md')).toEqual(exits.map(({ status, waiting }) => [status, waiting]));
  expect(rowsOf('export.md')).toEqual(exits.flatMap(({ status, local }) => (local === null ? [] : [[status, local]])));
});

test('the help of every command that waits has them', () => {
  const helpOf = (command: Command): string => {
    let text = '';
    const writeOut = (part: string) => {
      text += part;
    };
    command.configureOutput({ writeOut });
    command.outputHelp();
    return text;
  };
  const waiting = [
    ...['create', 'run', 'run-anyway'].map(
      (name) => jobsCommand().commands.find((command) => command.name() === name)!,
    ),
    runsCommand().commands.find((command) => command.name() === 'watch')!,
  ];
  for (const command of waiting) {
    for (const { status, waiting: words } of exits) expect(helpOf(command)).toContain(`${status} ${words}`);
  }
  for (const { status, local } of exits) {
    if (local !== null) expect(helpOf(exportCommand())).toContain(`${status} ${local}`);
  }
});
