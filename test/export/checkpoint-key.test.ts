/** The key of a checkpoint decides whether a scan continues that another version may have begun. */
import { expect, test } from 'vitest';
import { lineAdsTraits } from '../../src/domain/destinations/line-ads.ts';
import type { RunRequest } from '../../src/domain/runs/run.ts';
import { deliveriesOf, foldRun } from '../../src/domain/runs/run-state.ts';
import type { ErasureList } from '../../src/export/context.ts';
import { keyOf } from '../../src/export/scan-and-stage.ts';
import type { ReadLists } from '../../src/export/suppression.ts';
import { started } from '../support/runs.ts';

const nobody: ErasureList = new Map();

const keyOfRun = (change: Partial<RunRequest>, lists: readonly ReadLists[] = [], erased = nobody): string =>
  keyOf(
    deliveriesOf(foldRun([started('r', '2026-11-30T00:00:00.000Z', change)])).map(({ request }) => request),
    lists,
    erased,
    lineAdsTraits.rules.version,
  );

const everything: Partial<RunRequest> = {
  source: {
    label: 'members.csv',
    location: '/data/members.csv',
    format: 'csv',
    encoding: 'shift_jis',
    delimiter: 'semicolon',
    header: 'no',
  },
  field: 'phone',
  identifierType: 'phone',
  defaultCountry: 'JP',
  chunkRecords: 3,
  chunkBytes: 200,
  holdOut: { experiment: 'spring', share: 10 },
  hashInDatabase: true,
  presumedCountry: 'JP',
  siblings: [
    {
      field: 'idfa',
      identifierType: 'ifa',
      ifaFormat: 'raw',
      defaultCountry: null,
      audienceId: null,
      audienceName: 'VIP',
    },
  ],
};

const read = (...key: string[]) => ({ key }) as unknown as ReadLists;
const erased = new Map([['phone', { digest: 'd' }]]) as unknown as ErasureList;

// As of the versions before there were several destinations.
test.each<[string, string, string]>([
  ['a plain run', keyOfRun({}), '[2,"/data/members.csv",null,null,"email","email","sha256",null,1000000,60000000]'],
  [
    'a run with everything',
    keyOfRun(everything, [read('1', '2'), read('3')], erased),
    '[2,"/data/members.csv","csv","shift_jis","semicolon","no","phone","phone","sha256","JP",3,200,{"experiment":"spring","share":10},"hashed in the database","numbers of JP are counted",["1","2"],[["phone","d"]],["idfa","ifa","raw",null,["3"]]]',
  ],
])('%s of LINE Ads keeps its key', (_, key, before) => {
  expect(key).toBe(before);
});

test('another heading of any delivery is another scan', () => {
  const [sibling] = everything.siblings!;
  const keys = [
    everything,
    { ...everything, heading: 'Phone' },
    { ...everything, heading: 'Telephone' },
    { ...everything, siblings: [{ ...sibling!, heading: 'Phone' }] },
  ].map((change) => keyOfRun(change));
  expect(new Set(keys).size).toBe(keys.length);
  // Of the first identifier, and of no other one.
  expect(keys[1]).toMatch(/\["idfa","ifa","raw",null\]\]$/);
});
