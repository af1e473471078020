/**
 * How guessing is slowed down, by account, by address and by both, over all processes. And what the audit log records.
 */
import { sql } from 'kysely';
import { beforeEach, describe, expect, test } from 'vitest';
import type { Attempt } from '../../src/contracts/use-cases.ts';
import { listAudit } from '../../src/store/repositories/audit-log.ts';
import {
  deleteOldAttempts,
  isAudited,
  rules,
  signInAttempts,
  waitAfter,
} from '../../src/use-cases/sign-in-attempts.ts';
import { mainDatabase, useDatabase } from '../support/databases.ts';
import { openBox } from '../support/service.ts';

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

test('waits start after some failures, grow, and have a maximum', () => {
  const waits = (rule: keyof typeof rules, ...failures: number[]) =>
    failures.map((n) => waitAfter(n, rules[rule]) / SECOND);
  expect(waits('accountAndAddress', 1, 4, 5, 6, 7, 10, 1_000, 1e9)).toEqual([0, 0, 30, 60, 120, 900, 900, 900]);
  expect(waits('address', 19, 20, 21, 1e9)).toEqual([0, 30, 60, 900]);
  // Short, so that nobody can lock another user out for long.
  expect(waits('account', 9, 10, 11, 20, 1e9)).toEqual([0, 5, 10, 60, 60]);
  const reported = Array.from({ length: 1_000 }, (_, n) => n + 1).filter(isAudited);
  expect(reported).toEqual([1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000]);
});

