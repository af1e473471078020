/**
 * Says at the end of a run where its time went, why tests were skipped, and which tests are flaky: failed once, and passed when
 * they were tried again. That happens in CI only (vitest.config.ts). A flaky test does not fail the run, but it is a defect like
 * any other: its first failure is printed. The last line counts them all.
 */
import type { Reporter, TestCase, TestModule } from 'vitest/node';
import type {} from '../support/skip.ts';

/** Files that are named as the costliest. */
const COSTLIEST = 10;

export default class Summary implements Reporter {
  onTestRunEnd(modules: readonly TestModule[]): void {
    const tests = modules.flatMap((module) => [...module.children.allTests()]);
    const flaky = tests.filter((test) => test.diagnostic()?.flaky);
    const inState = (state: string) => tests.filter((test) => test.result().state === state);
    if (modules.length > COSTLIEST) printCosts(modules);
    printSkipped(inState('skipped'));
    for (const test of flaky) {
      print(`\nflaky: ${test.module.relativeModuleId} > ${test.fullName}\n${firstFailure(test)}`);
    }
    const [passed, failed, skipped] = ['passed', 'failed', 'skipped'].map((state) => inState(state).length);
    print(`\n${passed} passed, ${failed} failed, ${flaky.length} flaky, ${skipped} skipped\n`);
  }
}

const print = (text: string) => process.stdout.write(text);

function printCosts(modules: readonly TestModule[]): void {
  const costs = modules
    .map((module) => ({
      file: module.relativeModuleId,
      cpu: module.meta().cpuSeconds ?? 0,
      wall: module.diagnostic().duration / 1_000,
    }))
    .sort((a, b) => b.cpu - a.cpu);
  const sum = (key: 'cpu' | 'wall') => costs.reduce((total, cost) => total + cost[key], 0);
  const line = (cpu: number, wall: number, what: string) =>
    print(`${cpu.toFixed(1).padStart(8)} ${wall.toFixed(1).padStart(8)}  ${what}\n`);
  print('\n     CPU     wall  seconds of the costliest files\n');
  for (const { cpu, wall, file } of costs.slice(0, COSTLIEST)) line(cpu, wall, file);
  line(sum('cpu'), sum('wall'), `all ${costs.length} files`);
}

/** Each reason once, with how many tests it holds for. */
function printSkipped(tests: readonly TestCase[]): void {
  const reasons = Map.groupBy(tests, (test) => {
    const result = test.result();
    const note = result.state === 'skipped' ? result.note : undefined;
    // With -t, the tests of other names are skipped.
    const filter = test.project.vitest.config.testNamePattern && 'another name was asked for';
    return note ?? test.meta().skipped ?? filter ?? `no reason given (${test.module.relativeModuleId})`;
  });
  for (const [reason, { length }] of reasons) print(`skipped ${length}: ${reason}\n`);
}

/** Its message, and the places of the project that it came from. */
function firstFailure(test: TestCase): string {
  const [error] = test.result().errors ?? [];
  const lines = (error?.stack ?? error?.message ?? 'It left no error.').split('\n');
  return `${lines.filter((line) => !line.includes('node_modules')).join('\n')}\n`;
}
