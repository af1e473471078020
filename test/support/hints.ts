/** The commands that the command line offers, found in what it prints, and what becomes of them. */
import { expect } from 'vitest';
import type { Finished } from './command.ts';

/** These run until somebody ends them, so that tests only ask whether there is such a command. */
const staying = ['serve', 'simulate', 'demo'];

/**
 * Every command in a text, each once, without `lineup`. In a sentence, a command stands in quotation marks or at the
 * end of its line. So a command with a gap (`--ad-account …`) is found, too, and is refused.
 */
export function hintsIn(...texts: readonly string[]): string[][] {
  const found = texts.flatMap((text) => [...text.matchAll(/(?<![\w/-])lineup ([a-z][a-z-]*[^"\n]*)/g)]);
  const commands = new Set(found.map(([, command = '']) => command.replace(/\.$/, '')));
  return [...commands].map((command) => {
    const args = command.split(' ');
    return staying.includes(args[0]!) ? [...args, '--help'] : args;
  });
}

type Run = (args: readonly string[]) => Promise<Finished>;

/** Runs a command as a person would, who answers its question with what it has shown. */
export async function followHint(run: Run, args: readonly string[]): Promise<Finished> {
  const finished = await run(args);
  const [, answer] = /Confirm with (--\S+ \S+)\./.exec(finished.stderr) ?? [];
  return answer === undefined ? finished : run([...args, ...answer.split(' ')]);
}

/** Runs each command that the texts offer. None may be refused: wrong usage, or not possible in this state. */
export async function expectHintsToWork(run: Run, ...texts: readonly string[]): Promise<string[][]> {
  const hints = hintsIn(...texts);
  for (const hint of hints) {
    const { code, stderr } = await followHint(run, hint);
    expect([hint.join(' '), code === 2 ? stderr : 'not refused']).toEqual([hint.join(' '), 'not refused']);
  }
  return hints;
}
