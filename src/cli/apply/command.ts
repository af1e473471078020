/** `lineup apply`, `diff` and `export-config`: jobs, suppression lists and authorizations as a reviewed file. */
import { readFile, writeFile } from 'node:fs/promises';
import { Command } from 'commander';
import { exitStatusOf, LineupError } from '../../contracts/errors.ts';
import { type Plan, planFor, type Running } from '../../plan/plan.ts';
import { formatPath, readConfigurationFile, unusable } from '../../plan/read.ts';
import { writeConfigurationFile } from '../../plan/write.ts';
import { type ApiClient, withApi } from '../api/client.ts';
import { listAuthorizations, listJobs, listSuppressionLists } from '../api/find.ts';
import { type LetInFlag, letInOption } from '../let-in.ts';
import { paint, print, printJson, printNotice } from '../output.ts';
import { confirm } from '../terminal.ts';
import { carryOut, credentialsFor } from './carry-out.ts';
import { assertLetIn, letInOf } from './let-in.ts';
import { describePlan, describeStep, planDocument } from './show-plan.ts';

interface Flags {
  replaceSecrets?: boolean;
  prune?: boolean;
  json?: boolean;
}

const planOptions = (command: Command): Command =>
  command
    .argument('<file>', 'a configuration file, such as lineup.yaml')
    .option('--replace-secrets', 'also replace the credentials of existing authorizations')
    .option('--prune', 'delete jobs, suppression lists and authorizations that are not in the file')
    .option('--json', 'print the plan as JSON');

export function applyCommand(): Command {
  return letInOption(
    planOptions(new Command('apply')),
    'how many members come back, when the plan changes who is kept out of live audiences',
  )
    .summary('apply a configuration file to a running service')
    .description(
      'Shows the changes that make the service at LINEUP_URL match the file, asks, and applies them. Applying the same file again changes nothing.',
    )
    .option('--yes', 'do not ask for confirmation')
    .action((file: string, flags: Flags & LetInFlag & { yes?: boolean }) =>
      withApi(async ({ client, signal }) => {
        const running = await readRunning(client);
        const plan = await planOf(file, running, flags);
        const letIn = await letInOf(client, plan, running.suppressionLists);
        if (flags.json) printJson(planDocument(plan, letIn));
        else print(describePlan(plan, letIn));
        if (plan.steps.length === 0) return;
        const credentials = credentialsFor(plan);
        assertLetIn(letIn, flags.letIn);
        if (!flags.yes) await confirm('Apply these changes?', 'yes', signal);
        await carryOut(client, plan, running, { credentials, letIn }, (step) =>
          printNotice(`done: ${describeStep(step)}`),
        );
      }),
    );
}

export function diffCommand(): Command {
  return planOptions(new Command('diff'))
    .summary('show the changes that "apply" would make')
    .description('Shows the changes that "lineup apply" would make, and changes nothing.')
    .addHelpText('after', '\nExit status: 0 the service matches the file, 3 it differs, 1 or 2 an error.')
    .action((file: string, flags: Flags) =>
      withApi(async ({ client }) => {
        const running = await readRunning(client);
        const plan = await planOf(file, running, flags);
        const letIn = await letInOf(client, plan, running.suppressionLists);
        if (flags.json) printJson(planDocument(plan, letIn));
        else print(describePlan(plan, letIn));
        // The exit status of a guard, because a person decides. It is not that of a failure.
        process.exitCode = plan.steps.length === 0 ? 0 : exitStatusOf('nothing_to_send');
      }),
    );
}

export function exportConfigCommand(): Command {
  return new Command('export-config')
    .summary('export the configuration of a service to a file')
    .description(
      'Writes the jobs, suppression lists and authorizations of the service at LINEUP_URL to a file for "lineup apply".',
    )
    .option('--out <file>', 'the file to write (default: standard output)')
    .action(({ out }: { out?: string }) =>
      withApi(async ({ client }) => {
        const text = writeConfigurationFile(await readRunning(client));
        if (out === undefined) return print(text.trimEnd());
        await writeFile(out, text).catch((error: NodeJS.ErrnoException) => {
          throw new LineupError('invalid_argument', `${out} cannot be written (${error.code}).`);
        });
        printNotice(`${paint('green', 'Written')} to ${out}`);
      }),
    );
}

const readRunning = async (client: ApiClient): Promise<Running> => ({
  authorizations: await listAuthorizations(client),
  suppressionLists: await listSuppressionLists(client),
  // As they were created, so that a service that is built from the file lists them in the same order.
  jobs: await listJobs(client, { sort: 'created', order: 'asc' }),
});

/** @throws {LineupError} `invalid_configuration` with every problem and its line */
async function planOf(file: string, running: Running, flags: Flags): Promise<Plan> {
  const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    throw new LineupError('invalid_argument', `${file} cannot be read (${error.code}).`);
  });
  const { content, locate } = readConfigurationFile(text, file);
  const { replaceSecrets = false, prune = false } = flags;
  const result = planFor(content, running, { replaceSecrets, prune });
  if ('plan' in result) return result.plan;
  throw unusable(
    file,
    result.problems.map(({ path, message }) => ({ path: `${locate(path)} ${formatPath(path)}`, message })),
  );
}
