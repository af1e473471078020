/** Slows down failed sign-ins, and records some of them in the audit log. */
import ipaddr from 'ipaddr.js';
import type { Attempt, SignInAttempts } from '../contracts/use-cases.ts';
import type { Actor } from '../domain/people/people.ts';
import { transaction } from '../store/database/database.ts';
import { recordAudit } from '../store/repositories/audit-log.ts';
import {
  type AttemptCount,
  lockAttempts,
  purgeAttempts,
  saveAttempts,
} from '../store/repositories/sign-in-attempts.ts';
import type { SecretBox } from '../store/secrets/secret-box.ts';
import type { UseCaseDeps } from './deps.ts';

/** The actor of a failed attempt. */
const unknownActor: Actor = { id: 'unknown', name: '?' };
const MAX_ROWS = 100_000;
/**
 * Unknown accounts share counts by this many digits of a digest. So they need little space, and behave like existing
 * accounts.
 */
const UNKNOWN_ACCOUNT_DIGITS = 4;

type Deps = Pick<UseCaseDeps, 'db' | 'box' | 'now'>;

interface Counted {
  readonly key: string;
  readonly rule: Rule;
  readonly kind: keyof typeof rules | 'strangers';
}

export function signInAttempts(deps: Deps): SignInAttempts {
  const { db, now } = deps;
  return {
    begin: async (attempt) => {
      const counted = countedOf(deps.box, attempt);
      const at = now();
      const counts = await transaction(db, async (tx) => {
        const before = await lockAttempts(tx, keysOf(counted), at);
        const waitSeconds = Math.max(...before.map((count, n) => waitOf(count, counted[n]!, before, at)));
        if (waitSeconds > 0) return waitSeconds;
        // Counts the attempt before it is made, so parallel attempts are limited like successive ones.
        const after = before.map((count, n) => withFailure(count, counted[n]!.rule, at));
        await saveAttempts(tx, after);
        return after;
      });
      if (typeof counts === 'number') return { waitSeconds: counts };
      return {
        waitSeconds: 0,
        failed: (detail) => recordFailure(deps, attempt, counted, counts, detail),
        succeeded: () => forgive(deps, counted),
      };
    },
  };
}

const keysOf = (counted: readonly Counted[]): string[] => counted.map(({ key }) => key);

function countedOf(box: SecretBox, { way, address, account, userId }: Attempt): Counted[] {
  const digest = (...parts: string[]) => box.digest('sign-in attempts', JSON.stringify(parts));
  const from = networkOf(address);
  const byAddress: Counted = { key: digest('address', way, from), rule: rules.address, kind: 'address' };
  if (account === null) return [byAddress];
  const who = userId ?? `stranger ${box.digest('strangers', account.toLowerCase()).slice(-UNKNOWN_ACCOUNT_DIGITS)}`;
  return [
    byAddress,
    { key: digest('account', way, who), rule: rules.account, kind: 'account' },
    { key: digest('both', way, who, from), rule: rules.accountAndAddress, kind: 'accountAndAddress' },
  ];
}

/**
 * The count per account does not apply to an address from which the owner has signed in: an attacker cannot lock the
 * owner out.
 */
function waitOf(count: AttemptCount, { kind }: Counted, all: readonly AttemptCount[], now: Date): number {
  const since = all.at(-1)?.succeededAt ?? null;
  const familiar = since !== null && now.getTime() - since.getTime() < FAMILIAR_MS;
  return kind === 'account' && familiar ? 0 : secondsLeft(count, now);
}

/** A client with one IPv6 address has all 2^64 addresses of its network, so the network counts as one address. */
function networkOf(address: string): string {
  if (!ipaddr.isValid(address)) return 'unknown';
  const parsed = ipaddr.process(address);
  return parsed instanceof ipaddr.IPv6 ? parsed.parts.slice(0, 4).join(':') : parsed.toString();
}

/** After a success, the person's own failures no longer count. */
async function forgive({ db, now }: Deps, counted: readonly Counted[]): Promise<void> {
  await transaction(db, async (tx) => {
    const at = now();
    const counts = await lockAttempts(tx, keysOf(counted), at);
    const own = counted.findIndex(({ kind }) => kind === 'accountAndAddress');
    const failures = own < 0 ? 1 : (counts[own]?.failures ?? 1);
    await saveAttempts(
      tx,
      counts.map((count, n) => {
        const cleared = withoutFailures(count, failures, counted[n]!.rule);
        return n === own ? { ...cleared, succeededAt: at } : cleared;
      }),
    );
  });
}

