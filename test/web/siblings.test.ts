/** Further identifiers in the export form: what it suggests, sends and refuses. */

import { describe, expect, test } from 'vitest';
import { jobChange, newJob } from '../../src/contracts/jobs.ts';
import { previewRequest, type SourceField } from '../../src/contracts/sources.ts';
import { withoutItem } from '../../web/forms/paths.ts';
import { findProblems } from '../../web/forms/rule.ts';
import { newJobRules } from '../../web/forms/rules/jobs.build.ts';
import { heardAfter, withProgress } from '../../web/lib/delivery-progress.ts';
import { missingTypes, typesOf } from '../../web/lib/missing-types.ts';
import { shareDone } from '../../web/lib/run-progress.ts';
import { changesBetween, countsOf, countsOfSame } from '../../web/lib/source-changes.ts';
import type { OwnAudience } from '../../web/pages/export/own-audience.ts';
import { problemsOf } from '../../web/pages/export/problems.ts';
import { inputOf, isEmptyPreview, previewOf } from '../../web/pages/export/request.ts';
import { changeOf, isOnlyRenamed } from '../../web/pages/export/saved-job.ts';
import { anotherSibling, matched } from '../../web/pages/export/siblings/suggestions.ts';
import { audienceOf, keptAudience, type TypedSibling } from '../../web/pages/export/siblings/values.ts';
import {
  changed,
  copyOf,
  type ExportChange,
  type ExportValues,
  ofSource,
  valuesOf,
  withDraft,
} from '../../web/pages/export/values.ts';
import { job, run } from '../support/examples.ts';
import { wholeExport as whole } from '../support/export-values.ts';

const field = (name: string, suggested_for: SourceField['suggested_for'] = null): SourceField => ({
  name,
  type: 'text',
  list: false,
  coverage: null,
  suggested_for,
});
const fields = [field('email', 'email'), field('mobile', 'phone'), field('landline', 'phone'), field('idfa', 'ifa')];

const withSiblings = (values: ExportValues, siblings: readonly TypedSibling[]): ExportValues =>
  changed(values, { configuration: { siblings } });

/** The values with this number of further identifiers, each as the form suggests it. */
const suggested = (count: number, values = whole, source: readonly SourceField[] = fields): ExportValues => {
  if (count === 0) return values;
  const before = suggested(count - 1, values, source);
  return withSiblings(before, [...before.configuration.siblings, anotherSibling(before, source)]);
};

/** The values with a change of one further identifier. */
const having = (values: ExportValues, index: number, part: Partial<TypedSibling>): ExportValues =>
  withSiblings(
    values,
    values.configuration.siblings.map((sibling, n) => (n === index ? { ...sibling, ...part } : sibling)),
  );

const found = (values: ExportValues, own: OwnAudience | null = null): string[] => {
  const broken = findProblems(newJobRules, inputOf(values, 'a-1', own));
  return [...new Set([...Object.keys(broken), ...Object.keys(problemsOf(values, own, broken))])].sort();
};

