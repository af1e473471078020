/** All commands, each a file that is read only when it is called (or when help is asked for). */
import { Command } from 'commander';
import packageJson from '../../package.json' with { type: 'json' };

const commands: Record<string, () => Promise<Command>> = {
  export: async () => (await import('./export.ts')).exportCommand(),
  prepare: async () => (await import('./prepare.ts')).prepareCommand(),
  fields: async () => (await import('./fields.ts')).fieldsCommand(),
  audiences: async () => (await import('./audiences.ts')).audiencesCommand(),
  accounts: async () => (await import('./accounts.ts')).accountsCommand(),
  check: async () => (await import('./check.ts')).checkCommand(),
  runs: async () => (await import('./runs.ts')).runsCommand(),
  serve: async () => (await import('./serve.ts')).serveCommand(),
  authorizations: async () => (await import('./authorizations.ts')).authorizationsCommand(),
  jobs: async () => (await import('./jobs.ts')).jobsCommand(),
  tokens: async () => (await import('./tokens.ts')).tokensCommand(),
  notifications: async () => (await import('./notifications.ts')).notificationsCommand(),
  apply: async () => (await import('./apply.ts')).applyCommand(),
  diff: async () => (await import('./apply.ts')).diffCommand(),
  'export-config': async () => (await import('./apply.ts')).exportConfigCommand(),
  secrets: async () => (await import('./secrets.ts')).secretsCommand(),
  backup: async () => (await import('./backup.ts')).backupCommand(),
  restore: async () => (await import('./backup.ts')).restoreCommand(),
  simulate: async () => (await import('./simulate.ts')).simulateCommand(),
  demo: async () => (await import('./demo.ts')).demoCommand(),
};

/** The program, with the command that `args` call, or with all of them. */
export async function program(args: readonly string[]): Promise<Command> {
  const lineup = new Command('lineup')
    .description('Puts your own audience into LINE Ads: hashed, guarded, resumable.')
    .version(packageJson.version)
    .addHelpText('after', '\nFirst time? "lineup demo" shows the whole way on a simulator of LINE.');
  const called = commands[args[0] ?? ''];
  for (const load of called ? [called] : Object.values(commands)) lineup.addCommand(await load());
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
