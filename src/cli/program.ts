/** All commands, each a file. */
import { Command } from 'commander';
import packageJson from '../../package.json' with { type: 'json' };
import { accountsCommand } from './accounts.ts';
import { audiencesCommand } from './audiences.ts';
import { checkCommand } from './check.ts';
import { demoCommand } from './demo.ts';
import { exportCommand } from './export.ts';
import { prepareCommand } from './prepare.ts';
import { runsCommand } from './runs.ts';
import { simulateCommand } from './simulate.ts';

export function program(): Command {
  const lineup = new Command('lineup')
    .description('Puts your own audience into LINE Ads: hashed, guarded, resumable.')
    .version(packageJson.version)
    .addHelpText('after', '\nFirst time? "lineup demo" shows the whole way on a simulator of LINE.');
  const commands = [
    exportCommand(),
    prepareCommand(),
    audiencesCommand(),
    accountsCommand(),
    checkCommand(),
    runsCommand(),
    simulateCommand(),
    demoCommand(),
  ];
  for (const command of commands) lineup.addCommand(command);
  return quiet(lineup);
}

/** Errors are thrown instead of printed, so that there is one way to tell them; help still goes to stdout. */
function quiet(command: Command): Command {
  command
    .exitOverride()
    .configureOutput({ outputError: () => {} })
    .showSuggestionAfterError();
  command.commands.forEach(quiet);
  return command;
}
