/** A percentage as a person types it, and the share that it is in a request. */

export const percentOf = (share: number): number => Math.round(share * 100);

/** An empty field is not a number, which no rule accepts. */
export const shareOf = (percent: number | ''): number => (percent === '' ? Number.NaN : percent / 100);
