/** The channel of the simulator of LINE Official Account. */
export const CHANNEL = '1657000001';

/** An invented user id. */
export const lineUser = (n: number): string => `U${n.toString(16).padStart(32, '0')}`;
