/** The pre-flight check: whether an export could run, with a sentence for each result. It only reads. */
import { LineupError } from '../../domain/errors/errors.ts';
import { localized, type Sentence, sentence, sentenceOf } from '../../domain/text/sentence.ts';
import { checkAudience } from '../audience.ts';
import type { Destination, DestinationCheck, Verifying } from '../destination.ts';

/** The form field that each check is about. */
const fields = { key: 'configuration.channel_secret' } as const;
const unknown = () => sentence`Unknown because of the failure above.`;

const check = (name: string, ok: boolean | null, text: Sentence, field?: string): DestinationCheck => ({
  name,
  ok,
  ...localized(text),
  ...(field !== undefined && { field }),
});

/** @returns all results in order */
export async function verify(
  destination: Destination,
  asked: Verifying,
  signal: AbortSignal,
): Promise<DestinationCheck[]> {
  const { account, audienceId, identifierType } = asked;
  const failed = await problemOf(() => destination.page(account, { page: 1, size: 1 }, signal));
  const later = audienceId ? [check('audience', null, unknown())] : [];
  if (failed && failed.code !== 'line_unauthorized' && failed.code !== 'line_forbidden')
    return [check('connection', false, sentenceOf(failed)), check('key', null, unknown(), fields.key), ...later];
  const answers = check('connection', true, sentence`LINE answers.`);
  if (failed) return [answers, check('key', false, sentenceOf(failed), fields.key), ...later];
  const checks = [answers, check('key', true, sentence`LINE gives an access token for this LINE channel.`, fields.key)];
  if (!audienceId) return checks;
  const wanted = { adAccountId: account, audienceName: null, identifierType: identifierType ?? null };
  const problem = await problemOf(() => checkAudience(destination, wanted, audienceId, signal));
  const found = sentence`Audience ${audienceId} exists and takes uploads.`;
  return [...checks, check('audience', problem === undefined, problem ? sentenceOf(problem) : found)];
}

/** @throws {LineupError} when it was stopped */
async function problemOf(read: () => Promise<unknown>): Promise<LineupError | undefined> {
  try {
    await read();
    return undefined;
  } catch (error) {
    if (error instanceof LineupError && error.code !== 'interrupted') return error;
    throw error;
  }
}
