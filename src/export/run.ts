/**
 * One run of an export, from the source to LINE's last finished job: scan and stage everything, guard, then
 * upload and wait for each chunk. A resumed run goes through the same stages and skips what its journal shows
 * as done.
 */

import { ownerOf } from '../domain/destinations/index.ts';
import type { DestinationTraits } from '../domain/destinations/traits.ts';
import { LineupError } from '../domain/errors/errors.ts';
import { faultOf } from '../domain/errors/unexpected.ts';
import { deliveriesOf, lastWriteOf, type RunState } from '../domain/runs/run-state.ts';
import type { Turnover } from '../domain/runs/turnover.ts';
import { joinSentences, type Sentence, sentence } from '../domain/text/sentence.ts';
import { brokenRules } from './alerts.ts';
import { type ExportContext, timestamp } from './context.ts';
import { deliverAll, settleLost } from './deliver.ts';
import { contextsOf } from './deliveries.ts';
import { assertSameErased, hasSameErased } from './erased.ts';
import { failureOf } from './failure.ts';
import { guard, shrinkWarning } from './guard.ts';
import { checkAudienceOf, compare, guardInput, warnAboutAlerts, warnAboutFewer } from './may-send.ts';
import { assertRoom, renewDue } from './renew.ts';
import { sameChunks, stagedFilesAreThere } from './resume.ts';
import type { StagedDelivery } from './scan-after-lists.ts';
import { hasSameLists, scanAndStage } from './scan-and-stage.ts';
import { removeCheckpoint } from './stage/checkpoint.ts';
import { areStagedFilesGone } from './stage/chunk-files.ts';
import { inStage } from './stages.ts';
import { assertKeepsOut, listWarnings, type SuppressionList } from './suppression.ts';
import { countTurnover } from './turnover/count.ts';
import { takePlace } from './turns.ts';
import { stagingWarnings } from './warnings.ts';

/**
 * Starts or resumes the run of `context.journal`, and writes its end there.
 * @returns the final state: its `status`, and the `error` of a run that did not succeed
 * @throws only errors of the journal itself (a full disk, …)
 */
export const runExport = (context: ExportContext): Promise<RunState> =>
  inStage(context, 'run', () => runStages(context), {
    found: ({ status, error }) => ({ status, ...(error && { code: error.code }) }),
  });

async function runStages(context: ExportContext): Promise<RunState> {
  const { journal, clock, log } = context;
  try {
    await stageAndSend(context);
    await assertSameErased(context);
    await journal.staged.discard();
    const status = journal.state.request.dryRun ? 'dry_run' : 'succeeded';
    await journal.append({ type: 'ended', at: timestamp(clock), status, error: null });
  } catch (thrown) {
    const error = await failureOf(thrown, context);
    if (error.code === 'internal') log?.record('run.fault', { run_id: journal.state.runId, ...faultOf(thrown) });
    const status = error.code === 'interrupted' ? 'interrupted' : 'failed';
    // Staged chunks are kept only when the run can be resumed. If the storage does not answer, the error of the run
    // still counts.
    if (!error.resumable) await journal.staged.discard().catch(() => {});
    await journal.append({ type: 'ended', at: timestamp(clock), status, error });
  }
  return journal.state;
}

/** How often a run stages again after somebody has removed its staged files. */
const MAX_LOSSES = 3;

/** Somebody may remove the staged files at any moment. Then the run stages again, and goes on with the same chunks. */
async function stageAndSend(context: ExportContext): Promise<void> {
  const { request } = context.journal.state;
  for (let losses = 0; ; losses += 1) {
    try {
      await takePlace(context);
      await stageAll(context);
      if (request.dryRun) await concludeDryRun(context);
      else await deliverAll(context, context.destination!);
      return;
    } catch (error) {
      const mayStageAgain = request.source.location !== null && losses < MAX_LOSSES;
      if (!areStagedFilesGone(error) || !mayStageAgain || context.signal.aborted) throw error;
    }
  }
}

/**
 * Stages everything before the first write to LINE. Fast checks come first, because they may save a long
 * scan.
 */
async function stageAll(context: ExportContext): Promise<void> {
  const { journal, destination } = context;
  if (journal.state.staged) return restage(context);
  const deliveries = contextsOf(context);
  if (destination) {
    await renewDue(deliveries, destination);
    for (const delivery of deliveries) await checkAudienceOf(delivery, destination);
    await assertRoom(deliveries, destination);
  }
  await stageNew(context);
}

