import { describe, expect, test } from 'vitest';
import { type PlanOptions, planFor, type Running, type Step } from '../../src/plan/plan.ts';
import { authorization, file, inFile, job } from './things.ts';

const usual = { replaceSecrets: false, prune: false };

/** A plan in short: `+ job VIP`, `~ job VIP configuration.time_of_day`. */
function plan(
  content: Parameters<typeof file>[0],
  running: Partial<Running>,
  options: Partial<PlanOptions> = {},
) {
  const there = { authorizations: [], jobs: [], ...running };
  const result = planFor(file(content), there, { ...usual, ...options });
  if ('problems' in result)
    return result.problems.map(({ path, message }) => `${path.join('.')}: ${message}`);
  return result.plan.steps.map(inShort);
}

function inShort(step: Step): string {
  const mark = { create: '+', change: '~', delete: '-' }[step.action];
  const thing = step.action === 'delete' ? step.there : step.wanted;
  const changes = step.action === 'change' ? step.changes.map(({ key }) => key) : [];
  const secret = 'replaceSecret' in step && step.replaceSecret ? ['credentials'] : [];
  return [mark, step.kind, 'label' in thing ? thing.label : thing.name, ...changes, ...secret].join(' ');
}

const main = inFile.authorization('Main');
const vip = inFile.job('VIP');
const runs = { authorizations: [authorization('Main')], jobs: [job('VIP')] };

describe('what is to be done', () => {
  test.each([
    [
      'everything is new: authorizations come first',
      { authorizations: [main], jobs: [vip] },
      {},
      {},
      ['+ authorization Main', '+ job VIP'],
    ],
    ['everything is there', { authorizations: [main], jobs: [vip] }, runs, {}, []],
    [
      'a key of the configuration',
      { jobs: [inFile.job('VIP', { configuration: { time_of_day: '10:00' } })] },
      runs,
      {},
      ['~ job VIP configuration.time_of_day'],
    ],
    [
      'how its file is read',
      { jobs: [inFile.job('VIP', { configuration: { file_options: { encoding: 'shift_jis' } } })] },
      runs,
      {},
      ['~ job VIP configuration.file_options'],
    ],
    [
      'from a schedule to once',
      { jobs: [inFile.job('VIP', { configuration: { continuous_update: false } })] },
      runs,
      {},
      ['~ job VIP configuration.continuous_update'],
    ],
    [
      'a description goes',
      { jobs: [vip] },
      { ...runs, jobs: [job('VIP', { description: 'old' })] },
      {},
      ['~ job VIP description'],
    ],
    [
      'tags are what the file says',
      { jobs: [inFile.job('VIP', { tags: ['summer'] })] },
      { ...runs, jobs: [job('VIP', { tags: ['summer', 'old'] })] },
      {},
      ['~ job VIP tags'],
    ],
    [
      'tags of which the file says nothing stay',
      { jobs: [vip] },
      { ...runs, jobs: [job('VIP', { tags: ['summer'] })] },
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
      'credentials only when asked',
      { authorizations: [main] },
      runs,
      { replaceSecrets: true },
      ['~ authorization Main credentials'],
    ],
    ['what the file lacks stays', {}, runs, {}, []],
    ['or goes, jobs before authorizations', {}, runs, { prune: true }, ['- job VIP', '- authorization Main']],
    ['but not what the file needs', { jobs: [vip] }, runs, { prune: true }, []],
    [
      'a terminated job is history',
      { jobs: [vip] },
      { ...runs, jobs: [job('VIP', { status: 'killed' })] },
      { prune: true },
      ['+ job VIP'],
    ],
    [
      'of two with one name, the one that lives',
      { jobs: [vip] },
      { ...runs, jobs: [job('VIP'), job('VIP', { status: 'killed' })] },
      {},
      [],
    ],
  ] as const)('%s', (_, content, running, options, steps) => {
    const mutable = content as unknown as Parameters<typeof file>[0];
    expect(plan(mutable, running as Partial<Running>, options)).toEqual(steps);
  });

  test('what becomes of the audience: a new name renames it, and only a word makes another', () => {
    const audience = (change: { configuration?: object; another_audience?: boolean }) => {
      const { configuration, ...rest } = change;
      const content = { jobs: [{ ...inFile.job('VIP', { configuration }), ...rest }] };
      const result = planFor(file(content), runs, usual);
      if ('problems' in result) return result.problems.map(({ path, message }) => [path.join('.'), message]);
      const [step] = result.plan.steps;
      if (step?.action !== 'change' || step.kind !== 'job') return undefined;
      expect(step.another).toBe(step.audience.kind === 'another');
      return step.audience.kind;
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
    // Planned before the first run has made one, the word is about the one that it may have made meanwhile.
    const wish = {
      ...inFile.job('VIP', { configuration: { audience_name: 'Gold' } }),
      another_audience: true,
    };
    const early = planFor(
      file({ jobs: [wish] }),
      { ...runs, jobs: [job('VIP', { audience_id: null })] },
      usual,
    );
    expect(early).toMatchObject({
      plan: { steps: [{ audience: { kind: 'kept', id: null }, another: true }] },
    });
    // Left in the file, the word makes no further audience with a later change of something else.
    expect(audience({ another_audience: true })).toBeUndefined();
    expect(audience({ configuration: { time_of_day: '10:00' }, another_audience: true })).toBe('kept');
  });

  test('names what is left alone', () => {
    const result = planFor(file({ authorizations: [main] }), runs, usual);
    expect(result).toMatchObject({ plan: { unchanged: 1, others: [{ kind: 'job', name: 'VIP' }] } });
  });
});

describe('what cannot be done, all of it', () => {
  test('an authorization that is nowhere, and names that several have', () => {
    const twice = {
      authorizations: [authorization('Main'), authorization('Main')],
      jobs: [job('VIP'), job('VIP')],
    };
    expect(plan({ jobs: [vip, inFile.job('B', { authorization: 'Nobody' })] }, twice)).toEqual([
      'jobs.0.name: The service has several called "VIP": give all but one of them another name first.',
      'jobs.0.authorization: The service has several called "Main": give all but one of them another name first.',
      'jobs.1.authorization: There is no authorization "Nobody", neither in the file nor in the service.',
    ]);
  });

  test('another method under the same label', () => {
    const there = authorization('Main', { provider: 'lytics', method: 'lytics_api_token' });
    expect(plan({ authorizations: [main] }, { authorizations: [there] })).toEqual([
      expect.stringMatching(/^authorizations\.0\.method: .*give it another label/),
    ]);
  });
});
