/** What a person must know of a renewal: campaigns name the audience, and nobody else can change them. */
import { joinSentences, moment, type Sentence, sentence } from '../text/sentence.ts';

/** The audience before, and the one that has its place. */
interface Renewed {
  readonly audienceId: string | null;
  readonly audienceName: string | null;
  readonly renews?:
    | { readonly audienceId: string; readonly audienceName: string | null; readonly endsAt: string | null }
    | undefined;
}

/** Nothing without a renewal. */
export function renewedText({ renews, audienceName, audienceId }: Renewed): Sentence[] {
  if (!renews) return [];
  const before = renews.audienceName ?? renews.audienceId;
  return [
    joinSentences(
      sentence`The audience "${audienceName ?? audienceId ?? ''}" takes the place of "${before}".`,
      byPerson,
      renews.endsAt === null
        ? sentence`The old audience stays until somebody deletes it.`
        : sentence`The old audience ends at ${moment(renews.endsAt)}, and stays until somebody deletes it.`,
    ),
  ];
}

export const byPerson: Sentence = joinSentences(
  sentence`Change the campaigns that use the old audience to the new one: nothing else does.`,
  sentence`People who have left the source are not in the new audience.`,
);
