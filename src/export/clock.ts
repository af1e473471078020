/** This machine's clock beside LINE's, in words. */
import { type Sentence, sentence } from '../contracts/sentence.ts';

/** LINE refuses from 15 minutes on; a clock that far off is worth mending before. */
const TOLERANCE_MS = 3 * 60_000;

/** @param skewMs this machine's clock minus LINE's */
export const isFarOff = (skewMs: number): boolean => Math.abs(skewMs) > TOLERANCE_MS;

export function clockSentence(skewMs: number): Sentence {
  const seconds = Math.round(Math.abs(skewMs) / 1_000);
  const minutes = Math.round(seconds / 60);
  if (isFarOff(skewMs)) {
    return skewMs < 0
      ? sentence`This machine’s clock is ${minutes} minutes behind LINE’s; LINE refuses from 15 minutes on. Set it right (NTP).`
      : sentence`This machine’s clock is ${minutes} minutes ahead of LINE’s; LINE refuses from 15 minutes on. Set it right (NTP).`;
  }
  if (seconds <= 1) return sentence`The clock agrees with LINE’s.`;
  return skewMs < 0
    ? sentence`The clock is ${seconds} s behind LINE’s, which is near enough.`
    : sentence`The clock is ${seconds} s ahead of LINE’s, which is near enough.`;
}
