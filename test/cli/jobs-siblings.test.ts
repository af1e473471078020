/** Further identifiers and many audiences of a job: the flags, and the commands on a running service. */
import { expect, test } from 'vitest';
import { copiedConfiguration, oneMoreSibling, siblingKeysOf } from '../../src/cli/jobs/sibling-flags.ts';
import { splitOf } from '../../src/cli/jobs/split-flags.ts';
import type { JobPart } from '../../src/contracts/job-rows.ts';
import type { JobView } from '../../src/contracts/jobs.ts';
import { lineAdsTraits } from '../../src/domain/destinations/line-ads.ts';
import { serving } from '../support/serving.ts';

const given = (...flags: string[]) =>
  flags.reduce<ReturnType<typeof oneMoreSibling> | undefined>(
    (before, flag) => oneMoreSibling(flag, before),
    undefined,
  )!;

const keysOf = (flags: Parameters<typeof siblingKeysOf>[0], edited: Parameters<typeof siblingKeysOf>[1]) =>
  siblingKeysOf(flags, edited, lineAdsTraits);

const VIP = { audienceName: 'VIP', identifierType: 'email' } as const;
const phone = { identifier_type: 'phone', id_field: 'mobile' } as const;

test('each --sibling adds an identifier, and "none" stands alone', () => {
  expect(given('phone:mobile', 'ifa:device:id=7')).toHaveLength(2);
  expect(given('none')).toEqual([]);
  expect(() => given('none', 'phone:mobile')).toThrow('--sibling none cannot be used with another');
  expect(() => given('phone:mobile', 'none')).toThrow('--sibling none cannot be used with another');
});

test('an audience without a name gets one from the first audience', () => {
  const sibling = given('phone:mobile', 'phone:home', 'ifa:device:Devices', 'email:mail2:id=7');
  expect(keysOf({ ...VIP, sibling }, {}).siblings).toEqual([
    { ...phone, audience_id: null, audience_name: 'VIP (phone)' },
    { ...phone, id_field: 'home', audience_id: null, audience_name: 'VIP 2 (phone)' },
    { identifier_type: 'ifa', id_field: 'device', audience_id: null, audience_name: 'Devices' },
    { identifier_type: 'email', id_field: 'mail2', audience_id: '7', audience_name: null },
  ]);
  // Not the name that a later one is given.
  const { siblings } = keysOf({ ...VIP, sibling: given('phone:mobile', 'phone:home:VIP (phone)') }, {});
  expect(siblings?.map(({ audience_name }) => audience_name)).toEqual(['VIP 2 (phone)', 'VIP (phone)']);
  expect(() => keysOf({ sibling: given('phone:mobile') }, {})).toThrow(
    '--sibling phone:mobile needs the name of its audience, because the first audience has no name here. Write --sibling "phone:mobile:NAME".',
  );
});

test('an identifier of the edited job keeps its audience and options unless the flag names an audience', () => {
  const before = { ...phone, audience_id: null, audience_name: 'Phones', default_country: 'JP' };
  const edited = { ...VIP, audience_name: 'VIP', siblings: [before] };
  expect(keysOf({ sibling: given('phone:mobile') }, edited).siblings).toEqual([before]);
  expect(keysOf({ sibling: given('phone:mobile:id=7') }, edited).siblings).toEqual([
    { ...before, audience_id: '7', audience_name: null },
  ]);
  expect(keysOf({ sibling: given('phone:home') }, edited).siblings).toEqual([
    { ...phone, id_field: 'home', audience_id: null, audience_name: 'VIP (phone)' },
  ]);
  expect(keysOf({ sibling: [] }, edited).siblings).toEqual([]);
  expect(keysOf({ audienceName: 'Gold' }, edited).siblings).toBeUndefined();
});

