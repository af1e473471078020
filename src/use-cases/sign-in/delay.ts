/**
 * How long somebody waits who has failed to sign in: not at all at first, then twice as long each time, up to a limit. Pure.
 *
 * Three things are counted. Together they stop guessing without letting an attacker keep a person out for ever:
 *
 * - An account from one address: who guesses at one account is slowed down most.
 * - An address, whatever the account: who tries one password on many accounts. When somebody comes in from there, their own
 *   failures are taken off again, for many people may share an address.
 * - An account, from wherever: who guesses from many addresses. The wait is short, and does not count for an address from which
 *   its owner has come in before.
 */
import type { AttemptCount } from '../../store/repositories/sign-in-attempts.ts';

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

export interface Rule {
  /** Failures that cost nothing. */
  readonly free: number;
  readonly firstMs: number;
  readonly mostMs: number;
  /** After so long without a failure they are forgotten. */
  readonly forgetMs: number;
}

export const rules = {
  accountAndAddress: { free: 5, firstMs: 30 * SECOND, mostMs: 15 * MINUTE, forgetMs: DAY },
  address: { free: 20, firstMs: 30 * SECOND, mostMs: 15 * MINUTE, forgetMs: HOUR },
  account: { free: 10, firstMs: 5 * SECOND, mostMs: MINUTE, forgetMs: DAY },
} as const satisfies Record<string, Rule>;

/** So long an address is known to be its owner's. */
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

/** The count without failures that turned out to be those of somebody who may come in. */
export function without(count: AttemptCount, failures: number, rule: Rule): AttemptCount {
  const left = Math.max(0, count.failures - failures);
  return { ...count, failures: left, blockedUntil: left < rule.free ? null : count.blockedUntil };
}

export const secondsLeft = ({ blockedUntil }: AttemptCount, now: Date): number =>
  blockedUntil === null ? 0 : Math.max(0, Math.ceil((blockedUntil.getTime() - now.getTime()) / SECOND));

/** Of failures in a row some are written down: 1, 2, 5, 10, 20, 50, … So an attacker cannot fill the audit log. */
export const isWorthTelling = (failures: number): boolean =>
  [1, 2, 5].includes(failures / 10 ** Math.floor(Math.log10(failures)));
