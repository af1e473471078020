/** The endpoints. */
import type { Reply } from '../../shared/reply.ts';
import type { EndpointName } from '../faults.ts';
import type { Call, OauthCall } from '../world.ts';
import { listAccounts, listBaseAccounts } from './accounts.ts';
import { authorize, decide } from './authorize.ts';
import { addLists, removeLists, setLists } from './change-lists.ts';
import { getLists } from './get-lists.ts';
import { token } from './token.ts';
import { upload } from './upload.ts';
import { uploadStatus } from './upload-status.ts';

/** An endpoint of the consent. It answers in its own form. */
export interface OauthRoute {
  readonly name: EndpointName;
  readonly methods: readonly string[];
  readonly path: string;
  readonly answer: (call: OauthCall) => Reply;
}

/** An endpoint of a service. */
export interface ServiceRoute {
  readonly name: EndpointName;
  readonly methods: readonly string[];
  readonly path: string;
  readonly body: 'json' | 'form';
  readonly needsBase: boolean;
  /** The property of a value that has what the answer is about. */
  readonly entity: string;
  /** @returns the `rval` */
  readonly handle: (call: Call) => object | Promise<object>;
}

export type Route = OauthRoute | ServiceRoute;

/** The version of the API is in one place. */
export const apiPath = '/api/v20';
export const oauthPath = '/oauth/v1';

const oauth = (name: EndpointName, methods: readonly string[], answer: OauthRoute['answer']): OauthRoute => ({
  name,
  methods,
  path: `${oauthPath}/${name}`,
  answer,
});

const service = (
  name: EndpointName,
  action: string,
  entity: string,
  handle: ServiceRoute['handle'],
  more: Partial<ServiceRoute> = {},
): ServiceRoute => ({
  name,
  methods: ['POST'],
  path: `${apiPath}/${action}`,
  body: 'json',
  needsBase: true,
  entity,
  handle,
  ...more,
});

export const routes: readonly Route[] = [
  oauth('authorize', ['GET'], authorize),
  // Where the page of `authorize` sends its form. The service has an address of its own for this.
  oauth('consent', ['POST'], decide),
  oauth('token', ['GET'], token),
  service('base-accounts', 'BaseAccountService/get', 'account', listBaseAccounts, { needsBase: false }),
  service('accounts', 'AccountService/get', 'account', listAccounts),
  service('lists', 'AudienceListService/get', 'audienceList', getLists),
  service('add', 'AudienceListService/add', 'audienceList', addLists),
  service('set', 'AudienceListService/set', 'audienceList', setLists),
  service('remove', 'AudienceListService/remove', 'audienceList', removeLists),
  service('upload', 'AudienceListService/uploadUserList', 'uploadJob', upload, { body: 'form' }),
  service('upload-status', 'AudienceListService/getUploadUserListStatus', 'uploadJob', uploadStatus),
];
