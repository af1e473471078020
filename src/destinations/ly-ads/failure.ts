/** What the failures of LY Ads mean. */
import { codeAdvice, LyAdsError, type LyReason, listErrors } from '../../../packages/ly-ads/src/index.ts';
import { lyAdsTraits } from '../../domain/destinations/ly-ads.ts';
import { asSentence, sentence } from '../../domain/text/sentence.ts';
import { failuresOf } from '../failures.ts';

export const hasCode = ({ errors }: { readonly errors: readonly LyReason[] }, code: string): boolean =>
  errors.some((error) => error.code === code);

/** A form of LY has allowed no more than 60, although the API documents 180. */
const daysRefused = sentence`LY Ads does not take this number of days for the members. Try a smaller one, for example 60.`;

export const { explain, explained, written } = failuresOf<LyAdsError>({
  says: {
    notReached: (words, code) => sentence`LY Ads could not be reached: ${words} (${code}).`,
    lost: (words, code) => sentence`The connection to LY Ads was lost: ${words} (${code}).`,
    late: sentence`LY Ads did not answer in time.`,
    unreadable: (status) => sentence`LY Ads answered ${status}, but Lineup cannot read the answer.`,
    stopped: sentence`The request to LY Ads was stopped.`,
    noToken: sentence`There is no access token for LY Ads.`,
    answered: (status) => sentence`LY Ads answered ${status}.`,
    answeredWith: (status, reasons) => sentence`LY Ads answered ${status} ${reasons}.`,
    hasError: sentence`LY Ads has an error. Try again in a few minutes.`,
  },
  isError: (error) => error instanceof LyAdsError,
  reasonsOf: ({ errors }) => errors.map(({ code }) => code),
  told: ({ errors }) => listErrors(errors),
  nameTaken: lyAdsTraits.reasons.nameTaken,
  meaningsOf: ({ errors }) => {
    if (errors.some(({ details }) => details.some(({ key }) => key.endsWith('dataDuration')))) return [daysRefused];
    return errors.flatMap(({ code }) => (codeAdvice[code] === undefined ? [] : asSentence(codeAdvice[code])));
  },
  usually: {
    unauthorized: sentence`LY Ads does not accept the access token. Connect the authorization again.`,
    forbidden: sentence`The Business ID that has consented may not do this.`,
  },
});
