/** How far a clock may be off from that of LINE's servers, which check the time of signed requests. */
export const lineClock = { warnMs: 3 * 60_000, refuseMs: 15 * 60_000 } as const;
