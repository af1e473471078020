/** Which audience each identifier of a job has after an edit. */
import { describe, expect, test } from 'vitest';
import { deliveriesAfter, deliveriesOfNew, leftBySiblings } from '../../../src/domain/jobs/audiences.ts';
import { brokenJobRules, jobConfiguration } from '../../../src/domain/jobs/configuration.ts';

const phone = { identifier_type: 'phone', id_field: 'phone', audience_name: 'VIP (phone)' };
const ifa = { identifier_type: 'ifa', id_field: 'device', audience_name: 'VIP (ifa)' };

const withSiblings = (siblings: object[], change: object = {}) =>
  jobConfiguration.parse({
    segment_id: 'vip.csv',
    adaccount_id: 'A1',
    audience_name: 'VIP',
    identifier_type: 'email',
    continuous_update: false,
    siblings,
    ...change,
  });

/** A job whose runs have made the audiences 1, 2, and 3. */
const job = {
  audienceId: '1',
  siblingAudienceIds: ['2', '3'],
  configuration: withSiblings([phone, ifa]),
};

const after = (configuration: ReturnType<typeof withSiblings>, another = false) =>
  deliveriesAfter(job, configuration, another).map(({ audience }) => audience);

test('those of a new job are chosen, or made by the first run', () => {
  const chosen = { ...phone, audience_name: null, audience_id: '7' };
  expect(deliveriesOfNew({ configuration: withSiblings([chosen, ifa]) })).toMatchObject([
    { path: 'configuration', before: undefined, audience: { kind: 'kept', id: null } },
    { path: 'configuration.siblings.0', audience: { kind: 'chosen', id: '7' } },
    { path: 'configuration.siblings.1', audience: { kind: 'kept', id: null } },
  ]);
});

test('a further identifier keeps its audience wherever it is in the list', () => {
  expect(after(job.configuration)).toEqual([
    { kind: 'kept', id: '1' },
    { kind: 'kept', id: '2' },
    { kind: 'kept', id: '3' },
  ]);
  expect(after(withSiblings([ifa, phone]))).toEqual([
    { kind: 'kept', id: '1' },
    { kind: 'kept', id: '3' },
    { kind: 'kept', id: '2' },
  ]);
  expect(after(withSiblings([ifa]))).toEqual([
    { kind: 'kept', id: '1' },
    { kind: 'kept', id: '3' },
  ]);
});

test('another name renames its audience, and another id chooses one', () => {
  expect(after(withSiblings([{ ...phone, audience_name: 'Phones' }, ifa]))[1]).toEqual({
    kind: 'renamed',
    id: '2',
    name: 'Phones',
  });
  expect(after(withSiblings([{ ...phone, audience_name: null, audience_id: '9' }, ifa]))[1]).toEqual({
    kind: 'chosen',
    id: '9',
  });
});

test('it is the same with another field when its audience is the same', () => {
  expect(after(withSiblings([{ ...phone, id_field: 'mobile' }, ifa]))[1]).toEqual({ kind: 'kept', id: '2' });
  const byId = { ...phone, id_field: 'mobile', audience_name: null, audience_id: '2' };
  expect(after(withSiblings([byId, ifa]))[1]).toEqual({ kind: 'kept', id: '2' });
});

test('with another field and another audience, or another type, it is a new one', () => {
  const other = { ...phone, id_field: 'mobile', audience_name: 'Mobiles' };
  expect(deliveriesAfter(job, withSiblings([other, ifa]), false)[1]).toMatchObject({
    before: undefined,
    audience: { kind: 'kept', id: null },
  });
  const retyped = { ...phone, identifier_type: 'email' };
  expect(after(withSiblings([retyped]))[1]).toEqual({ kind: 'kept', id: null });
});

test('the field decides before the audience', () => {
  // Two identifiers swap their fields.
  const two = {
    ...job,
    configuration: withSiblings([phone, { ...phone, id_field: 'home', audience_name: 'Home' }]),
  };
  const swapped = withSiblings([
    { ...phone, id_field: 'home' },
    { ...phone, audience_name: 'Home' },
  ]);
  expect(deliveriesAfter(two, swapped, false).map(({ audience }) => audience)).toEqual([
    { kind: 'kept', id: '1' },
    { kind: 'renamed', id: '3', name: 'VIP (phone)' },
    { kind: 'renamed', id: '2', name: 'Home' },
  ]);
});

