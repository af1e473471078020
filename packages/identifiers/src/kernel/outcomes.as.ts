// What can become of a value. 1 to 6 are the reasons of `invalidReasons` in rules.ts, in their order.

export const MISSING_VALUE: i32 = 0;
export const NOT_AN_EMAIL: i32 = 1;
export const TOO_LONG: i32 = 2;
export const NOT_A_PHONE: i32 = 3;
export const NOT_AN_IFA: i32 = 4;
export const OPTED_OUT: i32 = 5;
export const HASH_OF_EMPTY: i32 = 6;
export const LAST_REASON: i32 = 6;

/** The value is in the batch and counted. */
export const ACCEPTED: i32 = 16;
/** The fast path has no answer: the host is to be asked. */
export const UNSETTLED: i32 = 17;

// The host's further answers, and what it may have to say besides.
export const HOST_HASHED: i32 = 18;
export const HOST_PREHASHED: i32 = 19;
export const HOST_RAW: i32 = 20;
export const HOST_OUTCOME: i32 = 0xff;
export const HOST_LEADING_ZERO: i32 = 0x100;
export const HOST_REPAIRED: i32 = 0x200;
export const HOST_DIGITS_LOST: i32 = 0x400;
