// The outcome of one value of the stream: from the fast path if it has an answer, otherwise from the host.
import { acceptDigest, nextDigest } from './accepted.as';
import { isSpace } from './bytes.as';
import { email } from './email.as';
import { hash, HASH_LENGTH } from './hashes.as';
import { compareHashes } from './compared.as';
import { acceptRawIfa, ifa, setRaw } from './ifa.as';
import { acceptLineUserId, lineUserId } from './line-user-id.as';
import {
  ACCEPTED,
  count,
  countInvalid,
  DIGITS_LOST,
  HASHED,
  HOST_DIGITS_LOST,
  HOST_LEADING_ZERO,
  HOST_LOOKS_NATIONAL,
  HOST_OUTCOME,
  HOST_PREHASHED,
  HOST_RAW,
  HOST_REPAIRED,
  LAST_REASON,
  LEADING_ZERO,
  LOOKS_NATIONAL,
  MISSING,
  MISSING_VALUE,
  RAW,
  REPAIRED,
  SCANNED,
  UNSETTLED,
} from './outcomes.as';
import { phone, setCountry } from './phone.as';

const EMAIL: i32 = 0;
const PHONE: i32 = 1;
const LINE_USER_ID: i32 = 3;

let type: i32 = 0;
let sendsRaw: bool = false;
/** Whether a value of the audience may be a hash already. */
let takesHashes: bool = true;
/** The length of a value that may be a hash already. 0: none may. */
let hashLength: usize = HASH_LENGTH;

export function prepareValues(
  identifierType: i32, raw: bool, hashesInRaw: bool, country: bool, lists: bool,
): void {
  type = identifierType;
  sendsRaw = type == LINE_USER_ID || (raw && type != EMAIL && type != PHONE);
  // LINE refuses a whole file for one id that is none.
  takesHashes = type != LINE_USER_ID && (hashesInRaw || !sendsRaw);
  setRaw(sendsRaw);
  compareHashes(lists);
  setCountry(country);
}

/** Called for each block. A list only says who is left out, so it may always have hashes. */
export function beginValues(ofList: bool): void {
  hashLength = takesHashes || ofList ? HASH_LENGTH : 0;
}

/**
 * Asks the reference implementation about a value. It writes 32 bytes to `digest` for a hashed value. A line that is
 * sent unchanged is never longer than its value, and is written in its place. It returns an outcome, perhaps with flags
 * for what else to count.
 */
@external("env", "settle")
declare function settle(text: usize, length: usize, digest: usize, mayBeHash: bool): i32;

/** Takes the value in `[start, end)`, which must last as long as the block. */
export function takeValue(start: usize, end: usize): void {
  count(SCANNED);
  while (start < end && isSpace(load<u8>(end - 1))) end--;
  while (start < end && isSpace(load<u8>(start))) start++;
  const length = end - start;
  if (length == 0) {
    count(MISSING);
    return;
  }
  let outcome = UNSETTLED;
  if (length == hashLength) {
    outcome = hash(start);
    if (outcome == ACCEPTED) return;
  }
  if (outcome == UNSETTLED) {
    outcome = outcomeOf(start, length);
    if (outcome == ACCEPTED) {
      count(sendsRaw ? RAW : HASHED);
      return;
    }
  }
  if (outcome == UNSETTLED) takeFromHost(start, settle(start, length, nextDigest(), hashLength != 0));
  else countInvalid(outcome);
}

@inline
function outcomeOf(start: usize, length: usize): i32 {
  if (type == EMAIL) return email(start, length);
  if (type == PHONE) return phone(start, length);
  return type == LINE_USER_ID ? lineUserId(start, length) : ifa(start, length);
}

function takeFromHost(text: usize, answer: i32): void {
  const outcome = answer & HOST_OUTCOME;
  if (answer & HOST_LEADING_ZERO) count(LEADING_ZERO);
  if (answer & HOST_LOOKS_NATIONAL) count(LOOKS_NATIONAL);
  if (answer & HOST_REPAIRED) count(REPAIRED);
  if (answer & HOST_DIGITS_LOST) count(DIGITS_LOST);
  if (outcome == MISSING_VALUE) count(MISSING);
  else if (outcome <= LAST_REASON) countInvalid(outcome);
  else if (outcome == HOST_PREHASHED) hash(text);
  else if (outcome == HOST_RAW) {
    count(RAW);
    if (type == LINE_USER_ID) acceptLineUserId(text);
    else acceptRawIfa(text);
  } else {
    count(HASHED);
    acceptDigest();
  }
}
