/**
 * Everything that would keep a job from working, found before it is saved: the authorizations, the source and its field, the
 * ad account, the audience. Each problem at its key, all at once; reads only.
 */
import { type FieldError, LineupError } from '../../contracts/errors.ts';
import type { NewJob } from '../../contracts/jobs.ts';
import { sentence, sentenceOf } from '../../contracts/sentence.ts';
import { fieldError, wrongValues } from '../../contracts/told.ts';
import { audiencesNamed, findAudience, lineTypes } from '../../export/audience.ts';
import { explainLineFailure } from '../../export/line-failure.ts';
import { type LineAdsClient, LineAdsError } from '../../line-ads/index.ts';
import { findField } from '../../sources/find-field.ts';
import { getAuthorization } from '../../store/authorizations.ts';
import type { Db, Tx } from '../../store/database.ts';
import { jobsOfAudiences, lockAudience } from '../../store/jobs.ts';
import type { ServiceDeps } from '../deps.ts';
import { lineAdsWith, whileSomebodyWaits } from '../line-ads.ts';
import { inTime } from '../sources/in-time.ts';
import { uploadProblems } from '../uploads/of-job.ts';

export interface Validated {
  readonly input: Pick<NewJob, 'authorization_id' | 'source_authorization_id' | 'configuration'>;
  /** The job that is being edited, and the audience that it will keep. */
  readonly existing?: { readonly id: string; readonly audienceId: string | null };
}

/** @throws {LineupError} `line_*` when LINE cannot be asked: then nothing is known of the job */
export async function problemsOf(
  deps: ServiceDeps,
  job: Validated,
  signal: AbortSignal,
): Promise<FieldError[]> {
  const [upload, source, line] = await Promise.all([
    uploadProblems(deps.db, job.input),
    sourceProblems(deps, job, signal),
    lineProblems(deps, job, signal),
  ]);
  return [...line, ...upload, ...source];
}

async function sourceProblems(
  deps: ServiceDeps,
  { input }: Validated,
  signal: AbortSignal,
): Promise<FieldError[]> {
  const { segment_id, id_field } = input.configuration;
  const authorizationId = input.source_authorization_id;
  try {
    if (authorizationId !== null) {
      const { provider } = await getAuthorization(deps.db, authorizationId);
      if (!deps.sources.has(provider)) {
        return [fieldError('source_authorization_id', sentence`This authorization gives no audiences.`)];
      }
    }
    await inTime(signal, async (inner) => {
      const ref = { authorizationId, audienceId: segment_id };
      const source = await deps.sources.open(ref, 'person', inner);
      try {
        findField(await source.fields(inner), id_field, source.label, source.notice);
      } finally {
        await source.close();
      }
    });
    return [];
  } catch (error) {
    if (!(error instanceof LineupError) || signal.aborted) throw error;
    const key =
      error.code === 'not_found'
        ? 'source_authorization_id'
        : error.code === 'field_not_found'
          ? 'configuration.id_field'
          : 'configuration.segment_id';
    return [fieldError(key, sentenceOf(error))];
  }
}

async function lineProblems(deps: ServiceDeps, job: Validated, signal: AbortSignal): Promise<FieldError[]> {
  const { authorization_id } = job.input;
  const authorization = await getAuthorization(deps.db, authorization_id).catch((error: unknown) => {
    if (error instanceof LineupError && error.code === 'not_found') return undefined;
    throw error;
  });
  if (!authorization)
    return [fieldError('authorization_id', sentence`Choose an authorization: this one is gone.`)];
  if (authorization.provider !== 'line_ads') {
    return [fieldError('authorization_id', sentence`Choose an authorization of LINE Ads.`)];
  }
  const client = await lineAdsWith(deps.lineAds, authorization_id, whileSomebodyWaits);
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
  deps: ServiceDeps,
  client: LineAdsClient,
  { input: { configuration: wanted }, existing }: Validated,
  signal: AbortSignal,
): Promise<FieldError[]> {
  const account = wanted.adaccount_id;
  const id = wanted.audience_id ?? existing?.audienceId ?? null;
  if (id === null) {
    const [taken] = await audiencesNamed(client, account, wanted.audience_name ?? '', signal);
    return taken
      ? [
          fieldError(
            'configuration.audience_name',
            sentence`LINE has an audience of this name already (${taken.id}). Choose that one, or another name.`,
          ),
        ]
      : [];
  }
  const audience = await findAudience(client, account, id, signal);
  if (!audience)
    return [fieldError('configuration.audience_id', sentence`Ad account ${account} has no audience ${id}.`)];
  const problems: FieldError[] = [];
  const { functionType } = lineTypes[wanted.identifier_type];
  if (audience.functionType !== functionType) {
    problems.push(
      fieldError(
        'configuration.identifier_type',
        sentence`The audience "${audience.name}" is of type ${audience.functionType}, which takes another type of identifier: choose another audience.`,
      ),
    );
  }
  problems.push(...(await otherFillers(deps.db, id, existing?.id)));
  return problems;
}

async function otherFillers(db: Db, audienceId: string, own: string | undefined): Promise<FieldError[]> {
  const [other] = (await jobsOfAudiences(db, [audienceId])).filter(({ id }) => id !== own);
  if (!other) return [];
  return [
    fieldError(
      'configuration.audience_id',
      sentence`The job "${other.name}" keeps this audience filled: two jobs would undo each other’s work.`,
    ),
  ];
}

/**
 * Takes the audience for the job that is saved in `tx`: of two that are saved at once, one gets it.
 * @param own the job's id, unless it is new
 * @throws {LineupError} `invalid_argument`
 */
export async function claimAudience(tx: Tx, audienceId: string | null, own?: string): Promise<void> {
  if (audienceId === null) return;
  await lockAudience(tx, audienceId);
  assertNone(await otherFillers(tx, audienceId, own));
}

/** @throws {LineupError} `invalid_argument` with every problem, unless there is none */
export function assertNone(problems: readonly FieldError[]): void {
  if (problems.length > 0) throw wrongValues(problems);
}
