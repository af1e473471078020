/** What a difference of the clocks means at LINE. @param skewMs this machine's clock minus LINE's */
import { lineClock } from '../domain/destinations/line-clock.ts';
import { type Sentence, sentence } from '../domain/text/sentence.ts';

export const isFarOff = (skewMs: number): boolean => Math.abs(skewMs) > lineClock.warnMs;

/** Whether LINE refuses signed requests. Times of answers are in whole seconds. */
export const isRefusedFor = (skewMs: number): boolean => Math.abs(skewMs) + 1_000 >= lineClock.refuseMs;

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
