/** What the failures of LINE Official Account mean. */
import { lineOfficialAccountTraits } from '../../domain/destinations/line-official-account.ts';
import { type Sentence, sentence } from '../../domain/text/sentence.ts';
import { failuresOf } from '../failures.ts';
import { lineSentences } from '../line-sentences.ts';
import { OfficialAccountError } from './error.ts';

/** What to do about LINE's codes. */
const advice: Readonly<Record<string, Sentence>> = {
  AUDIENCE_GROUP_NOT_FOUND: sentence`The LINE channel has no such audience, or may not change it.`,
  AUDIENCE_GROUP_COUNT_MAX_OVER: sentence`The LINE channel has 1,000 audiences, as many as LINE allows. Delete one that no campaign uses.`,
  AUDIENCE_GROUP_CAN_NOT_UPLOAD_STATUS_EXPIRED: sentence`The audience is older than 180 days, and LINE takes no more uploads for it. Create another one.`,
  AUDIENCE_GROUP_NAME_SIZE_OVER: sentence`The name is longer than 120 characters.`,
  AUDIENCE_GROUP_NAME_WRONG: sentence`The name has a character that LINE does not allow.`,
  UPLOAD_AUDIENCE_GROUP_INVALID_AUDIENCE_ID_FORMAT: sentence`LINE refuses the whole file, because one of its lines is not an ID of the right kind.`,
};

export const { explained, written } = failuresOf<OfficialAccountError>({
  says: lineSentences,
  isError: (error) => error instanceof OfficialAccountError,
  reasonsOf: ({ reasons }) => reasons.map(({ code }) => code),
  nameTaken: lineOfficialAccountTraits.reasons.nameTaken,
  meaningsOf: ({ reasons }) => reasons.flatMap(({ code }) => advice[code] ?? []),
  usually: {
    unauthorized: sentence`LINE does not accept the access token. Check the LINE channel of the authorization.`,
    forbidden: sentence`The LINE channel may not do this. Only official accounts in Japan, Thailand and Taiwan have audiences.`,
  },
});
