import { describe, expect, test } from 'vitest';
import { jobConfiguration } from '../../src/domain/jobs/configuration.ts';
import { secretReferenceText } from '../../src/domain/values/secret-reference.ts';
import { type PlanOptions, planFor, type Running, type Step } from '../../src/plan/plan.ts';
import { authorization, configuration, file, inFile, job, keys, suppressionList } from './things.ts';

const usual = { replaceSecrets: false, prune: false };

/** A short form of a plan: `+ job VIP`, `~ job VIP configuration.time_of_day`. */
function plan(content: Parameters<typeof file>[0], running: Partial<Running>, options: Partial<PlanOptions> = {}) {
  const there = { authorizations: [], suppressionLists: [], jobs: [], ...running };
  const result = planFor(file(content), there, { ...usual, ...options });
  if ('problems' in result) return result.problems.map(({ path, message }) => `${path.join('.')}: ${message}`);
  return result.plan.steps.map(shortForm);
}

function shortForm(step: Step): string {
  const mark = { create: '+', change: '~', delete: '-' }[step.action];
  const thing = step.action === 'delete' ? step.existing : step.wanted;
  const changes = step.action === 'change' ? step.changes.map(({ key }) => key) : [];
  const secret = 'replaceSecret' in step && step.replaceSecret ? ['credentials'] : [];
  return [mark, step.kind, 'label' in thing ? thing.label : thing.name, ...changes, ...secret].join(' ');
}

const outside = secretReferenceText({ kind: 'file', name: '/run/secrets/line' });
const moved = secretReferenceText({ kind: 'program', name: 'line-key' });
const secretKey = (secret_key: string) => ({ configuration: { ...keys, secret_key } });
const refersTo = (reference?: string) => ({
  authorizations: [authorization('Main', reference === undefined ? {} : { references: { secret_key: reference } })],
});

const main = inFile.authorization('Main');
const vip = inFile.job('VIP');
const runs = { authorizations: [authorization('Main')], suppressionLists: [], jobs: [job('VIP')] };

