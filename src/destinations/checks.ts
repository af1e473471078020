/** What the pre-flight checks of all destinations have in common. */
import { localized, type Sentence, sentence } from '../domain/text/sentence.ts';
import { checkAudience } from './audience.ts';
import type { Audience, Destination, DestinationCheck, Verifying } from './destination.ts';

/** For what an earlier failure leaves open. */
export const UNKNOWN = sentence`Unknown because of the failure above.`;

/** @param field of the form that the check is about */
export const check = (name: string, ok: boolean | null, text: Sentence, field?: string): DestinationCheck => ({
  name,
  ok,
  ...localized(text),
  ...(field !== undefined && { field }),
});

/** The audience that is asked about. @throws {LineupError} those of `checkAudience` */
export const askedAudience = (
  destination: Destination,
  { account, identifierType }: Verifying,
  audienceId: string,
  signal: AbortSignal,
): Promise<Audience | undefined> =>
  checkAudience(
    destination,
    { adAccountId: account, audienceName: null, identifierType: identifierType ?? null },
    audienceId,
    signal,
  );
