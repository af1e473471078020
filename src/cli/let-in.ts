/** Asks before a change that lets people back into live audiences, and says how many: src/domain/jobs/let-in.ts. */
import type { Command } from 'commander';
import type { LetIn } from '../domain/jobs/let-in.ts';
import { inEnglish } from '../domain/text/sentence.ts';
import { wholeNumber } from './options.ts';
import { confirm } from './terminal.ts';

export interface LetInFlag {
  letIn?: number;
}

/** @param when when it is needed, and whom it counts */
export const letInOption = (command: Command, when: string): Command =>
  command.option('--let-in <members>', when, wholeNumber('--let-in', 0, Number.MAX_SAFE_INTEGER));

/**
 * @param found what the change does; undefined when it lets nobody in
 * @param given by the flag. The service refuses it when it is not what is true now
 * @returns the number that a person has seen, for the service
 */
export async function confirmLetIn(
  found: LetIn | undefined,
  given: number | undefined,
  signal: AbortSignal,
): Promise<number | undefined> {
  if (!found || given !== undefined) return given;
  const flag = `--let-in ${found.members}`;
  await confirm(inEnglish(found.what), 'save', signal, flag);
  return found.members;
}
