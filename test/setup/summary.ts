/**
 * Prints at the end of a run where its time went, why tests were skipped, and which tests are flaky. A flaky test
 * failed once and then passed in another try. Only CI tries again (vitest.config.ts). A flaky test does not fail the
 * run, but it is a defect like any other, so its first failure is printed. The last line has the totals.
 */
import type { Reporter, TestCase, TestModule, TestSuite } from 'vitest/node';
import type {} from '../support/skip.ts';
import { failureText } from './failure.ts';
import { versionsText } from './postgres-versions.ts';
import { costsText, type TestCost, type TestOutcome, testsText } from './summary-text.ts';

export default class Summary implements Reporter {
  onTestRunEnd(modules: readonly TestModule[]): void {
    const tests = modules.flatMap((module) => [...module.children.allTests()].map(outcomeOf));
    const broken = modules.flatMap((module) => [module, ...module.children.allSuites()].flatMap(brokenOf));
    const projects = modules.map(({ project }) => project.name);
    process.stdout.write(costsText(modules.map(costOf)) + versionsText(projects) + testsText([...tests, ...broken]));
  }
}

function costOf(module: TestModule): TestCost {
  return {
    file: module.relativeModuleId,
    cpuSeconds: module.meta().cpuSeconds ?? 0,
    wallSeconds: module.diagnostic().duration / 1_000,
  };
}

/** What fails outside a test, as `beforeAll` and an import do, leaves its tests skipped. It counts as a failed one. */
function brokenOf(suite: TestModule | TestSuite): TestOutcome[] {
  if (suite.errors().length === 0) return [];
  const file = suite.type === 'module' ? suite.relativeModuleId : suite.module.relativeModuleId;
  return [{ file, name: 'outside its tests', state: 'failed', flaky: false }];
}

function outcomeOf(test: TestCase): TestOutcome {
  const result = test.result();
  const flaky = test.diagnostic()?.flaky ?? false;
  return {
    file: test.module.relativeModuleId,
    name: test.fullName,
    state: result.state,
    flaky,
    ...(flaky && { failure: failureText(result.errors?.[0]) }),
    ...(result.state === 'skipped' && { reason: result.note ?? test.meta().skipped ?? otherName(test) }),
  };
}

/** With -t, tests with other names are skipped. */
const otherName = ({ project }: TestCase): string | undefined =>
  project.vitest.config.testNamePattern && 'its name does not match -t';