describe('a plan', () => {
  test.each([
    [
      'creates everything that is new, authorizations first',
      { authorizations: [main], jobs: [vip] },
      {},
      {},
      ['+ authorization Main', '+ job VIP'],
    ],
    ['is empty if nothing differs', { authorizations: [main], jobs: [vip] }, runs, {}, []],
    [
      'changes a key of the configuration',
      { jobs: [inFile.job('VIP', { configuration: { time_of_day: '10:00' } })] },
      runs,
      {},
      ['~ job VIP configuration.time_of_day'],
    ],
    [
      'changes how a file is read',
      { jobs: [inFile.job('VIP', { configuration: { file_options: { encoding: 'shift_jis' } } })] },
      runs,
      {},
      ['~ job VIP configuration.file_options'],
    ],
    [
      'changes a scheduled job to one that runs once',
      { jobs: [inFile.job('VIP', { configuration: { continuous_update: false } })] },
      runs,
      {},
      ['~ job VIP configuration.continuous_update'],
    ],
    [
      'removes a description',
      { jobs: [vip] },
      { ...runs, jobs: [job('VIP', { description: 'old' })] },
      {},
      ['~ job VIP description'],
    ],
    [
      'replaces the tags if the file has tags',
      { jobs: [inFile.job('VIP', { tags: ['summer'] })] },
      { ...runs, jobs: [job('VIP', { tags: ['summer', 'old'] })] },
      {},
      ['~ job VIP tags'],
    ],
    [
      'keeps the tags if the file has none',
      { jobs: [vip] },
      { ...runs, jobs: [job('VIP', { tags: ['summer'] })] },
      {},
      [],
    ],
    [
      'keeps a reference to a secret outside',
      { authorizations: [inFile.authorization('Main', secretKey(` ${outside}`))] },
      refersTo(outside),
      {},
      [],
    ],
    [
      'changes a reference to a secret outside',
      { authorizations: [inFile.authorization('Main', secretKey(moved))] },
      refersTo(outside),
      {},
      ['~ authorization Main configuration.secret_key credentials'],
    ],
    [
      'puts a reference in place of a stored secret',
      { authorizations: [inFile.authorization('Main', secretKey(outside))] },
      refersTo(),
      {},
      ['~ authorization Main configuration.secret_key credentials'],
    ],
    [
      'puts a stored secret in place of a reference',
      { authorizations: [main] },
      refersTo(outside),
      {},
      ['~ authorization Main configuration.secret_key credentials'],
    ],
    [
      'compares no references that the token may not see',
      { authorizations: [inFile.authorization('Main', secretKey(outside))] },
      { ...refersTo(), operations: ['authorizations.read'] },
      {},
      [],
    ],
    ['pauses a job', { jobs: [inFile.job('VIP', { paused: true })] }, runs, {}, ['~ job VIP paused']],
    [
      'does not resume a job without a word',
      { jobs: [vip] },
      { ...runs, jobs: [job('VIP', { status: 'paused' })] },
      {},
      [],
    ],
    [
      'resumes a job',
      { jobs: [inFile.job('VIP', { paused: false })] },
      { ...runs, jobs: [job('VIP', { status: 'paused' })] },
      {},
      ['~ job VIP paused'],
    ],
    [
      'does not pause a job that rests',
      { jobs: [inFile.job('VIP', { paused: true })] },
      { ...runs, jobs: [job('VIP', { status: 'completed' })] },
      {},
      [],
    ],
    [
      'another authorization',
      {
        authorizations: [main, inFile.authorization('Other')],
        jobs: [inFile.job('VIP', { authorization: 'Other' })],
      },
      runs,
      {},
      ['+ authorization Other', '~ job VIP authorization'],
    ],
    [
      'replaces credentials only on request',
      { authorizations: [main] },
      runs,
      { replaceSecrets: true },
      ['~ authorization Main credentials'],
    ],
    [
      'enters lost credentials again',
      { authorizations: [main] },
      {
        ...runs,
        authorizations: runs.authorizations.map((authorization) => ({ ...authorization, enter_again: true })),
      },
      {},
      ['~ authorization Main credentials'],
    ],
    ['keeps things that are not in the file', {}, runs, {}, []],
    [
      'removes them with prune, jobs before authorizations',
      {},
      runs,
      { prune: true },
      ['- job VIP', '- authorization Main'],
    ],
    ['does not remove what the file needs', { jobs: [vip] }, runs, { prune: true }, []],
    [
      'ignores a terminated job',
      { jobs: [vip] },
      { ...runs, jobs: [job('VIP', { status: 'killed' })] },
      { prune: true },
      ['+ job VIP'],
    ],
    [
      'prefers the active one of two jobs with one name',
      { jobs: [vip] },
      { ...runs, jobs: [job('VIP'), job('VIP', { status: 'killed' })] },
      {},
      [],
    ],
  ] as const)('%s', (_, content, running, options, steps) => {
    const mutable = content as unknown as Parameters<typeof file>[0];
    expect(plan(mutable, running as Partial<Running>, options)).toEqual(steps);
  });

  test('renames the audience for a new name, and creates another only with another_audience', () => {
    const audience = (change: { configuration?: object; another_audience?: boolean }) => {
      const { configuration, ...rest } = change;
      const content = { jobs: [{ ...inFile.job('VIP', { configuration }), ...rest }] };
      const result = planFor(file(content), runs, usual);
      if ('problems' in result) return result.problems.map(({ path, message }) => [path.join('.'), message]);
      const [step] = result.plan.steps;
      if (step?.action !== 'change' || step.kind !== 'job') return undefined;
      const kind = step.deliveries[0]?.audience.kind;
      expect(step.another).toBe(kind === 'another');
      return kind;
    };
    expect(audience({ configuration: { time_of_day: '10:00' } })).toBe('kept');
    expect(audience({ configuration: { audience_name: 'VIP 2026' } })).toBe('renamed');
    expect(audience({ configuration: { audience_name: 'Gold' }, another_audience: true })).toBe('another');
    expect(audience({ configuration: { audience_name: null, audience_id: '555' } })).toBe('chosen');
    for (const change of [{ adaccount_id: 'A2' }, { identifier_type: 'phone' }]) {
      expect(audience({ configuration: change })).toEqual([
        ['jobs.0.configuration', expect.stringContaining('Write "another_audience: true"')],
      ]);
      expect(audience({ configuration: change, another_audience: true })).toBe('another');
    }
    // The plan was made before the first run created an audience. The flag is then about the audience that the run
    // may have created since.
    const wish = {
      ...inFile.job('VIP', { configuration: { audience_name: 'Gold' } }),
      another_audience: true,
    };
    const early = planFor(file({ jobs: [wish] }), { ...runs, jobs: [job('VIP', { audience_id: null })] }, usual);
    expect(early).toMatchObject({
      plan: { steps: [{ deliveries: [{ audience: { kind: 'kept', id: null } }], another: true }] },
    });
    // If the flag stays in the file, a later change of something else creates no further audience.
    expect(audience({ another_audience: true })).toBeUndefined();
    expect(audience({ configuration: { time_of_day: '10:00' }, another_audience: true })).toBe('kept');
  });

  test('names the things that it does not touch', () => {
    const result = planFor(file({ authorizations: [main] }), runs, usual);
    expect(result).toMatchObject({ plan: { unchanged: 1, others: [{ kind: 'job', name: 'VIP' }] } });
  });
});

