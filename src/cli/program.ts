/** All commands. Each is a file that is loaded only when it is called, or for the help. */
import { Command } from 'commander';
import packageJson from '../../package.json' with { type: 'json' };
import { refuseRepeated } from './repeated.ts';

const commands: Record<string, () => Promise<Command>> = {
  export: async () => (await import('./export.ts')).exportCommand(),
  prepare: async () => (await import('./prepare.ts')).prepareCommand(),
  fields: async () => (await import('./fields.ts')).fieldsCommand(),
  audiences: async () => (await import('./audiences.ts')).audiencesCommand(),
  accounts: async () => (await import('./accounts.ts')).accountsCommand(),
  check: async () => (await import('./check.ts')).checkCommand(),
  runs: async () => (await import('./runs/commands.ts')).runsCommand(),
  serve: async () => (await import('./serve.ts')).serveCommand(),
  authorizations: async () => (await import('./authorizations/commands.ts')).authorizationsCommand(),
  jobs: async () => (await import('./jobs/commands.ts')).jobsCommand(),
  'suppression-lists': async () => (await import('./suppression-lists/commands.ts')).suppressionListsCommand(),
  'forget-member': async () => (await import('./forget-member.ts')).forgetMemberCommand(),
  alerts: async () => (await import('./alerts.ts')).alertsCommand(),
  'health-report': async () => (await import('./health-report.ts')).healthReportCommand(),
  tokens: async () => (await import('./tokens.ts')).tokensCommand(),
  users: async () => (await import('./users.ts')).usersCommand(),
  notifications: async () => (await import('./notifications.ts')).notificationsCommand(),
  apply: async () => (await import('./apply/command.ts')).applyCommand(),
  diff: async () => (await import('./apply/command.ts')).diffCommand(),
  'export-config': async () => (await import('./apply/command.ts')).exportConfigCommand(),
  secrets: async () => (await import('./maintenance.ts')).secretsCommand(),
  backup: async () => (await import('./maintenance.ts')).backupCommand(),
  restore: async () => (await import('./maintenance.ts')).restoreCommand(),
  doctor: async () => (await import('./doctor.ts')).doctorCommand(),
  move: async () => (await import('./move.ts')).moveCommand(),
  simulate: async () => (await import('./simulate.ts')).simulateCommand(),
  demo: async () => (await import('./demo/command.ts')).demoCommand(),
  completion: async () => (await import('./reference/commands.ts')).completionCommand(() => program([])),
  man: async () => (await import('./reference/commands.ts')).manCommand(() => program([])),
};

/** The program with the command of `args`, or with all commands when `args` names none. */
export async function program(args: readonly string[]): Promise<Command> {
  const lineup = new Command('lineup')
    .description('Exports your own audience to LINE Ads: hashed, guarded, resumable.')
    .version(packageJson.version)
    .addHelpText(
      'after',
      '\nFirst time? "lineup demo" shows everything on a simulator of LINE.\nCompletion in your shell: "lineup completion --help". The manual: "lineup man | man -l -".',
    );
  const called = commands[args[0] ?? ''];
  for (const load of called ? [called] : Object.values(commands)) lineup.addCommand(await load());
  return quiet(lineup);
}

/**
 * Makes Commander throw errors instead of printing them, so that `start` reports all errors. Help still goes to stdout.
 */
function quiet(command: Command): Command {
  command
    .exitOverride()
    .configureOutput({ outputError: () => {} })
    .showSuggestionAfterError();
  command.commands.forEach(quiet);
  refuseRepeated(command);
  return command;
}