test('a country and a format apply to all identifiers of their type', () => {
  const sibling = given('phone:mobile', 'ifa:device');
  const options = { defaultCountry: 'JP', ifaFormat: 'raw' } as const;
  expect(keysOf({ ...VIP, ...options, sibling }, {})).toMatchObject({
    siblings: [{ default_country: 'JP' }, { ifa_format: 'raw' }],
    default_country: undefined,
    ifa_format: undefined,
  });
  const first = { ...VIP, identifierType: 'phone', defaultCountry: 'JP' } as const;
  expect(keysOf({ ...first, sibling: given('phone:home') }, {})).toMatchObject({
    siblings: [{ default_country: 'JP' }],
    default_country: 'JP',
  });
  // Nothing has the type: the service explains it.
  expect(keysOf({ ...VIP, defaultCountry: 'JP' }, {})).toEqual({
    siblings: undefined,
    default_country: 'JP',
    ifa_format: undefined,
  });
  const edited = { identifier_type: 'email', siblings: [{ ...phone, audience_name: 'Phones' }] } as const;
  expect(keysOf({ defaultCountry: 'TW' }, { ...edited, siblings: [...edited.siblings] })).toMatchObject({
    siblings: [{ audience_name: 'Phones', default_country: 'TW' }],
    default_country: undefined,
  });
});

test('a copy creates its own audiences', () => {
  const configuration = {
    segment_id: 'vip',
    adaccount_id: 'A1',
    identifier_type: 'email',
    audience_id: '1',
    siblings: [
      { ...phone, audience_id: '7' },
      { ...phone, id_field: 'home', audience_name: 'Home' },
    ],
  } as const;
  const copy = copiedConfiguration(
    { ...configuration, siblings: [...configuration.siblings] },
    { name: 'Copy' },
    lineAdsTraits,
  );
  expect(copy).toMatchObject({
    audience_id: null,
    audience_name: 'Copy',
    siblings: [
      { audience_id: null, audience_name: 'Copy (phone)' },
      { audience_id: null, audience_name: 'Copy 2 (phone)' },
    ],
  });
});

test('jobs are created, shown, edited and copied with their further identifiers', async () => {
  const { lineup, json, simulator, write, authorizationId } = await serving({ role: 'api' });
  const file = write('vip.csv', 'email,mobile,device\na@example.com,0312345678,x\n');
  const id = simulator.addAudience({ name: 'Devices', idType: 'IFA', members: 0 });
  const created = await json<JobView>([
    ...['jobs', 'create', '--name', 'VIP', '--authorization', authorizationId, '--audience', file],
    ...['--ad-account', 'A1', '--audience-name', 'VIP', '--identifier-type', 'email', '--once'],
    ...['--sibling', 'phone:mobile', '--sibling', `ifa:device:id=${id}`, '--default-country', 'JP'],
  ]);
  expect(created).toMatchObject({
    sibling_audience_ids: [null, id],
    configuration: {
      default_country: null,
      siblings: [
        { ...phone, audience_name: 'VIP (phone)', default_country: 'JP' },
        { identifier_type: 'ifa', audience_id: id, audience_name: null },
      ],
    },
  });
  const shown = (await lineup(['jobs', 'show', 'VIP'])).stdout;
  expect(shown).toContain('field mobile (phone), to audience "VIP (phone)"');
  expect(shown).toContain(`field device (ifa), to audience ${id}`);
  expect((await lineup(['jobs', 'list'])).stdout).toContain('VIP +2');

  const wrong = await lineup(['jobs', 'edit', 'VIP', '--sibling', 'phone:nothing', '--sibling', 'ifa:device']);
  expect([wrong.code, wrong.stderr]).toEqual([2, expect.stringContaining('configuration.siblings.0.id_field')]);
  const misspelt = await lineup(['jobs', 'edit', 'VIP', '--sibling', 'fax:mobile']);
  expect([misspelt.code, misspelt.stderr]).toEqual([2, expect.stringContaining('"fax" is not an identifier type')]);

  const copy = await json<JobView>(['jobs', 'duplicate', 'VIP', '--name', 'Copy']);
  expect(copy.configuration.siblings.map(({ audience_name }) => audience_name)).toEqual(['Copy (phone)', 'Copy (ifa)']);
  const fewer = await json<JobView>(['jobs', 'edit', 'VIP', '--sibling', 'ifa:device']);
  expect(fewer.sibling_audience_ids).toEqual([id]);
  expect((await json<JobView>(['jobs', 'edit', 'VIP', '--sibling', 'none'])).configuration.siblings).toEqual([]);
});

