/** A typed client of the LINE Ads API v3, for the role Data Provider (General). See docs/line-ads-client.md. */
export { LineAdsClient, type LineAdsClientOptions } from './client.ts';
export { LineAdsError, type LineAdsErrorCode, type LineReason, type Outcome } from './errors.ts';
export { listReasons, type NetworkFault, networkFaultOf, networkWords, reasonAdvice } from './failure.ts';
export {
  type Lane,
  type Limiter,
  type LimiterOptions,
  type Release,
  RequestLimiter,
  type Sleep,
} from './limiter.ts';
export type {
  Fetch,
  HeadersLike,
  RequestLog,
  RequestLogEntry,
  RequestOptions,
  UploadFile,
} from './request.ts';
export type {
  CustomAudience,
  CustomAudiencePage,
  CustomAudienceUploadJob,
  FunctionType,
  IdType,
  ListCustomAudiencesOptions,
  NewCustomAudience,
  NewLookalike,
  OverlapEstimations,
  UploadJobsOptions,
  UploadOptions,
} from './resources/custom-audience-types.ts';
export type { CustomAudiences } from './resources/custom-audiences.ts';
export type {
  AdAccount,
  AdAccounts,
  LinkRequest,
  LinkRequests,
  ListAdAccountsOptions,
  ListLinkRequestsOptions,
} from './resources/groups.ts';
export { type SignInput, sign } from './sign.ts';
