/** What the commands about LINE's side use. */
export { findAudience } from '../export/audience.ts';
export type { CheckResult } from '../export/check.ts';
export { explainLineFailure } from '../export/line-failure.ts';
export type { AdAccount, CustomAudience } from '../line-ads/index.ts';
