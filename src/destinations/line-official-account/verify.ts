/** The pre-flight check: whether an export could run, with a sentence for each result. It only reads. */
import { LineupError } from '../../domain/errors/errors.ts';
import { type Sentence, sentence, sentenceOf } from '../../domain/text/sentence.ts';
import { askedAudience, check as checkOf, UNKNOWN } from '../checks.ts';
import type { Destination, DestinationCheck, Verifying } from '../destination.ts';
import { type CredentialField, TokenError } from './token-error.ts';

type CheckName = 'connection' | 'clock' | 'key' | 'audience';

/** @param field of the configuration that the check is about */
const check = (name: CheckName, ok: boolean | null, text: Sentence, field?: CredentialField): DestinationCheck =>
  checkOf(name, ok, text, field && `configuration.${field}`);
const unknown = (name: CheckName, field?: CredentialField) => check(name, null, UNKNOWN, field);

/**
 * @param keyField the field of the secret that the authorization has
 * @returns all results in order
 */
export async function verify(
  destination: Destination,
  keyField: CredentialField,
  asked: Verifying,
  signal: AbortSignal,
): Promise<DestinationCheck[]> {
  const { account, audienceId } = asked;
  const failed = await problemOf(() => destination.page(account, { page: 1, size: 1 }, signal));
  if (failed) return [...checksOf(failed, keyField), ...(audienceId ? [unknown('audience')] : [])];
  const checks = [answers(), check('key', true, sentence`LINE gives an access token for this LINE channel.`, keyField)];
  if (!audienceId) return checks;
  const problem = await problemOf(() => askedAudience(destination, asked, audienceId, signal));
  const found = sentence`Audience ${audienceId} exists and takes uploads.`;
  return [...checks, check('audience', problem === undefined, problem ? sentenceOf(problem) : found)];
}

const answers = (): DestinationCheck => check('connection', true, sentence`LINE answers.`);

function checksOf(failed: LineupError, keyField: CredentialField): DestinationCheck[] {
  const text = sentenceOf(failed);
  switch (failed.code) {
    case 'line_clock_skewed':
      return [answers(), check('clock', false, text), unknown('key', keyField)];
    case 'line_unauthorized':
      return [answers(), check('key', false, text, failed instanceof TokenError ? failed.field : keyField)];
    // The channel has a token, but LINE lets it have no audiences, as in another country.
    case 'line_forbidden':
      return [answers(), check('key', false, text, 'channel_id')];
    default:
      return [check('connection', false, text), unknown('key', keyField)];
  }
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
