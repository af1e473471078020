/** What `lineup apply`, `diff` and `export-config` do. Loaded when one of them runs: a help needs none of it. */
import { readFile, writeFile } from 'node:fs/promises';
import { exitStatusOf, type FieldError, LineupError } from '../../domain/errors/errors.ts';
import type { Problem } from '../../plan/changes.ts';
import { type Plan, planFor, type Running, type Step } from '../../plan/plan.ts';
import { formatPath, readConfigurationFile, unusable } from '../../plan/read.ts';
import { writeConfigurationFile } from '../../plan/write.ts';
import type { ApiClient } from '../api/client.ts';
import { listAuthorizations, listChannels, listJobs, listSuppressionLists } from '../api/find.ts';
import type { ApiSession } from '../api/session.ts';
import type { LetInFlag } from '../let-in.ts';
import { paint, print, printJson, printNotice, printWarning } from '../output.ts';
import { confirm } from '../terminal.ts';
import { assertSet, type Credentials, carryOut, credentialsFor } from './carry-out.ts';
import { assertLetIn, type LetIn, letInOf } from './let-in.ts';
import { refusalsOf } from './refusals.ts';
import { describeName, describePlan, describeStep, planDocument } from './show-plan.ts';

export interface PlanFlags {
  replaceSecrets?: boolean;
  prune?: boolean;
  json?: boolean;
}

export interface ApplyFlags extends PlanFlags, LetInFlag {
  yes?: boolean;
}

export async function apply({ client, signal }: ApiSession, file: string, flags: ApplyFlags): Promise<void> {
  const prepared = await prepare(client, file, flags);
  const { plan, running, letIn, credentials, missing, refusals } = prepared;
  show(prepared, flags);
  if (plan.steps.length === 0) return;
  assertSet(missing);
  if (refusals.length > 0) throw refused(refusals);
  assertLetIn(letIn, flags.letIn);
  if (!flags.yes) await confirm('Apply these changes?', 'yes', signal);
  await carryOut(client, plan, running, { credentials, letIn }, (step) => printNotice(`done: ${describeStep(step)}`));
}

export async function diff({ client }: ApiSession, file: string, flags: PlanFlags): Promise<void> {
  const prepared = await prepare(client, file, flags);
  const { plan, refusals, incomplete, missing } = prepared;
  show(prepared, flags);
  if (incomplete.length > 0) {
    printNotice(
      `Not checked whole, because ${missing.join(' and ')} ${missing.length === 1 ? 'is' : 'are'} not set: ${incomplete.map(describeName).join(', ')}.`,
    );
  }
  // The exit status of a guard, because a person decides. It is not that of a failure.
  process.exitCode = plan.steps.length === 0 ? 0 : exitStatusOf('nothing_to_send');
  if (refusals.length === 0) return;
  if (!flags.json) throw refused(refusals);
  // The document has them.
  process.exitCode = exitStatusOf('invalid_configuration');
}

export async function exportConfig({ client }: ApiSession, out: string | undefined): Promise<void> {
  const running = await readRunning(client);
  if (!running.settings) {
    printNotice('Without settings and notification channels: only the token of an administrator may see them.');
  }
  for (const name of repeatedNames(running)) {
    printWarning(
      `Several have the name "${name}". A file names each thing once, so "lineup apply" refuses it: rename all of them except one.`,
    );
  }
  const text = writeConfigurationFile(running);
  if (out === undefined) return print(text.trimEnd());
  await writeFile(out, text).catch((error: NodeJS.ErrnoException) => {
    throw new LineupError('invalid_argument', `${out} cannot be written (${error.code}).`);
  });
  printNotice(`${paint('green', 'Written')} to ${out}`);
}

/** Settings and channels only for a token that may see them. */
async function readRunning(client: ApiClient): Promise<Running> {
  const { operations } = await client.call('GET /me');
  const [settings, channels] = await Promise.all([
    operations.includes('settings.read') ? client.call('GET /settings') : undefined,
    operations.includes('notifications.read') ? listChannels(client) : undefined,
  ]);
  return { operations, settings, channels, ...(await readJobs(client)) };
}

const readJobs = async (client: ApiClient): Promise<Pick<Running, 'authorizations' | 'suppressionLists' | 'jobs'>> => ({
  authorizations: await listAuthorizations(client),
  suppressionLists: await listSuppressionLists(client),
  // As they were created, so that a service that is built from the file lists them in the same order.
  jobs: await listJobs(client, { sort: 'created', order: 'asc' }),
});

/** Names that the file would have twice. */
function repeatedNames({ jobs, authorizations, channels = [] }: Running): string[] {
  const repeated = (names: readonly string[]) => new Set(names.filter((name, n) => names.indexOf(name) !== n));
  return [
    ...repeated(jobs.filter(({ status }) => status !== 'killed').map(({ name }) => name)),
    ...repeated(authorizations.map(({ label }) => label)),
    ...repeated(channels.map(({ label }) => label)),
  ];
}

interface Prepared {
  readonly plan: Plan;
  readonly running: Running;
  readonly letIn: LetIn;
  readonly credentials: Credentials;
  /** Variables that are not set. */
  readonly missing: readonly string[];
  /** What the service would refuse, each with its line. */
  readonly refusals: readonly FieldError[];
  readonly incomplete: readonly Step[];
}

/**
 * Plans, and asks the service what it would refuse. Changes nothing.
 * @throws {LineupError} `invalid_configuration` with every problem and its line
 */
async function prepare(client: ApiClient, file: string, flags: PlanFlags): Promise<Prepared> {
  const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    throw new LineupError('invalid_argument', `${file} cannot be read (${error.code}).`);
  });
  const { content, locate } = readConfigurationFile(text, file);
  const located = ({ path, message }: Problem): FieldError => ({
    path: path.length === 0 ? file : `${locate(path)} ${formatPath(path)}`,
    message,
  });
  const running = await readRunning(client);
  const { replaceSecrets = false, prune = false } = flags;
  const result = planFor(content, running, { replaceSecrets, prune });
  if (!('plan' in result)) throw unusable(file, result.problems.map(located));
  const { plan } = result;
  const letIn = await letInOf(client, plan, running.suppressionLists);
  const { credentials, missing } = credentialsFor(plan);
  const known = { plan, running, letIn, credentials, missing };
  if (plan.steps.length === 0) return { ...known, refusals: [], incomplete: [] };
  if (running.operations?.includes('jobs.write') === false) {
    printNotice('The service was not asked what it would refuse: the token may not change anything.');
    return { ...known, refusals: [], incomplete: [] };
  }
  const { problems, warnings, incomplete } = await refusalsOf(client, content, { plan, running, credentials });
  for (const warning of warnings) printWarning(warning);
  return { ...known, refusals: problems.map(located), incomplete };
}

function show({ plan, letIn, refusals }: Prepared, { json }: PlanFlags): void {
  if (json) printJson(planDocument(plan, letIn, refusals));
  else print(describePlan(plan, letIn));
}

const refused = (fields: readonly FieldError[]): LineupError =>
  new LineupError(
    'invalid_configuration',
    `The service would refuse ${fields.length === 1 ? 'a part' : `${fields.length} parts`} of this plan. Nothing was changed.`,
    { fields },
  );
