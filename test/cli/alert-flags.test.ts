/** `--alert <rule=values>`. */
import { expect, test } from 'vitest';
import { describeRules, oneMoreAlert, withGiven } from '../../src/cli/alert-flags.ts';

test.each([
  ['skipped_share=10', { skipped_share: { action: 'warn', percent: 10 } }],
  ['skipped_share=10,stop', { skipped_share: { action: 'stop', percent: 10 } }],
  ['size_change=300, 7, stop', { size_change: { action: 'stop', percent: 300, runs: 7 } }],
  ['size_change=30,7,warn', { size_change: { action: 'warn', percent: 30, runs: 7 } }],
  ['late=90', { late: { action: 'warn', minutes: 90 } }],
  ['slow=off', { slow: { action: 'off' } }],
  ['no_match=warn', { no_match: { action: 'warn' } }],
  ['no_match=off', { no_match: { action: 'off' } }],
  ['estimate_drop=default', { estimate_drop: null }],
])('%s', (text, rules) => {
  expect(oneMoreAlert(text)).toEqual(rules);
});

test.each([
  ['size=10', 'There is no alert rule "size". The rules are skipped_share, size_change,'],
  ['', 'There is no alert rule "".'],
  ['late', 'late has no values. Write late=<minutes>, or late=off.'],
  ['late=', 'late has no values.'],
  ['late=soon', 'late=<minutes>, or late=off.'],
  ['late=90,stop', 'late, action: Choose the action: off or warn.'],
  ['late=4', 'late, minutes: Enter at least 5.'],
  ['skipped_share=0', 'skipped_share, percent: Enter at least 1.'],
  ['skipped_share=1.5', 'skipped_share=<percent>, with ",stop" at the end to stop the run'],
  ['size_change=30', 'size_change=<percent>,<runs>, with ",stop"'],
  ['size_change=30,1', 'size_change, runs: Enter at least 2.'],
  ['no_match=1', 'no_match=warn, or no_match=off.'],
])('"%s" is refused', (text, sentence) => {
  expect(() => oneMoreAlert(text)).toThrow(sentence);
});

test('several rules are given one by one, each once', () => {
  const both = oneMoreAlert('slow=60', oneMoreAlert('late=90'));
  expect(Object.keys(both)).toEqual(['late', 'slow']);
  expect(() => oneMoreAlert('late=80', both)).toThrow('late is given more than once');
});

test('given rules replace those before, and "default" removes one', () => {
  const before = { late: { action: 'warn', minutes: 90 }, slow: { action: 'off' } } as const;
  expect(withGiven(before, oneMoreAlert('slow=default'))).toEqual({ late: before.late });
  expect(withGiven(before, oneMoreAlert('late=5'))).toEqual({
    ...before,
    late: { action: 'warn', minutes: 5 },
  });
  expect(withGiven({ slow: before.slow }, { slow: null })).toBeUndefined();
  expect(withGiven(undefined, {})).toBeUndefined();
});

test('rules are shown as the flag takes them', () => {
  const flags = ['skipped_share=10,stop', 'size_change=30,7', 'late=off', 'no_match=warn'];
  let given = {};
  for (const flag of flags) given = oneMoreAlert(flag, given);
  expect(describeRules(given)).toEqual(flags);
});
