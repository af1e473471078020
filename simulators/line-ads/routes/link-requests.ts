/** Link requests: how the ad account of a client comes into the group. Its owner's answer comes by the admin endpoint. */
import type { Reply } from '../../shared/reply.ts';
import type { LinkAction, LinkRequest } from '../accounts.ts';
import { invalid, Refusal } from '../refusal.ts';
import { type Call, serverTime } from '../world.ts';
import { checkGroup, fieldsOf, textField } from './checks.ts';
import { pageOf } from './paging.ts';

export function listLinkRequests(call: Call): Reply {
  checkGroup(call);
  const { page, size, totalElements, items } = pageOf(call.query, call.state.linkRequests.toReversed());
  const datas = items.map((request) => linkJson(call, request));
  return { status: 200, json: { paging: { page, size, totalElements, sorts: ['createdDate,DESC'] }, datas } };
}

export function createLinkRequest(call: Call): Reply {
  checkGroup(call);
  const { state, world } = call;
  const target = textField(fieldsOf(call.body), 'targetAdaccountId');
  const account = state.adAccounts.get(target);
  if (!account) {
    throw new Refusal(400, 'REQUEST_INPUT_ADACCOUNT_ID_INVALID', {
      property: 'targetAdaccountId',
      detail: `there is no ad account ${target}`,
      violation: 'unknown_id',
    });
  }
  const waiting = state.linkRequests.some(
    (one) => one.targetAdaccountId === target && one.status === 'WAITING_APPROVAL',
  );
  if (account.linked || waiting)
    throw invalid(
      'INVALID_VALUE',
      'targetAdaccountId',
      `ad account ${target} is linked or waits for approval`,
    );
  const now = serverTime(world);
  const request: LinkRequest = {
    id: state.newId(),
    targetAdaccountId: target,
    status: 'WAITING_APPROVAL',
    created: now,
    modified: now,
  };
  state.linkRequests.push(request);
  return { status: 200, json: linkJson(call, request) };
}

/** Cancel or unlink. */
export function moveLinkRequest(call: Call, action: LinkAction): Reply {
  checkGroup(call);
  const { id } = call.params;
  const request = call.state.linkRequests.find((one) => one.id === id);
  if (!request) {
    throw new Refusal(400, 'INVALID_VALUE', {
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

function linkJson(call: Call, request: LinkRequest): Record<string, unknown> {
  return {
    id: request.id,
    sourceGroupId: call.world.groupId,
    targetAdaccountId: request.targetAdaccountId,
    targetAdaccountName: call.state.adAccounts.get(request.targetAdaccountId)?.name,
    status: request.status,
    createdDate: new Date(request.created).toISOString(),
    modifiedDate: new Date(request.modified).toISOString(),
  };
}