describe('another identifier', () => {
  const sent = (values: ExportValues) =>
    inputOf(values, 'a-1').configuration.siblings.map((sibling) => [
      sibling.identifier_type,
      sibling.id_field,
      sibling.audience_name,
    ]);

  test('has a type and a field that no other has, and a name that says its type', () => {
    expect(sent(suggested(4))).toEqual([
      ['phone', 'mobile', 'VIP (phone)'],
      ['ifa', 'idfa', 'VIP (ifa)'],
      ['phone', 'landline', 'VIP 2 (phone)'],
      ['email', '', 'VIP (email)'],
    ]);
  });

  test('prefers a type for which the source has a field', () => {
    expect(sent(suggested(1, whole, [field('email', 'email'), field('idfa', 'ifa')]))).toEqual([
      ['ifa', 'idfa', 'VIP (ifa)'],
    ]);
    expect(sent(suggested(1, whole, []))).toEqual([['phone', '', 'VIP (phone)']]);
  });

  test('follows the name of the first audience until somebody types another', () => {
    const gold: ExportChange = { configuration: { audience_name: 'Gold' } };
    expect(sent(changed(suggested(1), gold))).toEqual([['phone', 'mobile', 'Gold (phone)']]);
    const typed = having(suggested(1), 0, { audience_name: ' Calls ' });
    expect(sent(changed(typed, gold))).toEqual([['phone', 'mobile', 'Calls']]);
    const long = changed(suggested(3), { configuration: { audience_name: 'あ'.repeat(120) } });
    expect(sent(long).map(([, , name]) => name?.replace(/あ+/, 'あ'))).toEqual([
      'あ (phone)',
      'あ (ifa)',
      'あ 2 (phone)',
    ]);
    const chosen = changed(suggested(1), {
      audience_label: 'Silver',
      configuration: { audience_id: '555' },
    });
    expect(sent(chosen)).toEqual([['phone', 'mobile', 'Silver (phone)']]);
  });

  test('has a name that no other audience has', () => {
    const namesOf = (values: ExportValues) => sent(values).map(([, , name]) => name);
    const typed = having(suggested(3), 1, { audience_name: 'VIP (phone)' });
    expect(namesOf(typed)).toEqual(['VIP 2 (phone)', 'VIP (phone)', 'VIP 3 (phone)']);
    // Nothing is to be told from.
    expect(namesOf(having(suggested(3), 0, { audience_name: 'Calls' }))).toEqual(['Calls', 'VIP (ifa)', 'VIP (phone)']);
  });

  test('loses its field with another source', () => {
    const other = changed(suggested(2), ofSource(suggested(2), 'aut_lytics'));
    expect(other.configuration.siblings.map(({ id_field }) => id_field)).toEqual(['', '']);
    expect(other.configuration.siblings.map(({ identifier_type }) => identifier_type)).toEqual(['phone', 'ifa']);
  });

  test('is sent with the options of its type alone', () => {
    const typed = having(suggested(1), 0, { default_country: 'JP', ifa_format: 'raw' });
    const optionsOf = (values: ExportValues) => {
      const [first] = inputOf(values, 'a-1').configuration.siblings;
      return [first?.default_country, first?.ifa_format];
    };
    expect(optionsOf(typed)).toEqual(['JP', 'sha256']);
    expect(optionsOf(having(typed, 0, { identifier_type: 'ifa' }))).toEqual([null, 'raw']);
  });
});

describe('the form refuses what the API would refuse:', () => {
  const refused = (values: ExportValues): string[] =>
    [...new Set(newJob.safeParse(inputOf(values, 'a-1')).error?.issues.map(({ path }) => path.join('.')) ?? [])].sort();

  test.each<[string, ExportValues, readonly string[]]>([
    ['as suggested', suggested(3), []],
    ['no field', having(suggested(1), 0, { id_field: '' }), ['0.id_field']],
    ['the field of the first', having(suggested(1), 0, { id_field: 'email' }), ['0.id_field']],
    ['the field of another', having(suggested(2), 1, { id_field: 'mobile' }), ['1.id_field']],
    ['no name', having(suggested(1), 0, { audience_name: ' ' }), ['0.audience_name']],
    ['a long name', having(suggested(1), 0, { audience_name: 'あ'.repeat(129) }), ['0.audience_name']],
    ['the name of the first', having(suggested(1), 0, { audience_name: 'VIP' }), ['0.audience_name']],
    [
      'the name of another',
      having(having(suggested(2), 0, { audience_name: 'Same' }), 1, { audience_name: 'Same' }),
      ['1.audience_name'],
    ],
    [
      'the audience of another',
      having(having(suggested(2), 0, { audience_id: '5' }), 1, { audience_id: '5' }),
      ['1.audience_id'],
    ],
  ])('%s', (_, values, expected) => {
    const paths = expected.map((path) => `configuration.siblings.${path}`);
    expect(found(values)).toEqual(paths);
    expect(refused(values)).toEqual(paths);
  });
});

