/** What the commands about LINE's side use. */

export type { AdAccount, CustomAudience } from '../../packages/line-ads/src/index.ts';
export { findAudience } from '../export/audience.ts';
export type { CheckResult } from '../export/check.ts';
export { explainLineFailure } from '../export/line-failure.ts';
