/** npm run test:again: runs one test file many times, and reports how often each test failed. */
import { readOptions, UsageError } from './options.ts';
import { report, Tally } from './tally.ts';

const PROGRESS = process.stderr;

try {
  const { file, times } = readOptions(process.argv.slice(2));
  // Imported late, because it takes a second to load.
  const { openFile } = await import('./vitest.ts');
  const { run, close } = await openFile(file);
  const tally = new Tally();
  for (let number = 1; number <= times; number++) {
    const failures = await run();
    tally.add(failures);
    PROGRESS.write(`run ${number} of ${times}: ${failures.length === 0 ? 'passed' : `${failures.length} failed`}\n`);
  }
  await close();
  process.stdout.write(report(file, tally));
  process.exitCode = tally.failures.length === 0 ? 0 : 1;
} catch (error) {
  if (!(error instanceof UsageError)) throw error;
  process.stderr.write(`test:again: ${error.message}\n`);
  process.exitCode = 2;
}