describe('a saved job', () => {
  const saved = {
    ...job,
    sibling_audience_ids: ['777', null, '999'],
    configuration: {
      ...job.configuration,
      siblings: [
        sibling('phone', 'mobile', 'VIP (phone)', 'JP'),
        sibling('ifa', 'idfa', 'VIP (ifa)'),
        { ...sibling('phone', 'landline', null), audience_id: '999' },
      ],
    },
  };
  const values = valuesOf(saved);
  const own: OwnAudience = {
    id: '5343822743475',
    name: 'VIP',
    authorization_id: 'aut_1',
    adaccount_id: 'A1',
    identifier_type: 'email',
    isGone: false,
  };
  const sent = (values: ExportValues) => {
    expect(found(values, own)).toEqual([]);
    const { configuration, another_audience } = jobChange.parse(changeOf(values, own));
    return [
      ...(configuration?.siblings ?? []).map(({ audience_id, audience_name }) => audience_id ?? audience_name),
      another_audience,
    ];
  };

  test('is sent as it was, until something is changed', () => {
    expect(sent(values)).toEqual(['VIP (phone)', 'VIP (ifa)', '999', false]);
    expect(jobChange.parse(changeOf(values, own)).configuration?.siblings).toEqual(saved.configuration.siblings);
  });

  test('an identifier that shares the audience of the first one keeps doing so', () => {
    const shared = { ...sibling('phone', 'mobile', 'VIP (phone)'), audience_name: null, shares: true };
    const values = valuesOf({
      ...job,
      sibling_audience_ids: [null],
      configuration: { ...job.configuration, siblings: [shared] },
    });
    const { siblings } = inputOf(suggested(1, values), 'a-1').configuration;
    expect(siblings[0]).toEqual(shared);
    // The next one gets the first name of its own.
    expect(siblings[1]).toMatchObject({ identifier_type: 'ifa' });
    expect(siblings[1]).not.toHaveProperty('shares');
    expect(found(values, own)).toEqual([]);
    expect(previewRequest.parse(previewOf(values)).siblings[0]).not.toHaveProperty('shares');
  });

  test('renames an audience, or chooses another', () => {
    expect(sent(having(values, 0, { audience_name: 'Calls ' }))).toContain('Calls');
    const left = having(values, 0, { leaves: true, audience_id: '555', audience_label: 'Other' });
    expect(sent(left)).toEqual(['555', 'VIP (ifa)', '999', false]);
    expect(found(having(values, 0, { leaves: true }), own)).toEqual(['configuration.siblings.0.audience_id']);
    expect(found(having(values, 0, { audience_name: '' }), own)).toEqual(['configuration.siblings.0.audience_name']);
  });

  test('makes another audience for another type', () => {
    const other = having(values, 0, { identifier_type: 'email', id_field: 'other' });
    expect(audienceOf(other.configuration.siblings[0]!, other)).toBe('new');
    expect(sent(other)[0]).toBe('VIP (email)');
  });

  test('takes an identifier with the same type and field for the same, as the service does', () => {
    const [phone, ifa, landline] = values.configuration.siblings as [TypedSibling, TypedSibling, TypedSibling];
    const savedOf = (...siblings: TypedSibling[]) => matched(siblings, values).map(({ saved }) => saved);
    expect(savedOf(phone, ifa, landline)).toEqual([0, 1, 2]);
    const anew = { ...anotherSibling(whole, fields), identifier_type: 'phone', id_field: 'mobile' } as const;
    expect(savedOf(ifa, landline, anew)).toEqual([1, 2, 0]);
    // Another field of the same type keeps the audience, unless the field is that of another one.
    expect(savedOf({ ...phone, id_field: 'other' }, ifa)).toEqual([0, 1]);
    expect(savedOf({ ...phone, id_field: 'landline' }, ifa)).toEqual([2, 1]);
    expect(savedOf({ ...phone, identifier_type: 'email' })).toEqual([null]);
  });

  test('makes other audiences in another ad account', () => {
    const other = changed(values, {
      another_audience: 'another',
      configuration: { adaccount_id: 'A2', audience_name: 'VIP' },
    });
    expect(sent(other)).toEqual(['VIP (phone)', 'VIP (ifa)', 'VIP 2 (phone)', true]);
    const chosen = changed(values, {
      another_audience: 'existing',
      configuration: { adaccount_id: 'A2', audience_id: '555' },
    });
    expect(sent(chosen).at(-1)).toBe(true);
  });

  test('is copied with audiences of its own', () => {
    const copy = changed(copyOf(saved, 'Copy'), { configuration: { audience_name: 'Gold' } });
    expect(inputOf(copy, 'a-1').configuration.siblings.map(({ audience_name }) => audience_name)).toEqual([
      'Gold (phone)',
      'Gold (ifa)',
      'Gold 2 (phone)',
    ]);
  });
});

