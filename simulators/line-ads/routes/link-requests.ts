/**
 * Link requests, which link a client's ad account to the group. The owner's decision comes from the admin
 * endpoint.
 */
import { z } from 'zod';
import type { Reply } from '../../shared/http.ts';
import type { LinkAction, LinkRequest } from '../accounts.ts';
import { invalid, RefusalError, readBody, readQuery } from '../refusal.ts';
import { type Call, serverTime } from '../world.ts';
import { checkGroup, textField } from './checks.ts';
import { by, type Compare, pageOf, sortedQuery, sortOf } from './lists.ts';

const orders: Record<string, Compare<LinkRequest>> = {
  id: by(({ id }) => Number(id)),
  targetAdaccountId: by(({ targetAdaccountId }) => targetAdaccountId),
  status: by(({ status }) => status),
  // With equal times, the later one has the larger id.
  createdDate: (a, b) => a.created - b.created || Number(a.id) - Number(b.id),
};

/** Canceled and unlinked requests are not in the list. */
export function listLinkRequests(call: Call): Reply {
  checkGroup(call);
  const query = readQuery(sortedQuery, call.query);
  const { compare, sorts } = sortOf(query.sort, orders);
  const listed = call.state.linkRequests
    .filter(({ status }) => status !== 'CANCELED' && status !== 'UNLINKED')
    .sort(compare);
  const { page, size, totalElements, items } = pageOf(query, listed);
  const datas = items.map((request) => linkJson(call, request));
  return { status: 200, json: { paging: { page, size, totalElements, sorts }, datas } };
}

const linkBody = z.object({ targetAdaccountId: textField });

export function createLinkRequest(call: Call): Reply {
  checkGroup(call);
  const { state, world } = call;
  const { targetAdaccountId: target } = readBody(linkBody, call.body);
  const account = state.adAccounts.get(target);
  if (!account) {
    throw new RefusalError(400, 'REQUEST_INPUT_ADACCOUNT_ID_INVALID', {
      property: 'targetAdaccountId',
      detail: `there is no ad account ${target}`,
      violation: 'unknown_id',
    });
  }
  const waiting = state.linkRequests.some(
    (request) => request.targetAdaccountId === target && request.status === 'WAITING_APPROVAL',
  );
  if (account.linked || waiting)
    throw invalid('INVALID_VALUE', 'targetAdaccountId', `ad account ${target} is linked or waits for approval`);
  const request: LinkRequest = {
    id: state.newId(),
    targetAdaccountId: target,
    status: 'WAITING_APPROVAL',
    created: serverTime(world),
  };
  state.linkRequests.push(request);
  return { status: 200, json: linkJson(call, request) };
}

/** Cancel or unlink. */
export function moveLinkRequest(call: Call, action: LinkAction): Reply {
  checkGroup(call);
  const { id } = call.params;
  const request = call.state.linkRequests.find((request) => request.id === id);
  if (!request) {
    throw new RefusalError(400, 'INVALID_VALUE', {
      property: 'id',
      detail: `there is no link request ${id}`,
      violation: 'unknown_id',
    });
  }
  if (!call.state.moveLink(request, action, serverTime(call.world))) {
    throw invalid('INVALID_VALUE', 'status', `a link request that is ${request.status} allows no ${action}`);
  }
  return { status: 200, json: linkJson(call, request) };
}

/** Times are in UTC. The ad account's name is shown only after its owner has decided. */
function linkJson(call: Call, request: LinkRequest): Record<string, unknown> {
  const { id, targetAdaccountId, status, created, modified } = request;
  return {
    id: Number(id),
    sourceGroupId: call.world.groupId,
    sourceGroupName: call.world.groupName,
    targetAdaccountId,
    ...(status === 'WAITING_APPROVAL'
      ? {}
      : { targetAdaccountName: call.state.adAccounts.get(targetAdaccountId)?.name }),
    status,
    targetType: 'ADACCOUNT',
    createdDate: utcTime(created),
    ...(modified === undefined ? {} : { modifiedDate: utcTime(modified) }),
  };
}

/** ISO 8601 to the second, e.g. `2026-01-31T00:00:00Z`. */
const utcTime = (time: number): string => `${new Date(time).toISOString().slice(0, 19)}Z`;
