/** LINE refuses a `Date` more than 15 minutes off; from 3 on it is worth a word before it comes to that. */
const WORTH_A_WORD_MS = 3 * 60_000;

/** This machine's clock minus the server's, in ms; undefined when the `Date` header is absent or unreadable. */
export function clockSkew(serverDate: string | null, now: number): number | undefined {
  const serverNow = Date.parse(serverDate ?? '');
  return Number.isNaN(serverNow) ? undefined : now - serverNow;
}

/** "Your clock is 20 minutes behind LINE's …", or undefined when the clocks agree well enough. */
export function describeSkew(skewMs: number | undefined): string | undefined {
  if (skewMs === undefined || Math.abs(skewMs) <= WORTH_A_WORD_MS) return undefined;
  const minutes = Math.round(Math.abs(skewMs) / 60_000);
  const hours = Math.round(minutes / 60);
  const distance =
    minutes < 120 ? `${minutes} minutes` : hours < 72 ? `${hours} hours` : `${Math.round(hours / 24)} days`;
  return `Your clock is ${distance} ${skewMs < 0 ? 'behind' : 'ahead of'} LINE's; LINE accepts 15 minutes.`;
}
