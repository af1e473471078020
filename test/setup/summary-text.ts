/** The text at the end of a run. */

export interface TestCost {
  readonly file: string;
  readonly cpuSeconds: number;
  readonly wallSeconds: number;
}

export interface TestOutcome {
  readonly file: string;
  readonly name: string;
  readonly state: 'passed' | 'failed' | 'skipped' | 'pending';
  /** It failed first and passed in another try. */
  readonly flaky: boolean;
  /** The first failure of a flaky test. */
  readonly failure?: string;
  /** The reason for a skipped test, if there is one. */
  readonly reason?: string;
}

/** How many of the slowest files are named. */
const COSTLIEST = 10;

/** Where the time of a run of many files went. Empty for a few files. */
export function costsText(costs: readonly TestCost[]): string {
  if (costs.length <= COSTLIEST) return '';
  const line = (cpu: number, wall: number, label: string) =>
    `${cpu.toFixed(1).padStart(8)} ${wall.toFixed(1).padStart(8)}  ${label}\n`;
  const sorted = costs.toSorted((a, b) => b.cpuSeconds - a.cpuSeconds);
  const sum = (key: 'cpuSeconds' | 'wallSeconds') => costs.reduce((total, cost) => total + cost[key], 0);
  return [
    '\n     CPU     wall  seconds of the costliest files\n',
    ...sorted.slice(0, COSTLIEST).map((file) => line(file.cpuSeconds, file.wallSeconds, file.file)),
    line(sum('cpuSeconds'), sum('wallSeconds'), `all ${costs.length} files`),
  ].join('');
}

/** Lists each reason to skip with its number of tests, and each flaky test. The last line has the totals. */
export function testsText(tests: readonly TestOutcome[]): string {
  const inState = (state: TestOutcome['state']) => tests.filter((test) => test.state === state);
  const reasons = Map.groupBy(inState('skipped'), ({ reason, file }) => reason ?? `no reason given (${file})`);
  const flaky = tests.filter((test) => test.flaky);
  return [
    ...[...reasons].map(([reason, { length }]) => `skipped ${length}: ${reason}\n`),
    ...flaky.map(({ file, name, failure }) => `\nflaky: ${file} > ${name}\n${failure}`),
    `\n${inState('passed').length} passed, ${inState('failed').length} failed, ${flaky.length} flaky, `,
    `${inState('skipped').length} skipped\n`,
  ].join('');
}
