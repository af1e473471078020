/** The endpoints. */
import type { Reply } from '../../shared/reply.ts';
import type { EndpointName } from '../faults.ts';
import type { Call } from '../world.ts';
import { deleteAudience, renameAudience } from './change.ts';
import { getAudience, getShared } from './get.ts';
import { listAudiences, listShared } from './list.ts';
import { createByClicks, createByImpressions } from './messages.ts';
import { addByFile, createByFile } from './upload-file.ts';
import { addByJson, createByJson } from './upload-json.ts';

export interface Route {
  readonly name: EndpointName;
  readonly method: string;
  /** `:id` stands for the id of an audience. */
  readonly path: string;
  readonly body: 'none' | 'json' | 'form';
  /** Undefined for the token endpoint, which needs no token. */
  readonly handle: ((call: Call) => Reply | Promise<Reply>) | undefined;
}

export const tokenPath = '/oauth2/v3/token';
export const basePath = '/v2/bot/audienceGroup';

const route = (
  name: EndpointName,
  method: string,
  path: string,
  body: Route['body'],
  handle: Route['handle'],
): Route => ({ name, method, path: `${basePath}${path}`, body, handle });

/** The first one that fits. */
export const routes: readonly Route[] = [
  { name: 'token', method: 'POST', path: tokenPath, body: 'none', handle: undefined },
  route('create', 'POST', '/upload/byFile', 'form', createByFile),
  route('add', 'PUT', '/upload/byFile', 'form', addByFile),
  route('create-json', 'POST', '/upload', 'json', createByJson),
  route('add-json', 'PUT', '/upload', 'json', addByJson),
  route('click', 'POST', '/click', 'json', createByClicks),
  route('imp', 'POST', '/imp', 'json', createByImpressions),
  route('list', 'GET', '/list', 'none', listAudiences),
  route('shared-list', 'GET', '/shared/list', 'none', listShared),
  route('shared', 'GET', '/shared/:id', 'none', getShared),
  route('rename', 'PUT', '/:id/updateDescription', 'json', renameAudience),
  route('get', 'GET', '/:id', 'none', getAudience),
  route('delete', 'DELETE', '/:id', 'none', deleteAudience),
];
