/** What the failures of LINE Ads mean. */
import { LineAdsError, listReasons, networkFaultOf, reasonAdvice } from '../../../packages/line-ads/src/index.ts';
import { lineAdsTraits } from '../../domain/destinations/line-ads.ts';
import { asSentence, type Sentence, sentence } from '../../domain/text/sentence.ts';
import { failuresOf } from '../failures.ts';
import { clockSentence, isFarOff, lineSentences } from '../line-sentences.ts';

export const { explain, explained, written } = failuresOf<LineAdsError>({
  says: lineSentences,
  isError: (error) => error instanceof LineAdsError,
  reasonsOf: ({ reasons }) => reasons.map(({ reason }) => reason),
  told: ({ reasons }) => listReasons(reasons),
  nameTaken: lineAdsTraits.reasons.nameTaken,
  codeOf: ({ code, skewMs }) =>
    code === 'unauthorized' && skewMs !== undefined && isFarOff(skewMs) ? 'line_clock_skewed' : undefined,
  meaningsOf: ({ code, reasons, skewMs }) => {
    if (code === 'unauthorized' && skewMs !== undefined)
      return [isFarOff(skewMs) ? clockSentence(skewMs) : meaningOfReason('AUTHORIZATION_FAILED')!];
    // This reason is about the keys. With a 403, LINE has accepted them.
    const relevant = reasons.filter(({ reason }) => code === 'unauthorized' || reason !== 'AUTHORIZATION_FAILED');
    return relevant.flatMap(({ reason }) => meaningOfReason(reason) ?? []);
  },
  usually: {
    unauthorized: sentence`The access key, the secret key or the clock is wrong. Check them.`,
    forbidden: sentence`The access key does not allow this operation or this ad account.`,
    busy: sentence`LINE is processing this audience. Try again in a few minutes.`,
    invalid_response: lineSentences.hasError,
  },
});

/** What happened on the network, in words, for an error of `fetch` or of a socket. */
export function networkFault(error: unknown): string {
  const { words, code } = networkFaultOf(new Error('', { cause: error }));
  return `${words} (${code})`;
}

/** What LINE's reason means. Undefined when we know nothing more than the reason itself. */
export const meaningOfReason = (reason: string | null | undefined): Sentence | undefined => {
  const advice = reason ? reasonAdvice[reason] : undefined;
  return advice === undefined ? undefined : asSentence(advice);
};