/** Failures of unknown accounts share one entry. The log does not contain the entered address. */
async function recordFailure(
  { db, box, now }: Deps,
  { way, userId }: Attempt,
  counted: readonly Counted[],
  counts: readonly AttemptCount[],
  detail: Readonly<Record<string, unknown>>,
): Promise<void> {
  await transaction(db, async (tx) => {
    let failures = counts[counted.findIndex(({ kind }) => kind === 'account')]?.failures ?? 0;
    if (userId === null) {
      const [all] = await lockAttempts(tx, [box.digest('sign-in attempts', 'strangers')], now());
      if (!all) return;
      const more = { ...withFailure(all, rules.account, now()), blockedUntil: null };
      await saveAttempts(tx, [more]);
      failures = more.failures;
    }
    if (!isAudited(failures)) return;
    const entry = { subjectType: 'user', subjectId: userId ?? unknownActor.id };
    // The detail has it, too, since before each entry had it.
    const { request_id: requestId } = detail;
    const actor = typeof requestId === 'string' ? { ...unknownActor, requestId } : unknownActor;
    await recordAudit(tx, actor, { action: `${way}.refused`, ...entry, detail: { ...detail, failures } }, now());
  });
}

/** Deletes counts that no longer matter. */
export async function deleteOldAttempts({ db, now }: Deps): Promise<void> {
  const ago = (ms: number) => new Date(now().getTime() - ms);
  await purgeAttempts(db, {
    failedBefore: ago(rules.account.forgetMs),
    succeededBefore: ago(FAMILIAR_MS),
    most: MAX_ROWS,
  });
}

/**
 * How long a client waits after failed sign-ins: not at all at first, then twice as long after each failure, up to a
 * limit. The service counts failures in three ways. Together they slow down guessing, and an attacker cannot lock a
 * person out:
 *
 * - Per account and address: guesses at one account are slowed down most.
 * - Per address: slows down a client that tries one password on many accounts. A success takes the person's own
 *   failures off the count, because many people may share an address.
 * - Per account: slows down guesses from many addresses. The wait is short, and does not apply to an address from which
 *   the owner has signed in before.
 */
const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

export interface Rule {
  /** Failures without a wait. */
  readonly free: number;
  readonly firstMs: number;
  readonly mostMs: number;
  /** Failures expire after this time without a further one. */
  readonly forgetMs: number;
}

export const rules = {
  accountAndAddress: { free: 5, firstMs: 30 * SECOND, mostMs: 15 * MINUTE, forgetMs: DAY },
  address: { free: 20, firstMs: 30 * SECOND, mostMs: 15 * MINUTE, forgetMs: HOUR },
  account: { free: 10, firstMs: 5 * SECOND, mostMs: MINUTE, forgetMs: DAY },
} as const satisfies Record<string, Rule>;

/** How long an address counts as familiar after a successful sign-in. */
export const FAMILIAR_MS = 90 * DAY;

export const waitAfter = (failures: number, { free, firstMs, mostMs }: Rule): number =>
  failures < free ? 0 : Math.min(mostMs, firstMs * 2 ** (failures - free));

/** The count with one more failure. */
export function withFailure(count: AttemptCount, rule: Rule, now: Date): AttemptCount {
  const stale = now.getTime() - count.lastAt.getTime() >= rule.forgetMs;
  const failures = stale ? 1 : count.failures + 1;
  const waitMs = waitAfter(failures, rule);
  return {
    ...count,
    failures,
    lastAt: now,
    blockedUntil: waitMs === 0 ? null : new Date(now.getTime() + waitMs),
  };
}

/** The count without the failures of a person who has now signed in. */
export function withoutFailures(count: AttemptCount, failures: number, rule: Rule): AttemptCount {
  const left = Math.max(0, count.failures - failures);
  return { ...count, failures: left, blockedUntil: left < rule.free ? null : count.blockedUntil };
}

export const secondsLeft = ({ blockedUntil }: AttemptCount, now: Date): number =>
  blockedUntil === null ? 0 : Math.max(0, Math.ceil((blockedUntil.getTime() - now.getTime()) / SECOND));

/** The log gets only failures 1, 2, 5, 10, 20, 50, … in a row, so an attacker cannot fill it. */
export const isAudited = (failures: number): boolean =>
  [1, 2, 5].includes(failures / 10 ** Math.floor(Math.log10(failures)));
