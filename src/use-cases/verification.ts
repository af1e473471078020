/** Trying credentials with reads alone, whether they are saved already or not. */

import type { Authorization, Verification } from '../contracts/authorizations.ts';
import { findMethod } from '../contracts/providers/index.ts';
import type { BaseAccounts, Destination, DestinationCheck } from '../destinations/destination.ts';
import { destinationOf, isDestination } from '../domain/destinations/index.ts';
import { LineupError } from '../domain/errors/errors.ts';
import { remedyOf } from '../domain/jobs/conditions.ts';
import { wrongValue } from '../domain/text/localized.ts';
import { localized, sentence, sentenceOf } from '../domain/text/sentence.ts';
import type { Verified } from '../sources/source.ts';
import { transaction } from '../store/database/database.ts';
import { getAuthorization, jobsUsing, revealConfiguration } from '../store/repositories/authorizations.ts';
import { type FoundHealth, keepHealth } from './authorization-health.ts';
import { baseAccountsOf, healthWith } from './consents/accounts.ts';
import { connectionIn, consentOf } from './consents/connection.ts';
import type { UseCaseDeps } from './deps.ts';
import { destinationWith, interactive, unsavedDestination } from './destinations.ts';
import { withSecrets } from './secrets-outside.ts';
import type { Initiator } from './sources/quarantine.ts';
import { withTimeout } from './sources/registry.ts';
import type { LimitingClock } from './time-limit.ts';

/** The result of a verification, and the part of it that is stored as health. */
export interface VerificationResult {
  readonly health: Verification['health'];
  readonly checks: readonly DestinationCheck[];
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
  const found = isDestination(provider)
    ? await verifySaved(deps, await getAuthorization(deps.db, id), adAccountId, signal)
    : await verifySource(deps, (inner) => deps.sources.verify(id, by, inner), signal);
  await transaction(deps.db, (tx) => keepHealth(deps, tx, { id, revision }, found.kept));
  return shown(found);
}

async function verifySaved(
  deps: UseCaseDeps,
  authorization: Authorization,
  adAccountId: string | undefined,
  signal: AbortSignal,
): Promise<VerificationResult> {
  const { id } = authorization;
  const connect = () => destinationWith(deps.destinations, id, interactive);
  const account = adAccountId ?? (await knownAdAccount(deps, id)) ?? onlyAccountOf(authorization.provider);
  const asked = consentOf(authorization);
  if (!asked) return verifyDestination(connect, account, signal);
  const { chooses } = asked;
  const chosen = chooses && ((await deps.destinations.authorizations.reveal(id)).reveal()[chooses] ?? '');
  const result = await verifyConsent(connect, { chosen, account }, signal);
  if (result.health !== 'unhealthy') return result;
  // Where nobody has connected it yet, nothing was refused, and nobody needs a notification.
  const configuration = (await revealConfiguration(deps.db, deps.box, id)).reveal();
  const connection = await connectionIn(deps.db, deps, authorization, configuration);
  if (connection?.connected) return result;
  return { ...result, health: 'unknown', kept: { ...result.kept, health: 'unknown' } };
}

interface Unsaved {
  readonly provider: string;
  readonly method: string;
  readonly configuration: Record<string, string>;
  readonly adAccountId: string | undefined;
}

/** Verifies credentials before they are saved; undefined when no ad account is known to verify with. */
export async function verifyUnsaved(
  deps: UseCaseDeps,
  { provider, method, configuration, adAccountId }: Unsaved,
  signal: AbortSignal,
): Promise<VerificationResult | undefined> {
  // Within the check: a secret outside that cannot be read is a finding of it.
  const whole = () => withSecrets({ provider, method, configuration }, deps.readSecret);
  if (!isDestination(provider))
    return verifySource(deps, async (inner) => deps.sources.verifyUnsaved(provider, await whole(), inner), signal);
  const account = adAccountId ?? onlyAccountOf(provider);
  if (account === undefined || consentOf({ provider, method })) return undefined;
  const connect = async () => unsavedDestination(deps.destinations, provider, await whole(), interactive);
  return verifyDestination(connect, account, signal);
}

