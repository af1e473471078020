/** Which role the groups of a provider give, and what follows for an account. */
import { describe, expect, test } from 'vitest';
import { type AccountState, changeBy } from '../../../src/domain/people/admission.ts';
import { claimAt, groupsIn, MAX_GROUPS, roleOfGroups } from '../../../src/domain/people/groups.ts';

test.each([
  [{ groups: ['a'] }, 'groups', ['a']],
  [{ realm_access: { roles: ['a'] } }, 'realm_access.roles', ['a']],
  [{ resource_access: { 'my.client': { roles: ['a'] } } }, 'resource_access.my.client.roles', ['a']],
  [{ 'https://example.com/groups': ['a'] }, 'https://example.com/groups', ['a']],
  [{ 'a.b': { c: 1 }, a: { b: { c: 2 } } }, 'a.b.c', 1],
  [{ a: { b: null } }, 'a.b', null],
  [{ a: 'text' }, 'a.length', undefined],
  [{}, 'constructor', undefined],
  [{}, '__proto__.constructor', undefined],
  [{ groups: [] }, 'groups.length', 0],
])('in %j, the claim %s is %j', (claims, path, value) => {
  expect(claimAt(claims, path)).toEqual(value);
});

const many = (count: number) => Array.from({ length: count }, (_, n) => `g${n}`);

test.each([
  [{ groups: ['a', 'b', 'a', 1, null, {}] }, new Set(['a', 'b'])],
  [{ groups: 'Marketing, Tokyo' }, new Set(['Marketing, Tokyo'])],
  [{ groups: [] }, new Set()],
  [{}, new Set()],
  [{ groups: many(MAX_GROUPS) }, new Set(many(MAX_GROUPS))],
])('the groups in %j', (claims, groups) => {
  expect(groupsIn(claims, 'groups')).toEqual({ groups });
});

test.each([
  [{ groups: many(100_000) }, 'unreadable'],
  [{ groups: { admin: true } }, 'unreadable'],
  [{ groups: 7 }, 'unreadable'],
  [{ _claim_names: { groups: 'src1' }, _claim_sources: { src1: { endpoint: 'https://x' } } }, 'left_out'],
  [{ hasgroups: true }, 'left_out'],
])('claims whose groups nobody knows', (claims, problem) => {
  expect(groupsIn(claims, 'groups')).toEqual({ problem });
});

describe('the role of groups', () => {
  const mapping = {
    viewer: ['everybody else', 'both'],
    administrator: ['line=admins', '0b5f9a3e-6f0c-4a53-9c43-1d2e3f4a5b6c', 'both'],
    editor: ['Marketing, Tokyo'],
  };

  test.each([
    [['Marketing, Tokyo', 'everybody else'], { role: 'editor', group: 'Marketing, Tokyo' }],
    [['both'], { role: 'administrator', group: 'both' }],
    [['x', '0b5f9a3e-6f0c-4a53-9c43-1d2e3f4a5b6c'], { role: 'administrator', group: mapping.administrator[1] }],
    [['LINE=ADMINS'], undefined],
    [['Marketing'], undefined],
    [[], undefined],
  ])('%j', (groups, role) => {
    expect(roleOfGroups(mapping, new Set(groups))).toEqual(role);
  });

  test('a group that is called * gives nothing that everybody has not', () => {
    expect(roleOfGroups({ administrator: ['a'], viewer: ['*'] }, new Set(['*']))?.role).toBe('viewer');
    expect(roleOfGroups({ administrator: ['a'], viewer: ['*'] }, new Set(['a']))?.role).toBe('administrator');
    expect(roleOfGroups({ viewer: ['*'] }, new Set())).toEqual({ role: 'viewer', group: '*' });
  });
});

describe('what follows for an account', () => {
  const active: AccountState = { role: 'editor', disabled: false, because: null };
  const admitted = (role: 'viewer' | 'editor' | null) => ({ admitted: true, role, group: null }) as const;

  test.each([
    ['another role', active, admitted('viewer'), { role: 'viewer' }],
    ['the same role', active, admitted('editor'), {}],
    ['groups decide nothing', active, admitted(null), {}],
    ['in no group', active, { admitted: false, why: 'no_group' } as const, { disabled: 'no_group' }],
    ['nobody knows the groups', active, { admitted: false, why: 'groups_left_out' } as const, {}],
    [
      'what the provider took, it gives back',
      { ...active, disabled: true, because: 'provider' } as const,
      admitted('viewer'),
      { role: 'viewer', disabled: null },
    ],
    [
      'what an administrator took, it does not',
      { ...active, disabled: true, because: 'administrator' } as const,
      admitted('editor'),
      {},
    ],
    ['nor what somebody took before', { ...active, disabled: true }, admitted('editor'), {}],
    [
      'the reason of an administrator stays',
      { ...active, disabled: true, because: 'administrator' } as const,
      { admitted: false, why: 'no_group' } as const,
      {},
    ],
  ])('%s', (_, account, admission, change) => {
    expect(changeBy(account, admission)).toEqual(change);
  });
});
