/** Mistakes that a correct client never makes, whether or not the request was refused for them. */
import type { Recorded } from '../shared/violations.ts';

export type ViolationCode =
  /** More requests a minute to one endpoint than the channel may send. */
  | 'rate_exceeded'
  /** More uploads at once to one audience than it takes. */
  | 'too_many_uploads'
  /** An upload while another one to the same audience was under way, QUEUED or WORKING. */
  | 'overlapping_upload'
  /** An upload with a description that was accepted before for this audience, and whose job did not fail. */
  | 'repeated_upload'
  /** An upload to an audience that is EXPIRED. */
  | 'expired_upload'
  /** An upload to an audience that the channel may only read, or to one that takes no ids. */
  | 'refused_upload'
  /** An audience that does not exist. */
  | 'unknown_id'
  /** A creation above the number of audiences that a channel may have. */
  | 'too_many_audiences'
  /** A line that is no user id and no advertising id. */
  | 'malformed_id'
  /** User ids in an audience of advertising ids, or the other way around. */
  | 'mixed_ids'
  | 'too_many_ids'
  /** An assertion that no client should sign: a life that is too long, or a wrong claim. */
  | 'wrong_assertion'
  /** A secret or a token in a header that must not have it. */
  | 'secret_in_header'
  /** A secret or a token in an address. */
  | 'secret_in_address';

export type Violation = Recorded<ViolationCode>;
