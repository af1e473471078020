/** Trying credentials with reads alone, whether they are saved already or not. */
import type { LineAdsClient } from '../../packages/line-ads/src/index.ts';
import type { Verification } from '../contracts/authorizations.ts';
import { findMethod } from '../contracts/providers/index.ts';
import { LineupError } from '../domain/errors/errors.ts';
import { remedyOf } from '../domain/jobs/conditions.ts';
import { wrongValue } from '../domain/text/localized.ts';
import { localized, sentence, sentenceOf } from '../domain/text/sentence.ts';
import { type CheckResult, check } from '../export/check.ts';
import type { Verified } from '../sources/source.ts';
import { transaction } from '../store/database/database.ts';
import { getAuthorization, jobsUsing } from '../store/repositories/authorizations.ts';
import { type FoundHealth, keepHealth } from './authorization-health.ts';
import type { UseCaseDeps } from './deps.ts';
import { type ClientOptions, interactive, lineAdsOf, lineAdsWith } from './line-ads.ts';
import type { Initiator } from './sources/quarantine.ts';
import { withTimeout } from './sources/registry.ts';
import type { LimitingClock } from './time-limit.ts';

/** The result of a verification, and the part of it that is stored as health. */
export interface VerificationResult extends Verification {
  readonly kept: FoundHealth;
}

/**
 * Verifies saved credentials and stores the result as their health. Problems of the ad account are reported but not
 * stored, because a mistyped account says nothing about the key.
 * @param options.adAccountId for LINE Ads, because keys work for ad accounts; @default one that the key has worked with
 * @param options.by `service` does not read a source in quarantine
 * @throws {LineupError} `invalid_argument` when no ad account is known
 */
export async function verifyAuthorization(
  deps: UseCaseDeps,
  id: string,
  { adAccountId, by }: { readonly adAccountId?: string; readonly by: Initiator },
  signal: AbortSignal,
): Promise<Verification> {
  const { provider, revision } = await getAuthorization(deps.db, id);
  const found =
    provider === 'line_ads'
      ? await verifyLineAds(
          (options) => lineAdsWith(deps.lineAds, id, options),
          adAccountId ?? (await knownAdAccount(deps, id)),
          signal,
        )
      : await verifySource(deps, (inner) => deps.sources.verify(id, by, inner), signal);
  await transaction(deps.db, (tx) => keepHealth(deps, tx, { id, revision }, found.kept));
  return shown(found);
}

interface Unsaved {
  readonly provider: string;
  readonly configuration: Record<string, string>;
  readonly adAccountId: string | undefined;
}

/** Verifies credentials before they are saved; undefined when no ad account is known to verify with. */
export async function verifyUnsaved(
  deps: UseCaseDeps,
  { provider, configuration, adAccountId }: Unsaved,
  signal: AbortSignal,
): Promise<VerificationResult | undefined> {
  if (provider !== 'line_ads')
    return verifySource(deps, (inner) => deps.sources.verifyUnsaved(provider, configuration, inner), signal);
  if (adAccountId === undefined) return undefined;
  const open = async (options: ClientOptions) => lineAdsOf(deps.lineAds, configuration, options);
  return verifyLineAds(open, adAccountId, signal);
}

/** A method of a provider, by their ids. */
export interface ProviderMethod {
  readonly provider: string;
  readonly method: string;
}

/** The form field that each check of LINE Ads is about. A source has a single check, of its connection. */
const lineAdsFields: Readonly<Record<string, string>> = {
  key: 'configuration.secret_key',
  ad_account: 'adaccount_id',
  role: 'configuration.access_key',
};

function fieldOf({ provider, method }: ProviderMethod, check: string): string | undefined {
  if (provider === 'line_ads') return lineAdsFields[check];
  const field = findMethod(provider, method)?.connectionField;
  return check === 'connection' && field !== undefined ? `configuration.${field}` : undefined;
}

/** @throws {LineupError} `authorization_not_verified`, with each problem at its field if it has one */
export function assertVerified(method: ProviderMethod, { checks, kept }: VerificationResult): void {
  const wrong = checks.filter(({ ok, name }) => ok === false && name !== 'rights' && name !== 'clock');
  if (kept.health === 'healthy' && wrong.length === 0) return;
  const first = kept.reason ?? wrong[0];
  if (!first) return;
  throw new LineupError('authorization_not_verified', sentenceOf(first), {
    fields: wrong.flatMap(({ name, message, sentence: explanation }) => {
      const path = fieldOf(method, name);
      return path === undefined ? [] : [{ path, message, sentence: explanation }];
    }),
  });
}

/** An ad account that the key has worked with: the account of a job, else the one of the last verification. */
export async function knownAdAccount({ db }: UseCaseDeps, id: string): Promise<string | undefined> {
  const [job] = await jobsUsing(db, id);
  return job?.adAccountId ?? (await getAuthorization(db, id)).adaccount_id ?? undefined;
}

export const shown = ({ health, checks }: Verification): Verification => ({ health, checks });

function noAdAccount(): never {
  throw wrongValue(
    'adaccount_id',
    sentence`No job uses this authorization yet. Enter an ad account to verify it with.`,
  );
}

async function verifyLineAds(
  open: (options: ClientOptions) => Promise<LineAdsClient>,
  adAccountId: string | undefined,
  signal: AbortSignal,
): Promise<VerificationResult> {
  let skewMs: number | undefined;
  const options: ClientOptions = {
    ...interactive,
    log: (entry) => {
      skewMs = entry.skewMs ?? skewMs;
    },
  };
  const client = await open(options).catch((error: unknown) => {
    if (error instanceof LineupError && remedyOf(error) === 'key') return error;
    throw error;
  });
  if (client instanceof LineupError) return failed('key', client);
  const checks = await check(client, { adAccountId: adAccountId ?? noAdAccount() }, () => skewMs, signal);
  const isAccepted = checks.some(({ name, ok }) => name === 'ad_account' && ok === true);
  const kept = { ...healthOfKey(checks), ...(isAccepted && { adAccountId }) };
  return { health: kept.health, checks, kept };
}

/** The health of the key alone. An unreachable LINE or a wrong clock leaves it unknown. */
function healthOfKey(checks: readonly CheckResult[]): FoundHealth {
  const key = checks.find(({ name }) => name === 'key');
  if (key?.ok === true) return { health: 'healthy', reason: null };
  if (key?.ok === false) return { health: 'unhealthy', reason: key };
  return { health: 'unknown', reason: checks.find(({ ok }) => ok === false) ?? key ?? null };
}

async function verifySource(
  clock: LimitingClock,
  verify: (signal: AbortSignal) => Promise<Verified>,
  signal: AbortSignal,
): Promise<VerificationResult> {
  try {
    const { works, rights } = await withTimeout(clock, signal, verify);
    const connection = { name: 'connection', ok: true, ...localized(works) };
    // Unnecessary rights are reported, although they cause no failure.
    const checks = rights && [{ name: 'rights', ok: !rights.more, ...localized(rights.text) }];
    const kept = { health: 'healthy', reason: rights?.more ? localized(rights.text) : null } as const;
    return { health: 'healthy', checks: [connection, ...(checks ?? [])], kept };
  } catch (error) {
    if (!(error instanceof LineupError) || signal.aborted) throw error;
    return failed('connection', error);
  }
}

/** The result when a check failed and no other could be made. */
function failed(name: string, { retryable, message, sentence: explanation }: LineupError): VerificationResult {
  const health = retryable ? 'unknown' : 'unhealthy';
  const reason = { message, sentence: explanation };
  return { health, checks: [{ name, ok: false, ...reason }], kept: { health, reason } };
}