describe('suppression lists in a plan', () => {
  const { configuration } = job('VIP');
  const choosing = (...ids: string[]) => job('VIP', { configuration: { ...configuration, suppression_lists: ids } });
  const optedOut = { name: 'Opted out', segment_id: 'out.csv', fields: { email: 'mail' } };
  const there = { ...runs, suppressionLists: [suppressionList('Opted out')] };

  test.each([
    [
      'come after authorizations and before the jobs that choose them',
      {
        authorizations: [main],
        suppression_lists: [optedOut],
        jobs: [inFile.job('VIP', { suppression_lists: ['Opted out'] })],
      },
      {},
      {},
      ['+ authorization Main', '+ suppression list Opted out', '+ job VIP'],
    ],
    ['are unchanged if nothing differs', { suppression_lists: [optedOut] }, there, {}, []],
    [
      'change by their keys',
      { suppression_lists: [{ ...optedOut, fields: { phone: 'tel' }, applies_to: 'chosen_jobs' }] },
      there,
      {},
      ['~ suppression list Opted out fields applies_to'],
    ],
    [
      'are chosen and left out by name, in any order',
      { jobs: [inFile.job('VIP', { suppression_lists: ['B', 'A'] })] },
      {
        ...runs,
        suppressionLists: [suppressionList('A'), suppressionList('B')],
        jobs: [choosing('sup_A', 'sup_B')],
      },
      {},
      [],
    ],
    [
      'are left out with an empty list',
      { jobs: [inFile.job('VIP', { suppression_lists: [] })] },
      { ...there, jobs: [choosing('sup_Opted out')] },
      {},
      ['~ job VIP suppression_lists'],
    ],
    [
      'stay with a job whose file does not name any',
      { jobs: [vip] },
      { ...there, jobs: [choosing('sup_Opted out')] },
      { prune: true },
      [],
    ],
    ['stay when the file has no section for them', { jobs: [vip] }, there, { prune: true }, []],
    [
      'are removed with prune, after jobs and before authorizations',
      { suppression_lists: [] },
      { ...runs, suppressionLists: [suppressionList('Old', { source_authorization_id: 'aut_Main' })] },
      { prune: true },
      ['- job VIP', '- suppression list Old', '- authorization Main'],
    ],
    [
      'keep their authorization',
      {},
      {
        ...runs,
        jobs: [],
        suppressionLists: [suppressionList('Old', { source_authorization_id: 'aut_Main' })],
      },
      { prune: true },
      [],
    ],
  ] as const)('%s', (_, content, running, options, steps) => {
    const mutable = content as unknown as Parameters<typeof file>[0];
    expect(plan(mutable, running as Partial<Running>, options)).toEqual(steps);
  });

  test('are reported when neither the file nor the service has them', () => {
    const content = {
      suppression_lists: [{ ...optedOut, source_authorization: 'Nobody' }],
      jobs: [inFile.job('VIP', { suppression_lists: ['Opted out', 'Opted uot'] })],
    };
    expect(plan(content, runs)).toEqual([
      'suppression_lists.0.source_authorization: The authorization "Nobody" is neither in the file nor in the service. Add it to the file, or correct its label.',
      'jobs.0.suppression_lists.1: The suppression list "Opted uot" is neither in the file nor in the service. Add it to the file, or correct its name.',
    ]);
  });
});

