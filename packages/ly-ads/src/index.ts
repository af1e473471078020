/** A typed client of LY Ads' display API, for audience lists of customer data. */
export { LyAdsClient, type LyAdsClientOptions, type TokenSource } from './client.ts';
export { codeAdvice } from './codes.ts';
export { dateOf } from './dates.ts';
export { LyAdsError, type LyAdsErrorCode, type LyReason, type LyReasonDetail, type Outcome } from './errors.ts';
export { listErrors, type NetworkFault, networkFaultOf } from './failure.ts';
export { type Lane, type Limiter, type LimiterOptions, type Release, RequestLimiter, type Sleep } from './limiter.ts';
export {
  type AuthorizeOptions,
  authorizeUrl,
  exchangeCode,
  refreshAccessToken,
  type TokenRequestOptions,
  type Tokens,
} from './oauth.ts';
export type {
  Fetch,
  HeadersLike,
  ReadOptions,
  RequestLog,
  RequestLogEntry,
  RequestOptions,
  UploadFile,
} from './request.ts';
export type { Account, AccountPage, Accounts, ListAccountsOptions } from './resources/accounts.ts';
export type {
  AudienceList,
  AudienceListChange,
  AudienceListPage,
  AudienceListType,
  ListAudienceListsOptions,
  NewAudienceList,
  UploadJob,
  UploadJobsOptions,
  UploadOptions,
  UploadType,
} from './resources/audience-list-types.ts';
export type { AudienceLists } from './resources/audience-lists.ts';
export type { BaseAccount, BaseAccountPage, BaseAccounts, ListBaseAccountsOptions } from './resources/base-accounts.ts';