describe('attempts to sign in', () => {
  const current = useDatabase(mainDatabase);
  let now: Date;
  let begin: (change?: Partial<Attempt>) => ReturnType<ReturnType<typeof signInAttempts>['begin']>;
  let deps: Parameters<typeof signInAttempts>[0];
  beforeEach(async () => {
    now = new Date('2026-03-02T09:00:00Z');
    deps = { db: current.database.db, box: await openBox(current.database.db), now: () => now };
    const attempts = signInAttempts(deps);
    begin = (change) =>
      attempts.begin({
        way: 'session',
        address: '198.51.100.1',
        account: 'aiko@example.com',
        userId: 'user-1',
        ...change,
      });
  });
  const later = (ms: number) => {
    now = new Date(now.getTime() + ms);
  };
  /** How many of `count` attempts are allowed. All of them fail. */
  const tried = async (count: number, change: (n: number) => Partial<Attempt>) => {
    let admitted = 0;
    for (let n = 0; n < count; n += 1) {
      const { waitSeconds, failed } = await begin(change(n));
      await failed?.({});
      if (waitSeconds === 0) admitted += 1;
    }
    return admitted;
  };
  const address = (n: number) => `203.0.113.${n}`;

  test('on one account from one address: five, then one after ever longer waits', async () => {
    expect(await tried(20, () => ({}))).toBe(5);
    expect((await begin()).waitSeconds).toBe(30);
    later(10 * SECOND);
    // An attempt during a wait does not extend it.
    expect((await begin()).waitSeconds).toBe(20);
    later(20 * SECOND);
    expect(await tried(5, () => ({}))).toBe(1);
    expect((await begin()).waitSeconds).toBe(60);
    // Another account from the same address, and the same account from another address, may try.
    expect((await begin({ account: 'bert@example.com', userId: 'user-2' })).waitSeconds).toBe(0);
    expect((await begin({ address: '198.51.100.2' })).waitSeconds).toBe(0);
    later(24 * HOUR);
    expect(await tried(20, () => ({}))).toBe(5);
  });

  test('at the same time are limited in the same way', async () => {
    const begun = await Promise.all(Array.from({ length: 30 }, () => begin()));
    expect(begun.filter(({ waitSeconds }) => waitSeconds === 0)).toHaveLength(5);
  });

  test('on one account from many addresses are limited, too, but its owner can still sign in', async () => {
    const owner = await begin({ address: '192.0.2.7' });
    await owner.succeeded?.();
    expect(await tried(40, (n) => ({ address: address(n) }))).toBe(10);
    expect((await begin({ address: address(200) })).waitSeconds).toBe(5);
    // From an address where the owner has signed in before, the owner still can. Other people’s failures do not lock
    // the owner out.
    const again = await begin({ address: '192.0.2.7' });
    expect(again.waitSeconds).toBe(0);
    await again.succeeded?.();
    expect((await begin({ address: address(201) })).waitSeconds).toBeGreaterThan(0);
    // From other addresses the wait is at most a minute, however long the attempts last.
    for (let n = 0; n < 30; n += 1) {
      later(MINUTE);
      expect(await tried(2, (m) => ({ address: address(10 * (n % 20) + m) }))).toBe(1);
    }
    later(MINUTE);
    expect((await begin({ address: '192.0.2.8' })).waitSeconds).toBe(0);
  });

  test('on many accounts from one address: twenty, then ever longer waits; a success takes back the failures of that user', async () => {
    const others = (n: number) => ({ account: `${n}@example.com`, userId: `user-${n}` });
    expect(await tried(40, others)).toBe(20);
    later(30 * SECOND);
    expect(await tried(5, (n) => others(n + 100))).toBe(1);
    later(HOUR);
    // An office behind one address: everybody mistypes twice, and then signs in.
    for (let n = 0; n < 30; n += 1) {
      expect(await tried(2, () => others(n + 200))).toBe(2);
      const right = await begin(others(n + 200));
      expect(right.waitSeconds).toBe(0);
      await right.succeeded?.();
    }
  });

  test('on unknown accounts get the same answer, and an IPv6 network is one address', async () => {
    const stranger = { account: 'nobody@example.com', userId: null };
    expect(await tried(20, () => stranger)).toBe(5);
    expect((await begin(stranger)).waitSeconds).toBe(30);
    expect(await tried(20, (n) => ({ ...stranger, address: address(n) }))).toBe(5);
    expect(await tried(20, (n) => ({ address: `2001:db8:1:2::${n + 1}` }))).toBe(5);
    expect((await begin({ address: '2001:db8:1:3::1', userId: 'user-9' })).waitSeconds).toBe(0);
    // An invalid address from a proxy counts as one address, too.
    expect(await tried(20, (n) => ({ userId: 'user-8', address: `unknown-${n}` }))).toBe(5);
  });

  test('with links count by address only, and separately from sign-in', async () => {
    const link = { way: 'link', account: null, userId: null } as const;
    expect(await tried(40, () => link)).toBe(20);
    expect((await begin()).waitSeconds).toBe(0);
  });

  test('leave few lines in the audit log, without the name that a stranger enters', async () => {
    for (let n = 0; n < 60; n += 1) {
      await tried(1, () => ({ address: address(n) }));
      await tried(1, () => ({ address: address(n), account: `${n}@stranger.example`, userId: null }));
      later(MINUTE);
    }
    const lines = await listAudit(current.database.db, { limit: 1_000 });
    const failures = (account: string) =>
      lines.filter(({ subject_id }) => subject_id === account).map(({ detail }) => detail.failures);
    expect(failures('user-1').length).toBeGreaterThan(3);
    expect(failures('user-1').length).toBeLessThan(7);
    expect(failures('unknown')).toEqual([50, 20, 10, 5, 2, 1]);
    expect(lines[0]).toMatchObject({ action: 'session.refused', actor: '?', subject_type: 'user' });
    const { rows } = await sql<{ text: string }>`
      select a::text as text from lineup.sign_in_attempts a
      union all select l::text from lineup.audit_log l`.execute(current.database.db);
    const kept = rows.map(({ text }) => text).join('\n');
    for (const personal of ['stranger.example', 'aiko', '203.0.113']) expect(kept).not.toContain(personal);
  });

  test('that no longer count are deleted', async () => {
    await (await begin({ address: '192.0.2.7' })).succeeded?.();
    await tried(3, (n) => ({ address: address(n) }));
    const rows = async () => (await current.database.db.selectFrom('sign_in_attempts').selectAll().execute()).length;
    const before = await rows();
    await deleteOldAttempts(deps);
    expect(await rows()).toBe(before);
    later(24 * HOUR + 1);
    await deleteOldAttempts(deps);
    // The record that the owner has signed in from there.
    expect(await rows()).toBe(1);
    later(90 * 24 * HOUR);
    await deleteOldAttempts(deps);
    expect(await rows()).toBe(0);
  });
});
