/** What the end of a run says, as text. */

export interface TestCost {
  readonly file: string;
  readonly cpuSeconds: number;
  readonly wallSeconds: number;
}

export interface TestTold {
  readonly file: string;
  readonly name: string;
  readonly state: 'passed' | 'failed' | 'skipped' | 'pending';
  /** It passed when it was tried again. */
  readonly flaky: boolean;
  /** Of a flaky one, its first failure. */
  readonly failure?: string;
  /** Of a skipped one, if it is known. */
  readonly reason?: string;
}

/** Files that are named as the costliest. */
const COSTLIEST = 10;

/** Where the time of a run of many files went; nothing for one of few. */
export function costsText(costs: readonly TestCost[]): string {
  if (costs.length <= COSTLIEST) return '';
  const line = (cpu: number, wall: number, what: string) =>
    `${cpu.toFixed(1).padStart(8)} ${wall.toFixed(1).padStart(8)}  ${what}\n`;
  const sorted = costs.toSorted((a, b) => b.cpuSeconds - a.cpuSeconds);
  const sum = (key: 'cpuSeconds' | 'wallSeconds') => costs.reduce((total, cost) => total + cost[key], 0);
  return [
    '\n     CPU     wall  seconds of the costliest files\n',
    ...sorted.slice(0, COSTLIEST).map((one) => line(one.cpuSeconds, one.wallSeconds, one.file)),
    line(sum('cpuSeconds'), sum('wallSeconds'), `all ${costs.length} files`),
  ].join('');
}

/** Each reason to skip once, with how many tests it holds for; each flaky test; and the last line, which counts them all. */
export function testsText(tests: readonly TestTold[]): string {
  const inState = (state: TestTold['state']) => tests.filter((test) => test.state === state);
  const reasons = Map.groupBy(
    inState('skipped'),
    ({ reason, file }) => reason ?? `no reason given (${file})`,
  );
  const flaky = tests.filter((test) => test.flaky);
  return [
    ...[...reasons].map(([reason, { length }]) => `skipped ${length}: ${reason}\n`),
    ...flaky.map(({ file, name, failure }) => `\nflaky: ${file} > ${name}\n${failure}`),
    `\n${inState('passed').length} passed, ${inState('failed').length} failed, ${flaky.length} flaky, `,
    `${inState('skipped').length} skipped\n`,
  ].join('');
}
