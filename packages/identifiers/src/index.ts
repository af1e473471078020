/**
 * Makes what LINE Ads takes for an e-mail address, a phone number or an advertising id: the hash of the value, or the
 * reason why there is none. LINE user ids are only checked. See docs/identifiers.md for the rules.
 */
export { type HoldOut, isHeldOut } from './hold-out.ts';
export { type Normalized, type NormalizeOptions, normalize } from './normalize.ts';
export {
  type IdentifierType,
  type IfaFormat,
  type InvalidReason,
  invalidReasons,
  RULES_VERSION,
} from './rules.ts';
