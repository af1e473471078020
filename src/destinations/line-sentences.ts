/** How failures of LINE, and differences of the clocks, are told: for LINE Ads and for LINE Official Account. */
import { lineAdsTraits } from '../domain/destinations/line-ads.ts';
import { type Sentence, sentence } from '../domain/text/sentence.ts';
import type { FailureSentences } from './failures.ts';

export const lineSentences: FailureSentences = {
  notReached: (words, code) => sentence`LINE could not be reached: ${words} (${code}).`,
  lost: (words, code) => sentence`The connection to LINE was lost: ${words} (${code}).`,
  late: sentence`LINE did not answer in time.`,
  unreadable: (status) => sentence`LINE answered ${status}, but Lineup cannot read the answer.`,
  stopped: sentence`The request to LINE was stopped.`,
  noToken: sentence`There is no access token for LINE.`,
  answered: (status) => sentence`LINE answered ${status}.`,
  answeredWith: (status, reasons) => sentence`LINE answered ${status} ${reasons}.`,
  hasError: sentence`LINE has an error. Try again in a few minutes.`,
};

/** Whether a person should correct the clock. @param skewMs this machine's clock minus LINE's */
export const isFarOff = (skewMs: number): boolean => Math.abs(skewMs) > lineAdsTraits.clock.warnMs;

/** Whether LINE refuses signed requests. Times of answers are in whole seconds. */
export const isRefusedFor = (skewMs: number): boolean => Math.abs(skewMs) + 1_000 >= lineAdsTraits.clock.refuseMs;

export function clockSentence(skewMs: number): Sentence {
  const seconds = Math.round(Math.abs(skewMs) / 1_000);
  const minutes = Math.round(seconds / 60);
  if (isFarOff(skewMs)) {
    return skewMs < 0
      ? sentence`This machine’s clock is ${minutes} minutes behind LINE’s clock. LINE refuses requests when the clocks differ by 15 minutes or more. Correct the clock (NTP).`
      : sentence`This machine’s clock is ${minutes} minutes ahead of LINE’s clock. LINE refuses requests when the clocks differ by 15 minutes or more. Correct the clock (NTP).`;
  }
  if (seconds <= 1) return sentence`The clock matches LINE’s clock.`;
  return skewMs < 0
    ? sentence`The clock is ${seconds} s behind LINE’s clock. This is OK.`
    : sentence`The clock is ${seconds} s ahead of LINE’s clock. This is OK.`;
}
