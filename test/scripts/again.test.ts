/** npm run test:again. */
import { describe, expect, test } from 'vitest';
import { readOptions, UsageError } from '../../scripts/again/options.ts';
import { report, Tally } from '../../scripts/again/tally.ts';

describe('the arguments', () => {
  test('are one file and a number of times', () => {
    expect(readOptions(['test/a.test.ts'])).toEqual({ file: 'test/a.test.ts', times: 10 });
    expect(readOptions(['test/a.test.ts', '--times', '1000'])).toEqual({
      file: 'test/a.test.ts',
      times: 1_000,
    });
  });

  test('are refused in one sentence if they are anything else', () => {
    const times = /^--times takes a whole number from 1 to 1000, not ".*"\.$/;
    const refused: [string[], RegExp][] = [
      [[], /^Name one test file: /],
      [['a.test.ts', 'b.test.ts'], /^Name one test file: /],
      ...['0', '1001', '-1', '1.5', 'many', ''].map((n): [string[], RegExp] => [['a.test.ts', `--times=${n}`], times]),
      [['a.test.ts', '--watch'], /^It takes only one test file and --times\.$/],
    ];
    for (const [args, message] of refused) {
      expect(() => readOptions(args), args.join(' ')).toThrow(UsageError);
      expect(() => readOptions(args), args.join(' ')).toThrow(message);
    }
  });
});

describe('the report', () => {
  test('shows how often each test failed, with its first failure', () => {
    const tally = new Tally();
    tally.add([]);
    tally.add([{ name: 'rare', text: 'Error: one\n' }]);
    tally.add([
      { name: 'often', text: 'Error: two\n' },
      { name: 'often', text: 'Error: three\n' },
      { name: 'rare', text: 'Error: four\n' },
    ]);
    tally.add([{ name: 'often', text: 'Error: five\n' }]);
    tally.add([{ name: 'often', text: 'Error: six\n' }]);
    expect(report('test/a.test.ts', tally)).toBe(`
failed 3 of 5: often
first in run 3:
Error: two

failed 2 of 5: rare
first in run 2:
Error: one

test/a.test.ts failed in 4 of 5 runs
`);
  });

  test('says that all runs passed', () => {
    const tally = new Tally();
    tally.add([]);
    expect(report('test/a.test.ts', tally)).toBe('\ntest/a.test.ts passed in 1 of 1 runs\n');
  });
});
