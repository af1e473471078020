/** Looking up what an audience holds before it is replaced: our own history, and what LINE was asked. Reads only. */
import type { RunHistory } from '../contracts/ports.ts';
import type { AudienceBefore } from '../contracts/run.ts';
import { type AtLine, sizeBefore } from './audience-size.ts';

/** @param line what LINE says; undefined when it was not asked */
export async function lookUpSize(
  history: Pick<RunHistory, 'lastReplace' | 'made'>,
  adAccountId: string,
  audienceId: string,
  line: AtLine | undefined,
): Promise<AudienceBefore> {
  const lastReplace = await history.lastReplace(adAccountId, audienceId);
  const made = lastReplace !== undefined || (await history.made(adAccountId, audienceId));
  return sizeBefore({ lastReplace, made, line });
}