describe('jobs that wait for others', () => {
  const ready = { run_frequency: 'when_ready', time_of_day: undefined, trigger: { kind: 'after_job' } };
  const waiting = (name: string, after_job: string) => inFile.job(name, { after_job, configuration: ready });
  const inService = job('Offer', {
    configuration: jobConfiguration.parse({
      ...configuration,
      ...ready,
      trigger: { kind: 'after_job', job_id: 'job_VIP' },
    }),
    trigger: { job: { id: 'job_VIP', name: 'VIP' }, fired_at: null },
  });

  test('are created after them, in whatever order the file has them', () => {
    const jobs = [waiting('C', 'B'), waiting('B', 'VIP'), inFile.job('A'), vip];
    expect(plan({ jobs }, { ...runs, jobs: [] })).toEqual(['+ job VIP', '+ job B', '+ job C', '+ job A']);
  });

  test('do not change by themselves, and follow another name in the file', () => {
    const there = { ...runs, jobs: [job('VIP'), inService] };
    expect(plan({ jobs: [vip, waiting('Offer', 'VIP')] }, there)).toEqual([]);
    expect(plan({ jobs: [waiting('Offer', 'New'), inFile.job('New')] }, there)).toEqual([
      '+ job New',
      '~ job Offer after_job',
    ]);
  });

  test('keep those that they wait for from --prune', () => {
    const there = { ...runs, jobs: [job('VIP'), inService, job('Zoo')] };
    const prune = { prune: true };
    expect(plan({ jobs: [waiting('Offer', 'VIP')] }, there, prune)).toEqual([
      'jobs.0.after_job: The job "Offer" waits for "VIP" and would never run again by itself. Change when it runs, or delete it first. Or add "VIP" to the file, because --prune deletes the jobs that it does not have.',
    ]);
    expect(plan({ jobs: [waiting('A', 'VIP'), waiting('Offer', 'VIP')] }, there, prune)[0]).toMatch(
      /^jobs.0.after_job: The job "A" and 1 more wait for "VIP" /,
    );
    // Without --prune, it stays.
    expect(plan({ jobs: [waiting('Offer', 'VIP')] }, there)).toEqual([]);
    // The file changes when the job runs, or deletes both: then the one that waits first.
    expect(plan({ jobs: [inFile.job('Offer')] }, there, prune)).toEqual([
      expect.stringMatching(/^~ job Offer after_job/),
      '- job Zoo',
      '- job VIP',
    ]);
    expect(plan({ jobs: [inFile.job('Zoo')] }, there, prune)).toEqual(['- job Offer', '- job VIP']);
  });

  test('cannot wait for nobody, or for each other', () => {
    expect(plan({ jobs: [vip, waiting('Offer', 'VPI')] }, runs)).toEqual([
      'jobs.1.after_job: The job "VPI" is neither in the file nor in the service. Add it to the file, or correct its name.',
    ]);
    const circle = plan({ jobs: [waiting('A', 'B'), waiting('B', 'C'), waiting('C', 'A')] }, runs);
    expect(circle).toHaveLength(3);
    expect(circle[0]).toBe(
      'jobs.0.after_job: "A" and "B" wait for each other, so neither would ever run. Remove one of the two.',
    );
  });

  test.each([
    ['no name', inFile.job('A', { configuration: ready }), /write after_job beside configuration/],
    ['a name without a trigger', inFile.job('A', { after_job: 'VIP' }), /Only a job with run_frequency: when_ready/],
    [
      'an id',
      inFile.job('A', {
        after_job: 'VIP',
        configuration: { ...ready, trigger: { kind: 'after_job', job_id: 'job_1' } },
      }),
      /and no job_id/,
    ],
  ])('are refused with %s', (_, wanted, sentence) => {
    expect(() => file({ jobs: [vip, wanted] })).toThrow(sentence);
  });
});

describe('all problems of a plan are reported:', () => {
  test('a missing authorization, and ambiguous names', () => {
    const twice = {
      authorizations: [authorization('Main'), authorization('Main')],
      jobs: [job('VIP'), job('VIP')],
    };
    expect(plan({ jobs: [vip, inFile.job('B', { authorization: 'Nobody' })] }, twice)).toEqual([
      'jobs.0.name: The service has several with the name "VIP". Rename all of them except one first.',
      'jobs.0.authorization: The service has several with the name "Main". Rename all of them except one first.',
      'jobs.1.authorization: The authorization "Nobody" is neither in the file nor in the service. Add it to the file, or correct its label.',
    ]);
  });

  test('another method under the same label', () => {
    const there = authorization('Main', { provider: 'lytics', method: 'lytics_api_token' });
    expect(plan({ authorizations: [main] }, { authorizations: [there] })).toEqual([
      expect.stringMatching(/^authorizations\.0\.method: .*Use another label/),
    ]);
  });
});
