/** The arguments: `npm run test:again -- test/export/guard.test.ts --times 20`. */
import { parseArgs } from 'node:util';

export interface AgainOptions {
  /** As the user gave it. */
  readonly file: string;
  readonly times: number;
}

/** Its message is one sentence for the user. */
export class UsageError extends Error {}

const MAX_TIMES = 1_000;

/** @throws {UsageError} */
export function readOptions(args: readonly string[]): AgainOptions {
  const { values, positionals } = parsed(args);
  const [file, second] = positionals;
  if (file === undefined || second !== undefined) {
    throw new UsageError('Name one test file: npm run test:again -- test/export/guard.test.ts --times 20');
  }
  const times = Number(values.times);
  if (!/^\d{1,4}$/.test(values.times) || times < 1 || times > MAX_TIMES) {
    throw new UsageError(`--times takes a whole number from 1 to ${MAX_TIMES}, not "${values.times.slice(0, 40)}".`);
  }
  return { file, times };
}

function parsed(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      options: { times: { type: 'string', default: '10' } },
      allowPositionals: true,
    });
  } catch {
    throw new UsageError('It takes only one test file and --times.');
  }
}
