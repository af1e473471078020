/** Use cases of authorizations: stored credentials, tried now and then, never shown. */
import { ZodError } from 'zod';
import { type AuthorizationHealth, configurationOf } from '../contracts/authorizations.ts';
import { LineupError } from '../contracts/errors.ts';
import { sentence, told } from '../contracts/sentence.ts';
import type { Authorizations, Verification } from '../contracts/service.ts';
import { fieldError, issueSentence, wrongValue, wrongValues } from '../contracts/told.ts';
import { type CheckResult, check } from '../export/check.ts';
import { recordAudit } from '../store/audit-log.ts';
import {
  changeAuthorization,
  createAuthorization,
  deleteAuthorization,
  getAuthorization,
  jobsUsing,
  listAuthorizations,
  recordHealth,
} from '../store/authorizations.ts';
import { lookAgain } from '../store/jobs.ts';
import { liftQuarantinesOf } from '../store/quarantine.ts';
import { createOnce } from './create-once.ts';
import type { ServiceDeps } from './deps.ts';
import { lineAdsWith, whileSomebodyWaits } from './line-ads.ts';
import { inTime } from './sources/in-time.ts';
import type { AskedBy } from './sources/quarantine.ts';

export function authorizationsService(deps: ServiceDeps): Authorizations {
  const { db, box, now } = deps;
  return {
    list: () => listAuthorizations(db),
    get: (id) => getAuthorization(db, id),
    create: (input, actor, options = {}) =>
      createOnce(deps, {
        actor,
        options,
        request: { authorization: input },
        check: async () => void configurationFor(input, input.configuration),
        make: async (tx) => {
          const { id } = await createAuthorization(tx, box, input, actor, now());
          await recordAudit(tx, actor, audit('create', id, { label: input.label }), now());
          return id;
        },
        load: (id) => getAuthorization(db, id),
      }),
    change: async (id, revision, change, actor) => {
      const before = await getAuthorization(db, id);
      const configuration = change.configuration && configurationFor(before, change.configuration);
      return db.transaction().execute(async (tx) => {
        const wanted = { ...change, ...(configuration && { configuration }) };
        const changed = await changeAuthorization(tx, box, id, revision, wanted, actor, now());
        if (configuration) {
          // It leads somewhere else now.
          await liftQuarantinesOf(tx, id);
          await lookAgain(tx, id, now());
        }
        await recordAudit(tx, actor, audit('change', id, { changed: Object.keys(change) }), now());
        return changed;
      });
    },
    delete: (id, actor) =>
      db.transaction().execute(async (tx) => {
        const { label } = await getAuthorization(tx, id);
        await deleteAuthorization(tx, id);
        await recordAudit(tx, actor, audit('delete', id, { label }), now());
      }),
    verify: async (id, { adAccountId }, actor, signal) => {
      const found = await verifyAuthorization(deps, id, { adAccountId, by: 'person' }, signal);
      await db
        .transaction()
        .execute((tx) => recordAudit(tx, actor, audit('verify', id, { health: found.health }), now()));
      return found;
    },
    usedBy: async (id) => {
      await getAuthorization(db, id);
      return jobsUsing(db, id);
    },
  };
}

/**
 * Tries the credentials with reads alone, and keeps what was found as their health.
 * @param options.adAccountId for LINE Ads, whose keys work for ad accounts; @default that of a job which uses the authorization
 * @param options.by nobody's wish leaves a source in quarantine alone
 * @throws {LineupError} `invalid_argument` when no ad account is known
 */
export async function verifyAuthorization(
  deps: ServiceDeps,
  id: string,
  { adAccountId, by }: { readonly adAccountId?: string; readonly by: AskedBy },
  signal: AbortSignal,
): Promise<Verification> {
  const { provider, revision } = await getAuthorization(deps.db, id);
  const found =
    provider === 'line_ads'
      ? await verifyLineAds(deps, id, adAccountId ?? (await adAccountOf(deps, id)), signal)
      : await verifySource(deps, id, by, signal);
  const bad = found.checks.find((one) => one.ok !== true);
  await recordHealth(deps.db, { id, revision }, found.health, bad ?? null, deps.now());
  // Whatever they waited for, it is put right.
  if (found.health === 'healthy') await lookAgain(deps.db, id, deps.now());
  return found;
}

async function verifyLineAds(
  deps: ServiceDeps,
  id: string,
  adAccountId: string,
  signal: AbortSignal,
): Promise<Verification> {
  let skewMs: number | undefined;
  const client = await lineAdsWith(deps.lineAds, id, {
    ...whileSomebodyWaits,
    log: (entry) => {
      skewMs = entry.skewMs ?? skewMs;
    },
  });
  const checks = await check(client, { adAccountId }, () => skewMs, signal);
  return { health: healthOf(checks), checks };
}

async function verifySource(
  deps: ServiceDeps,
  id: string,
  by: AskedBy,
  signal: AbortSignal,
): Promise<Verification> {
  try {
    const { works, rights } = await inTime(signal, (inner) => deps.sources.verify(id, by, inner));
    const connection = { name: 'connection', ok: true, ...told(works) };
    // Too many rights are told, though they are in nobody's way.
    const checks = rights && [{ name: 'rights', ok: !rights.more, ...told(rights.told) }];
    return { health: 'healthy', checks: [connection, ...(checks ?? [])] };
  } catch (error) {
    if (!(error instanceof LineupError) || signal.aborted) throw error;
    const health = error.retryable ? 'unknown' : 'unhealthy';
    const { message, sentence } = error;
    return { health, checks: [{ name: 'connection', ok: false, message, sentence }] };
  }
}

/** A LINE that cannot be reached says nothing of the key. */
function healthOf(checks: readonly CheckResult[]): AuthorizationHealth {
  if (checks.some((one) => one.name === 'connection' && one.ok === false)) return 'unknown';
  if (checks.some((one) => one.ok === false)) return 'unhealthy';
  return checks.every((one) => one.ok === true) ? 'healthy' : 'unknown';
}

async function adAccountOf({ db }: ServiceDeps, id: string): Promise<string> {
  const [job] = await jobsUsing(db, id);
  if (job) return job.adAccountId;
  throw wrongValue(
    'adaccount_id',
    sentence`Enter an ad account: no job uses this authorization yet, so there is none to try it with.`,
  );
}

/**
 * A configuration as its method understands it: trimmed, defaults filled in.
 * @throws {LineupError} `invalid_argument`, every problem at its key
 */
function configurationFor(
  { provider, method }: { provider: string; method: string },
  configuration: Record<string, string>,
): Record<string, string> {
  try {
    return configurationOf(provider, method, configuration);
  } catch (error) {
    if (!(error instanceof ZodError)) throw error;
    throw wrongValues(
      error.issues.map((issue) =>
        fieldError(['configuration', ...issue.path].join('.'), issueSentence(issue)),
      ),
    );
  }
}

const audit = (verb: string, subjectId: string, detail: Record<string, unknown>) => ({
  action: `authorization.${verb}`,
  subjectType: 'authorization',
  subjectId,
  detail,
});
