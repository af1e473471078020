/**
 * Validates a job before it is saved: the authorizations, the source and its field, the ad account, the audience. It reports all
 * problems at once, each at its key, and only reads.
 */

import { type LineAdsClient, LineAdsError } from '../../../packages/line-ads/src/index.ts';
import { type FieldError, LineupError } from '../../contracts/errors.ts';
import {
  type AudienceAfter,
  type JobConfiguration,
  requestsSameAudience,
} from '../../contracts/job-configuration.ts';
import type { StoredJob } from '../../contracts/job-store.ts';
import type { NewJob } from '../../contracts/jobs.ts';
import { fieldError, wrongValues } from '../../contracts/localized.ts';
import { type Sentence, sentence, sentenceOf } from '../../contracts/sentence.ts';
import { audiencesNamed, findAudience, lineTypes } from '../../export/audience.ts';
import { explainLineFailure } from '../../export/line-failure.ts';
import { otherFillers } from '../../jobs/claim-audience.ts';
import { wantedAudience } from '../../jobs/edit.ts';
import type { Db } from '../../store/database/database.ts';
import { getAuthorization } from '../../store/repositories/authorizations.ts';
import { getJob } from '../../store/repositories/jobs.ts';
import { unansweredCreation } from '../../store/repositories/runs.ts';
import type { UseCaseDeps } from '../deps.ts';
import { interactive, lineAdsWith } from '../line-ads.ts';
import { sourceProblems, type WantedSource } from '../sources/source-problems.ts';
import { sourceRefOf } from '../sources/source-ref.ts';
import { listProblems } from '../suppression-lists/of-job.ts';
import { timeLimit } from '../time-limit.ts';
import { uploadProblems } from '../uploads/of-job.ts';

/** How long saving a job may wait for LINE and the source. */
const CHECK_MS = 60_000;

export interface Validated {
  readonly input: Pick<NewJob, 'authorization_id' | 'source_authorization_id' | 'configuration'>;
  /** The edited job, and what happens to its audience. */
  readonly existing?: { readonly before: StoredJob; readonly audience: AudienceAfter };
}

/** @throws {LineupError} `line_*` when LINE does not answer, because the job then cannot be validated */
export async function problemsOf(
  deps: UseCaseDeps,
  job: Validated,
  signal: AbortSignal,
): Promise<FieldError[]> {
  const [upload, source, lists, line] = await Promise.all([
    uploadProblems(deps.db, job.input),
    sourceProblems(deps, sourceOf(job.input), signal),
    listProblems(deps.db, job.input),
    lineProblems(deps, job, signal),
  ]);
  return [...line, ...upload, ...source, ...lists];
}

const sourceOf = ({ source_authorization_id, configuration }: Validated['input']): WantedSource => ({
  ref: sourceRefOf({ sourceAuthorizationId: source_authorization_id, configuration }),
  fields: [{ name: configuration.id_field, path: 'configuration.id_field' }],
  paths: { audience: 'configuration.segment_id', options: 'configuration.file_options' },
});

/** @throws {LineupError} `invalid_argument` with every problem; as `problemsOf` */
export async function assertValid(deps: UseCaseDeps, job: Validated): Promise<void> {
  const limit = timeLimit(deps, CHECK_MS);
  assertNone(await problemsOf(deps, job, limit.signal).finally(limit.end));
}

