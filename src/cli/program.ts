/** All commands. The help of the program needs their summaries alone; a command is loaded when it is called. */
import { Command } from 'commander';
import packageJson from '../../package.json' with { type: 'json' };
import { refuseRepeated } from './repeated.ts';

interface Known {
  readonly summary: string;
  readonly load: () => Promise<Command>;
}

const commands: Readonly<Record<string, Known>> = {
  export: {
    summary: 'export an audience to LINE Ads',
    load: async () => (await import('./export.ts')).exportCommand(),
  },
  prepare: {
    summary: 'write chunk files without sending them',
    load: async () => (await import('./prepare.ts')).prepareCommand(),
  },
  fields: {
    summary: 'show the fields of a source and a masked preview',
    load: async () => (await import('./fields.ts')).fieldsCommand(),
  },
  audiences: {
    summary: 'manage custom audiences at LINE',
    load: async () => (await import('./audiences.ts')).audiencesCommand(),
  },
  accounts: {
    summary: 'list the ad accounts of a group',
    load: async () => (await import('./accounts.ts')).accountsCommand(),
  },
  check: {
    summary: 'check whether an export can run, without changes',
    load: async () => (await import('./check.ts')).checkCommand(),
  },
  runs: {
    summary: 'show past and current runs',
    load: async () => (await import('./runs/commands.ts')).runsCommand(),
  },
  serve: {
    summary: 'run the service: web app, API, scheduled jobs',
    load: async () => (await import('./serve.ts')).serveCommand(),
  },
  authorizations: {
    summary: 'manage the stored credentials of a service',
    load: async () => (await import('./authorizations/commands.ts')).authorizationsCommand(),
  },
  jobs: {
    summary: 'manage the scheduled exports of a service',
    load: async () => (await import('./jobs/commands.ts')).jobsCommand(),
  },
  'suppression-lists': {
    summary: 'manage who must never be in an audience of a service',
    load: async () => (await import('./suppression-lists/commands.ts')).suppressionListsCommand(),
  },
  'forget-member': {
    summary: 'leave a person out of every audience of a service',
    load: async () => (await import('./forget-member.ts')).forgetMemberCommand(),
  },
  alerts: {
    summary: 'list the alerts of a service, and set the rules of all jobs',
    load: async () => (await import('./alerts.ts')).alertsCommand(),
  },
  'health-report': {
    summary: 'show the audiences of a service, what deserves attention first',
    load: async () => (await import('./health-report.ts')).healthReportCommand(),
  },
  tokens: {
    summary: 'manage the API tokens of a service',
    load: async () => (await import('./tokens.ts')).tokensCommand(),
  },
  users: {
    summary: 'list and remove the people who may sign in to a service',
    load: async () => (await import('./users.ts')).usersCommand(),
  },
  audit: {
    summary: 'show, follow or export the audit log of a service',
    load: async () => (await import('./audit.ts')).auditCommand(),
  },
  notifications: {
    summary: 'manage the notification channels of a service',
    load: async () => (await import('./notifications.ts')).notificationsCommand(),
  },
  apply: {
    summary: 'apply a configuration file to a running service',
    load: async () => (await import('./apply/command.ts')).applyCommand(),
  },
  diff: {
    summary: 'show the changes that "apply" would make',
    load: async () => (await import('./apply/command.ts')).diffCommand(),
  },
  'export-config': {
    summary: 'export the configuration of a service to a file',
    load: async () => (await import('./apply/command.ts')).exportConfigCommand(),
  },
  secrets: {
    summary: 'manage the key that encrypts stored credentials',
    load: async () => (await import('./maintenance.ts')).secretsCommand(),
  },
  backup: {
    summary: 'back up the service’s database to a file',
    load: async () => (await import('./maintenance.ts')).backupCommand(),
  },
  restore: {
    summary: 'restore a backup to an empty data directory',
    load: async () => (await import('./maintenance.ts')).restoreCommand(),
  },
  doctor: {
    summary: 'check this installation: database, key, clocks, hosts, disks',
    load: async () => (await import('./doctor.ts')).doctorCommand(),
  },
  move: {
    summary: 'move the service from its embedded database to a PostgreSQL server',
    load: async () => (await import('./move.ts')).moveCommand(),
  },
  simulate: {
    summary: 'run a simulator of a destination or a source',
    load: async () => (await import('./simulate.ts')).simulateCommand(),
  },
  demo: {
    summary: 'run a complete demo on simulators: start here',
    load: async () => (await import('./demo/command.ts')).demoCommand(),
  },
  completion: {
    summary: 'print a script that completes commands in a shell',
    load: async () => (await import('./reference/commands.ts')).completionCommand(wholeProgram),
  },
  man: {
    summary: 'print the page of the manual',
    load: async () => (await import('./reference/commands.ts')).manCommand(wholeProgram),
  },
};

/** The program with the command that `args` call or want the help of. Of the other commands it has the summaries. */
export function program(args: readonly string[]): Promise<Command> {
  const words = args.filter((word) => !word.startsWith('-'));
  const called = words[0] === 'help' ? words[1] : words[0];
  return programWith((name) => name === called);
}

/** The program with all its commands. */
export const wholeProgram = (): Promise<Command> => programWith(() => true);

async function programWith(isWanted: (name: string) => boolean): Promise<Command> {
  const lineup = new Command('lineup')
    .description('Exports your own audiences to where you advertise: hashed, guarded, resumable.')
    .version(packageJson.version)
    // Their options and arguments are in their own help.
    .configureHelp({ subcommandTerm: (command) => command.name() })
    .addHelpText(
      'after',
      '\nFirst time? "lineup demo" shows everything on a simulator of LINE.\nCompletion in your shell: "lineup completion --help". The manual: "lineup man | man -l -".',
    );
  for (const [name, { summary, load }] of Object.entries(commands)) {
    const command = isWanted(name) ? await load() : new Command(name);
    lineup.addCommand(command.summary(summary));
  }
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
