/** `lineup apply`, `diff` and `export-config`: the configuration of a service as a reviewed file. */
import { Command } from 'commander';
import { withApi } from '../api/session.ts';
import { letInOption } from '../let-in.ts';
import type { ApplyFlags, PlanFlags } from './actions.ts';

const planOptions = (command: Command): Command =>
  command
    .argument('<file>', 'a configuration file, such as lineup.yaml')
    .option('--replace-secrets', 'also replace the credentials of existing authorizations')
    .option('--prune', 'delete jobs, suppression lists, authorizations and channels that are not in the file')
    .option('--json', 'print the plan as JSON');

export function applyCommand(): Command {
  return letInOption(
    planOptions(new Command('apply')),
    'how many members come back, when the plan changes who is kept out of live audiences',
  )
    .description(
      'Shows the changes that make the service at LINEUP_URL match the file, asks, and applies them. Applying the same file again changes nothing.',
    )
    .option('--yes', 'do not ask for confirmation')
    .action((file: string, flags: ApplyFlags) =>
      withApi(async (session) => (await import('./actions.ts')).apply(session, file, flags)),
    );
}

export function diffCommand(): Command {
  return planOptions(new Command('diff'))
    .description('Shows the changes that "lineup apply" would make, and changes nothing.')
    .addHelpText('after', '\nExit status: 0 the service matches the file, 3 it differs, 1 or 2 an error.')
    .action((file: string, flags: PlanFlags) =>
      withApi(async (session) => (await import('./actions.ts')).diff(session, file, flags)),
    );
}

export function exportConfigCommand(): Command {
  return new Command('export-config')
    .description(
      'Writes the jobs, suppression lists and authorizations of the service at LINEUP_URL to a file for "lineup apply"; with the token of an administrator, also its settings and notification channels.',
    )
    .option('--out <file>', 'the file to write (default: standard output)')
    .action(({ out }: { out?: string }) =>
      withApi(async (session) => (await import('./actions.ts')).exportConfig(session, out)),
    );
}
