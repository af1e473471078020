/** The arguments of `npm run dev`. */
import { parseArgs } from 'node:util';
import { LineupError } from '../../src/domain/errors/errors.ts';

export interface Options {
  /** 0 takes any free port. */
  readonly port: number;
  /** The server waits for a debugger. */
  readonly inspect: boolean;
}

/** @throws {LineupError} `invalid_argument` */
export function readOptions(args: readonly string[]): Options {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: { port: { type: 'string', default: '5173' }, inspect: { type: 'boolean', default: false } },
    });
    const port = Number(values.port);
    if (/^\d{1,5}$/.test(values.port) && port <= 65_535) return { port, inspect: values.inspect };
  } catch {
    // The same answer for all unknown paths.
  }
  throw new LineupError('invalid_argument', 'npm run dev takes --port with a number to 65535, and --inspect.');
}
