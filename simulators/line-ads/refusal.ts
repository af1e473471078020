/** What LINE answers when it does not do what was asked (line-ads-api.md section 1.3). */
import type { ViolationCode } from './violations.ts';

export interface RefusalOptions {
  property?: string | undefined;
  /** Why, in words, for the developer at the other end; LINE has no such field, so it travels in a header. */
  detail?: string;
  /** Set when a well-made client would never have sent this. */
  violation?: ViolationCode;
}

/** A request that is refused. Without a reason the answer has no body, as for a 429. */
export class Refusal extends Error {
  override readonly name = 'Refusal';
  readonly status: number;
  readonly reason: string | undefined;
  readonly property: string | undefined;
  readonly violation: ViolationCode | undefined;

  constructor(status: number, reason?: string, { property, detail, violation }: RefusalOptions = {}) {
    super(detail ?? reason ?? `status ${status}`);
    this.status = status;
    this.reason = reason;
    this.property = property;
    this.violation = violation;
  }
}

/** A 400 for one property: by far the commonest refusal. */
export function invalid(reason: string, property: string, detail?: string): Refusal {
  return new Refusal(400, reason, detail === undefined ? { property } : { property, detail });
}