test('a column, a template and a choice make many audiences, and an edit keeps what no flag gives', () => {
  const split = { column: 'tier', name_template: '{name} {value}' };
  expect(splitOf({}, split)).toBeUndefined();
  expect(splitOf({ splitBy: 'tier' }, undefined)).toEqual(split);
  expect(splitOf({ onRefusal: 'all' }, { ...split, name_template: 'VIP {value}' })).toEqual({
    column: 'tier',
    name_template: 'VIP {value}',
    on_refusal: 'all',
  });
  expect(() => splitOf({ audienceTemplate: '{value}' }, undefined)).toThrow('with --split-by');
  // A template names further audiences, too.
  const sibling = given('phone:mobile');
  expect(keysOf({ splitBy: 'tier', identifierType: 'email', sibling }, {}).siblings).toEqual([
    { ...phone, audience_id: null, audience_name: '{name} {value} (phone)' },
  ]);
});

test('a job of many audiences is created, shown with its parts, and cannot be moved', async () => {
  const { lineup, json, write, authorizationId } = await serving();
  const file = write('tiers.csv', 'email,tier\na@example.com,gold\nb@example.com,silver\nc@example.com,\n');
  const created = await json<JobView>([
    ...['jobs', 'create', '--name', 'Tiers', '--authorization', authorizationId, '--audience', file, '--once'],
    ...['--ad-account', 'A1', '--identifier-type', 'email', '--split-by', 'tier', '--on-refusal', 'all'],
    ...['--audience-template', 'VIP {value}'],
  ]);
  expect(created).toMatchObject({
    configuration: { split: { column: 'tier', name_template: 'VIP {value}', on_refusal: 'all' } },
    parts: { total: 0, missing: 0 },
  });
  await expect
    .poll(async () => (await json<JobPart[]>(['jobs', 'parts', 'Tiers'])).map(({ value }) => value), {
      timeout: 60_000,
    })
    .toEqual(['gold', 'silver']);
  const [gold] = await json<JobPart[]>(['jobs', 'parts', created.id]);
  const table = (await lineup(['jobs', 'parts', 'Tiers'])).stdout;
  expect(table).toMatch(/gold .*VIP gold .*seen/);
  const shown = (await lineup(['jobs', 'show', 'Tiers'])).stdout;
  expect(shown).toContain('one for each value of "tier", named "VIP {value}"; a refusal stops all audiences');
  expect(shown).toContain(`2, see "lineup jobs parts ${created.id}"`);
  expect((await lineup(['jobs', 'list'])).stdout).toContain('2 audiences');
  // A part is found by its id.
  expect((await lineup(['jobs', 'show', gold!.id])).stdout).toContain(`"Tiers" (${created.id}), value "gold"`);
  for (const [refusal, command] of [
    ['moved', ['move', 'Tiers']],
    ['have an outlook', ['outlook', 'Tiers']],
    ['copied', ['duplicate', gold!.id, '--name', 'Copy']],
  ] as const) {
    const refused = await lineup(['jobs', ...command]);
    expect([refused.code, refused.stderr], refusal).toEqual([2, expect.stringContaining(refusal)]);
  }
  const plain = await lineup(['jobs', 'parts', gold!.id]);
  expect([plain.code, plain.stderr]).toEqual([2, expect.stringContaining('it has no parts')]);
});