async function stageNew(context: ExportContext): Promise<void> {
  const { journal, clock, traits } = context;
  const lists = await listsOf(context);
  const staged = await scanAndStage(context, lists);
  assertKeepsOut(lists, staged);
  const [first, ...siblings] = await withTurnover(context, staged);
  await journal.append({
    type: 'staged',
    at: timestamp(clock),
    rulesVersion: traits.rules.version,
    ...first!,
    ...(siblings.length > 0 && { siblings }),
  });
  for (const [n, { journal }] of contextsOf(context).entries()) {
    const warnings = [...stagingWarnings(staged[n]!, journal.state.request), ...listWarnings(lists, n)];
    for (const warning of warnings) await journal.append({ type: 'warning', at: timestamp(clock), warning });
  }
}

async function withTurnover(context: ExportContext, staged: readonly StagedDelivery[]) {
  const counted: (Omit<StagedDelivery, 'lines'> & { turnover?: Turnover })[] = [];
  for (const [n, delivery] of contextsOf(context).entries()) {
    const { lines: _, ...result } = staged[n]!;
    const turnover = await countTurnover(delivery, staged[n]!);
    counted.push({ ...result, ...(turnover && { turnover }) });
  }
  return counted;
}

const listsOf = async ({ journal, suppression }: ExportContext): Promise<readonly SuppressionList[]> =>
  (await suppression?.(deliveriesOf(journal.state).map(({ request }) => request))) ?? [];

/**
 * A resumed run whose staged chunks are gone (another machine, a cleaned disk) scans again. It continues only
 * when the scan gives exactly the same chunks. So it never mixes parts of two different memberships, or the
 * results of two versions of the identifier rules.
 *
 * With a person's approval, which limits what may be sent, other chunks may take their place while LINE has nothing of
 * the run. They must when a suppression list has other people now: the chunks were made a day ago, perhaps, and
 * somebody may have been added.
 */
async function restage(context: ExportContext): Promise<void> {
  const { journal, destination, traits } = context;
  const before = deliveriesOf(journal.state);
  const isThere = await stagedFilesAreThere(before, journal.staged);
  if (journal.state.approval) {
    const isSame = async () => (await hasSameErased(context)) && (await hasSameLists(context, await listsOf(context)));
    if (isThere && (await isSame())) return;
    if (lastWriteOf(journal.state) === null) {
      // The new scan must not continue the old one.
      await removeCheckpoint(journal.staged);
      return stageNew(context);
    }
    if (isThere) throw listsChanged(traits);
  }
  if (isThere) return;
  if (journal.state.request.source.location === null) {
    throw new LineupError(
      'staged_file_changed',
      sentence`The staged chunks of this run were deleted, and its source cannot be read again. Run the export again.`,
    );
  }
  // Do this first. If the run cannot continue, the next run must know the audience that this one may have
  // created.
  if (destination) for (const delivery of contextsOf(context)) await settleLost(delivery, destination);
  const again = await scanAndStage(context, await listsOf(context));
  // Who joins and who leaves was counted at the first scan.
  for (const { lines } of again) lines?.release();
  if (!before.every(({ staged }, n) => sameChunks(staged?.chunks ?? [], again[n]?.chunks ?? []))) {
    const { version } = traits.rules;
    throw new LineupError(
      'source_changed',
      joinSentences(
        journal.state.rulesVersion === version
          ? sentence`The staged chunks of this run were deleted, and its source or a suppression list has changed, so the run cannot continue. Run the export again.`
          : sentence`The staged chunks of this run were deleted, and a new scan gives different chunks. The source or a suppression list has changed, or the current version ${version} of the identifier rules reads it differently than version ${journal.state.rulesVersion}. Run the export again.`,
        becomesComplete(traits),
      ),
    );
  }
}

function listsChanged(traits: DestinationTraits): LineupError {
  const owner = ownerOf(traits);
  return new LineupError(
    'source_changed',
    joinSentences(
      sentence`A suppression list has changed since this run staged its members, and ${owner} has a part of them, so the run cannot continue. Run the export again.`,
      becomesComplete(traits),
    ),
  );
}

const becomesComplete = ({ modes }: DestinationTraits): Sentence | undefined =>
  modes.includes('replace') ? sentence`A replace makes the audience complete.` : undefined;

/** The end of a dry run. A refusal of the guard or of an alert rule becomes a warning, and nothing was written. */
async function concludeDryRun(context: ExportContext): Promise<void> {
  const { history, clock, destination, signal } = context;
  for (const delivery of contextsOf(context)) {
    const { journal } = delivery;
    const { request, audienceId } = journal.state;
    if (audienceId !== null) {
      const audience = destination && (await checkAudienceOf(delivery, destination));
      const uploads = await destination?.uploads(request.adAccountId, audienceId, { signal });
      await compare(delivery, audienceId, audience && uploads && { audience, uploads });
    }
    const input = guardInput(delivery);
    const refusal = guard(input);
    if (refusal)
      await journal.append({ type: 'warning', at: timestamp(clock), warning: shrinkWarning(refusal, input) });
    await warnAboutFewer(delivery);
    await warnAboutAlerts(delivery, await brokenRules(journal.state, history));
  }
}