/** A method of a provider, by their ids. */
export interface ProviderMethod {
  readonly provider: string;
  readonly method: string;
}

/** The form field that a check is about. A source has a single check, of its connection. */
function fieldOf({ provider, method }: ProviderMethod, { name, field }: DestinationCheck): string | undefined {
  if (isDestination(provider)) return field;
  const connection = findMethod(provider, method)?.connectionField;
  return name === 'connection' && connection !== undefined ? `configuration.${connection}` : undefined;
}

/** @throws {LineupError} `authorization_not_verified`, with each problem at its field if it has one */
export function assertVerified(method: ProviderMethod, { checks, kept }: VerificationResult): void {
  const wrong = checks.filter(({ ok, name }) => ok === false && name !== 'rights' && name !== 'clock');
  if (kept.health === 'healthy' && wrong.length === 0) return;
  const first = kept.reason ?? wrong[0];
  if (!first) return;
  throw new LineupError('authorization_not_verified', sentenceOf(first), {
    fields: wrong.flatMap((check) => {
      const path = fieldOf(method, check);
      return path === undefined ? [] : [{ path, message: check.message, sentence: check.sentence }];
    }),
  });
}

/** Where the credentials are those of one account, nobody has to name it. */
const onlyAccountOf = (provider: string): string | undefined =>
  destinationOf(provider).account === 'channel' ? '' : undefined;

/** An ad account that the key has worked with: the account of a job, else the one of the last verification. */
export async function knownAdAccount({ db }: UseCaseDeps, id: string): Promise<string | undefined> {
  const [job] = await jobsUsing(db, id);
  return job?.adAccountId ?? (await getAuthorization(db, id)).adaccount_id ?? undefined;
}

export const shown = ({ health, checks }: VerificationResult): Verification => ({
  health,
  checks: checks.map(({ name, ok, message, sentence: explanation }) => ({ name, ok, message, sentence: explanation })),
});

function noAdAccount(): never {
  throw wrongValue(
    'adaccount_id',
    sentence`No job uses this authorization yet. Enter an ad account to verify it with.`,
  );
}

async function verifyDestination(
  connect: () => Promise<Destination>,
  adAccountId: string | undefined,
  signal: AbortSignal,
): Promise<VerificationResult> {
  const destination = await connect().catch((error: unknown) => {
    if (error instanceof LineupError && remedyOf(error) === 'key') return error;
    throw error;
  });
  if (destination instanceof LineupError) return failed('key', destination);
  const checks = await destination.verify({ account: adAccountId ?? noAdAccount() }, signal);
  const isAccepted = checks.some(({ name, ok }) => name === 'ad_account' && ok === true);
  const kept = { ...healthOfKey(checks), ...(isAccepted && { adAccountId }) };
  return { health: kept.health, checks, kept };
}

/**
 * Whether the consent is still accepted, and the base account can be used. The account of a job may have problems of
 * its own, which say nothing about the authorization.
 */
async function verifyConsent(
  connect: () => Promise<Destination>,
  { chosen, account }: { readonly chosen: string | undefined; readonly account: string | undefined },
  signal: AbortSignal,
): Promise<VerificationResult> {
  let destination: Destination;
  let found: BaseAccounts | undefined;
  try {
    destination = await connect();
    found = await baseAccountsOf(destination, signal);
  } catch (error) {
    if (!(error instanceof LineupError) || signal.aborted) throw error;
    return failed('key', error);
  }
  const kept = healthWith(found, chosen);
  const checks: DestinationCheck[] = [
    { name: 'key', ok: true, ...localized(sentence`The consent is accepted.`) },
    ...(kept.reason ? [{ name: 'base_account', ok: kept.health === 'unhealthy' ? false : null, ...kept.reason }] : []),
  ];
  if (kept.health === 'healthy' && account !== undefined) {
    const further = await destination.verify({ account }, signal);
    checks.push(...further.filter(({ name }) => name !== 'key'));
  }
  return { health: kept.health, checks, kept };
}

/** The health of the key alone. An unreachable LINE or a wrong clock leaves it unknown. */
function healthOfKey(checks: readonly DestinationCheck[]): FoundHealth {
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