async function lineProblems(deps: UseCaseDeps, job: Validated, signal: AbortSignal): Promise<FieldError[]> {
  const { authorization_id } = job.input;
  const authorization = await getAuthorization(deps.db, authorization_id).catch((error: unknown) => {
    if (error instanceof LineupError && error.code === 'not_found') return undefined;
    throw error;
  });
  if (!authorization)
    return [fieldError('authorization_id', sentence`This authorization was deleted. Choose another one.`)];
  if (authorization.provider !== 'line_ads') {
    return [fieldError('authorization_id', sentence`Choose an authorization of LINE Ads.`)];
  }
  const client = await lineAdsWith(deps.lineAds, authorization_id, interactive);
  try {
    return await audienceProblems(deps, client, job, signal);
  } catch (error) {
    if (!(error instanceof LineAdsError)) throw error;
    const explained = explainLineFailure(error);
    if (!(explained instanceof LineupError)) throw explained;
    const what = sentenceOf(explained);
    if (error.code === 'unauthorized') return [fieldError('authorization_id', what)];
    if (error.code === 'forbidden' || error.code === 'bad_request') {
      return [fieldError('configuration.adaccount_id', what)];
    }
    throw explained;
  }
}

async function audienceProblems(
  deps: UseCaseDeps,
  client: LineAdsClient,
  { input, existing }: Validated,
  signal: AbortSignal,
): Promise<FieldError[]> {
  const { configuration: wanted } = input;
  const account = wanted.adaccount_id;
  const after = existing?.audience;
  if (after?.kind === 'unconfirmed') {
    return [
      fieldError(
        'another_audience',
        sentence`The ad account and the identifier type of an audience cannot change. This change needs another audience, and ${after.left} stays unchanged. Set another_audience to true to create one, or choose an existing one.`,
      ),
    ];
  }
  const nameProblems = async (name: string): Promise<FieldError[]> => {
    const found = await audiencesNamed(client, account, name, signal);
    const taken = found.find(({ id }) => id !== after?.id);
    if (!taken || (existing && (await isOfOwnRun(deps.db, existing, wanted, taken.id)))) return [];
    const what = sentence`LINE already has an audience with this name (${taken.id}). Choose that one, or another name.`;
    return [fieldError('configuration.audience_name', what)];
  };
  const id = after ? after.id : wanted.audience_id;
  if (id === null) return nameProblems(wanted.audience_name ?? '');
  const audience = await findAudience(client, account, id, signal);
  if (!audience) {
    const wasThere = after?.kind !== 'chosen' && existing?.before.authorizationId === input.authorization_id;
    const what = wasThere
      ? audienceGone(id, existing.before.configuration.audience_name)
      : sentence`Ad account ${account} has no audience ${id}.`;
    return [fieldError('configuration.audience_id', what)];
  }
  const problems: FieldError[] = [];
  const { functionType } = lineTypes[wanted.identifier_type];
  if (audience.functionType !== functionType) {
    problems.push(
      fieldError(
        'configuration.identifier_type',
        sentence`The audience "${audience.name}" has the type ${audience.functionType}, which takes another type of identifier. Choose another audience.`,
      ),
    );
  }
  if (after?.kind === 'renamed' && audience.name !== after.name) {
    problems.push(...(await nameProblems(after.name)));
  }
  problems.push(...(await otherFillers(deps.jobs.store, id, existing?.before.id)));
  return problems;
}

/** Whether a run of this job created the audience with that name, even if LINE's answer was lost. */
async function isOfOwnRun(
  db: Db,
  { before, audience }: NonNullable<Validated['existing']>,
  wanted: JobConfiguration,
  id: string,
): Promise<boolean> {
  const isToBeMade = audience.kind === 'kept' && audience.id === null;
  if (!isToBeMade || !requestsSameAudience(before.configuration, wanted)) return false;
  const { audienceId } = await getJob(db, before.id);
  if (audienceId !== null) return audienceId === id;
  return (await unansweredCreation(db, wantedAudience(before))) !== undefined;
}

/** @param name the former name, if it is known */
const audienceGone = (id: string, name: string | null): Sentence =>
  name === null
    ? sentence`The audience ${id} no longer exists at LINE. Choose another one, or create it again (another_audience).`
    : sentence`The audience "${name}" (${id}) no longer exists at LINE. Choose another one, or create it again (another_audience).`;

function assertNone(problems: readonly FieldError[]): void {
  if (problems.length > 0) throw wrongValues(problems);
}