test('the form asks before it saves when one identifier has no valid value', () => {
  const counts = (unique: number) => ({ ...emptyCounts, unique });
  const empty = (complete: boolean, ...each: number[]) => {
    const [first = 0, ...others] = each;
    const part = (unique: number) => ({
      counts: counts(unique),
      examples: {},
      sent: [],
      chunks: 1,
      warnings: [],
    });
    return isEmptyPreview({ complete, ...part(first), siblings: others.map(part) });
  };
  expect(empty(true, 5)).toBe(false);
  expect(empty(true, 0)).toBe(true);
  expect(empty(true, 5, 3, 0)).toBe(true);
  expect(empty(false, 5, 0)).toBe(false);
});

test('an open page keeps the progress of each identifier, until a scan starts over', () => {
  const upload = { stage: 'upload', chunk: 1, chunks: 2, bytesSent: 10, bytes: 100 } as const;
  const wait = { stage: 'wait', delivery: 3, chunk: 1, chunks: 1, jobStatus: 'QUEUED' } as const;
  const both = withProgress(withProgress({}, upload), wait);
  expect(both).toEqual({ 1: upload, 3: wait });
  const further = { ...upload, bytesSent: 20 };
  expect(withProgress(both, further)).toEqual({ 1: further, 3: wait });
  expect(withProgress(both, { stage: 'scan', rows: 0, scanned: 0, unique: 0 })).toEqual({});
});

test('the bar of a run shows the share of its stage, and with several identifiers what LINE has of all', () => {
  const single = { unique: 200, uploaded: 100 };
  const upload = { stage: 'upload', chunk: 2, chunks: 4, bytesSent: 50, bytes: 100 } as const;
  expect(shareDone({ stage: 'scan', rows: 5, scanned: 5, unique: 5 }, single)).toBeUndefined();
  expect(shareDone({ stage: 'scan', rows: 5, scanned: 5, unique: 5, fraction: 0.3 }, single)).toBe(0.3);
  expect(shareDone(upload, single)).toBe(0.375);
  expect(shareDone({ stage: 'wait', chunk: 2, chunks: 4, jobStatus: 'QUEUED' }, single)).toBe(0.5);
  expect(shareDone({ stage: 'queue', what: 'place' }, single)).toBeUndefined();
  expect(shareDone({ ...upload, delivery: 2 }, { ...single, siblings: [{ unique: 200, uploaded: 0 }] })).toBe(0.25);
});

test('what changed in a source is compared identifier by identifier, also when their order is another one', () => {
  const before = {
    ...emptyCounts,
    unique: 900,
    rows: 1_000,
    missing: 40,
    invalid: { not_an_email: 60 },
    uploaded: 900,
  };
  const now = { ...emptyCounts, unique: 12, rows: 1_000, missing: 980, invalid: { too_short: 8 }, uploaded: 0 };
  expect(changesBetween(before, now)).toEqual([
    { line: 'rows', kind: 'count', before: 1_000, now: 1_000 },
    { line: 'missing', kind: 'count', before: 40, now: 980 },
    { line: 'too_short', kind: 'reason', before: 0, now: 8 },
    { line: 'not_an_email', kind: 'reason', before: 60, now: 0 },
    { line: 'unique', kind: 'count', before: 900, now: 12 },
  ]);
  expect(changesBetween(null, now).every((change) => change.before === null)).toBe(true);
  const [email, phone] = [
    { identifierType: 'email', field: 'mail' },
    { identifierType: 'phone', field: 'tel' },
  ] as const;
  const other = { ...phone, counts: now, siblings: [{ ...email, delivery: 2, counts: before }] };
  const document = other as unknown as Parameters<typeof countsOfSame>[0];
  expect(countsOfSame(document, email)).toBe(before);
  expect(countsOfSame(document, { ...phone, field: 'mobile' })).toBeNull();
  expect(countsOf(document, 2)).toBe(before);
});

