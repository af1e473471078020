/** Mistakes that a correct client never makes, whether or not the request was refused for them. */
import type { Recorded } from '../shared/violations.ts';

export type ViolationCode =
  /** More requests a second than the client id may send. */
  | 'rate_exceeded'
  /** A request in the pause after 0003. */
  | 'request_in_pause'
  /** An account or a list that does not exist. */
  | 'unknown_id'
  /** No `x-z-base-account-id`, or one that is no number. */
  | 'missing_base_account'
  /** A secret or a token in a header that must not have it. */
  | 'secret_in_header'
  /** A secret or a token in the address of another endpoint than the token endpoint. */
  | 'secret_in_address'
  /** A code that was used before. */
  | 'repeated_code'
  /** A refresh token that was refused before. Only a person can help then. */
  | 'repeated_refresh'
  /** An upload while another one to the same list was under way or RECEIVING. */
  | 'overlapping_upload'
  /** An upload to a test account, or to a list whose data connection has stopped. */
  | 'refused_upload'
  | 'too_few_rows'
  | 'too_large_file'
  | 'byte_order_mark'
  /** Hashes with capital letters. They match nobody. */
  | 'upper_case'
  | 'wrong_headings'
  /** A row that does not fit the columns, or compression that is damaged. */
  | 'wrong_content';

export type Violation = Recorded<ViolationCode>;