test('another audience is made for those whose name has changed, and for the first one when nothing else is meant', () => {
  const renamed = withSiblings([{ ...phone, audience_name: 'Phones' }, ifa]);
  expect(after(renamed, true)).toEqual([
    { kind: 'kept', id: '1' },
    { kind: 'another', id: null, left: '2' },
    { kind: 'kept', id: '3' },
  ]);
  expect(after({ ...renamed, audience_name: 'Gold' }, true)[0]).toEqual({
    kind: 'another',
    id: null,
    left: '1',
  });
  expect(after(job.configuration, true)).toEqual([
    { kind: 'another', id: null, left: '1' },
    { kind: 'kept', id: '2' },
    { kind: 'kept', id: '3' },
  ]);
});

test('another ad account needs another audience for each identifier, which a person confirms once', () => {
  const moved = withSiblings([phone, ifa], { adaccount_id: 'A2' });
  expect(after(moved)).toEqual([
    { kind: 'unconfirmed', id: null, left: '1' },
    { kind: 'unconfirmed', id: null, left: '2' },
    { kind: 'unconfirmed', id: null, left: '3' },
  ]);
  expect(after(moved, true).map(({ kind }) => kind)).toEqual(['another', 'another', 'another']);
});

describe('an identifier that shares the audience of the first one', () => {
  const shares = { identifier_type: 'phone', id_field: 'phone', shares: true };
  const shared = { ...job, siblingAudienceIds: [null, '3'], configuration: withSiblings([shares, ifa]) };
  const change = (siblings: object[], more: object = {}, another = false) =>
    deliveriesAfter(shared, withSiblings(siblings, more), another).map(({ audience }) => audience);

  test('has none of its own, whatever happens to that of the first one', () => {
    expect(deliveriesOfNew({ configuration: shared.configuration, sibling_audience_ids: ['9'] })[1]?.audience).toEqual({
      kind: 'shared',
      id: null,
    });
    expect(change([shares, ifa])).toEqual([
      { kind: 'kept', id: '1' },
      { kind: 'shared', id: null },
      { kind: 'kept', id: '3' },
    ]);
    expect(change([shares, ifa], { audience_name: 'Gold' }, true).slice(0, 2)).toEqual([
      { kind: 'another', id: null, left: '1' },
      { kind: 'shared', id: null },
    ]);
  });

  test('stays the same with another field, and is no other one with an audience of its own', () => {
    expect(deliveriesAfter(shared, withSiblings([{ ...shares, id_field: 'home' }]), false)[1]?.before).toMatchObject({
      configuration: { id_field: 'phone' },
    });
    const own = { ...phone, id_field: 'home', audience_name: null, audience_id: '9' };
    expect(deliveriesAfter(shared, withSiblings([own]), false)[1]?.before).toBeUndefined();
  });

  test('leaves the audience that it had, and gets a new one when it shares no more', () => {
    const deliveries = deliveriesAfter(job, shared.configuration, false);
    expect(leftBySiblings(job, deliveries)).toEqual(['2']);
    expect(change([phone, ifa])[1]).toEqual({ kind: 'kept', id: null });
  });

  test('names no audience, and is no repetition', () => {
    const broken = (sibling: object) =>
      brokenJobRules({ audience_name: 'VIP', continuous_update: false, siblings: [sibling] }).map(
        ({ path, message }) => [path.join('.'), message],
      );
    expect(broken(shares)).toEqual([]);
    expect(broken({ ...shares, shares: false }).map(([path]) => path)).toEqual(['siblings.0.audience_name']);
    const message = 'This identifier fills the audience of the first one. Leave this empty.';
    expect(broken({ ...shares, audience_name: 'Phones' })).toEqual([['siblings.0.audience_name', message]]);
    expect(broken({ ...shares, audience_id: '7' })).toEqual([['siblings.0.audience_id', message]]);
  });
});

test('the audiences of removed and of changed identifiers are left', () => {
  const left = (configuration: ReturnType<typeof withSiblings>, another = false) =>
    leftBySiblings(job, deliveriesAfter(job, configuration, another));
  expect(left(withSiblings([]))).toEqual(['2', '3']);
  expect(left(withSiblings([ifa]))).toEqual(['2']);
  expect(left(withSiblings([{ ...phone, audience_name: 'Phones' }, ifa]))).toEqual([]);
  expect(left(withSiblings([{ ...phone, audience_name: 'Phones' }, ifa]), true)).toEqual(['2']);
  // The first identifier takes it.
  const taken = withSiblings([ifa], { identifier_type: 'phone', audience_name: null, audience_id: '2' });
  expect(left(taken)).toEqual([]);
});