test('a removed identifier takes the problems that are shown along, and the next ones keep theirs', () => {
  const visited = new Set(['name', 'list.0.name', 'list.1.name', 'list.2.name', 'list.10.field', 'lists.1']);
  expect([...withoutItem(visited, 'list', 1)]).toEqual([
    'name',
    'list.0.name',
    'list.1.name',
    'list.9.field',
    'lists.1',
  ]);
});

test('a draft does not hide what the service has saved since', () => {
  const siblings = [sibling('phone', 'mobile', 'VIP (phone)'), sibling('ifa', 'idfa', 'VIP (ifa)')];
  const savedWith = (saved: typeof siblings, ids: (string | null)[]) =>
    valuesOf({
      ...job,
      sibling_audience_ids: ids,
      configuration: { ...job.configuration, siblings: saved },
    });
  const draft = having(savedWith(siblings, [null, null]), 1, { audience_name: 'Typed' });
  // A run has made the audiences, and somebody has turned the identifiers round.
  const now = withDraft(savedWith(siblings.toReversed(), ['222', '111']), draft);
  expect(now.saved_siblings.map(({ audience_id }) => audience_id)).toEqual(['222', '111']);
  const kept = matched(now.configuration.siblings, now).map((sibling) => keptAudience(sibling, now)?.audience_id);
  expect(kept).toEqual(['111', '222']);
  expect(withDraft(draft, draft)).toEqual(draft);
});

test('only a new name is offered to be undone', () => {
  const renamed = { ...job, name: 'Another name' };
  expect(isOnlyRenamed(job, renamed)).toBe(true);
  expect(isOnlyRenamed(job, { ...renamed, configuration: { ...job.configuration, max_shrink: 1 } })).toBe(false);
  expect(isOnlyRenamed(job, job)).toBe(false);
});

test('a list without a field for one identifier of a job still keeps people out of the others', () => {
  const list = { fields: { email: 'mail' } };
  const types = typesOf({
    identifier_type: 'phone',
    siblings: [{ identifier_type: 'email' }, { identifier_type: 'phone' }],
  });
  expect(types).toEqual(['phone', 'email']);
  expect(missingTypes(list, types)).toEqual(['phone']);
  expect(missingTypes(list, ['email'])).toEqual([]);
});

test('a run that goes on has no progress of before', () => {
  const progress = { stage: 'wait', delivery: 2, chunk: 1, chunks: 1, jobStatus: 'QUEUED' } as const;
  const heard = heardAfter({}, { type: 'progress', progress });
  expect(heard).toEqual({ 2: progress });
  expect(heardAfter(heard, { type: 'run', run: { ...run, progress } })).toEqual(heard);
  expect(heardAfter(heard, { type: 'run', run: { ...run, progress: null } })).toEqual({});
});

test('a preview has the identifiers whose field is known', () => {
  const request = previewOf(having(suggested(2), 1, { id_field: '' }));
  expect(previewRequest.parse(request).siblings).toEqual([
    { identifier_type: 'phone', id_field: 'mobile', default_country: null, ifa_format: 'sha256' },
  ]);
});

const emptyCounts = {
  rows: 5,
  scanned: 5,
  missing: 0,
  invalid: {},
  prehashed: 0,
  hashed: 0,
  raw: 0,
  duplicates: 0,
};

function sibling(
  identifier_type: 'phone' | 'ifa',
  id_field: string,
  audience_name: string | null,
  default_country: string | null = null,
) {
  return {
    audience_id: null as string | null,
    audience_name,
    identifier_type,
    id_field,
    default_country,
    ifa_format: 'sha256' as const,
  };
}
