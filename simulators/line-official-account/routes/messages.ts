/** Audiences of people who have seen or clicked a message. Lineup does not use them, but other clients do. */
import { z } from 'zod';
import type { Reply } from '../../shared/reply.ts';
import { createdJson, newAudience } from '../audiences.ts';
import { refused } from '../refusal.ts';
import type { Call } from '../world.ts';
import { checkName, checkRoom, maybe, readBody, textField } from './checks.ts';

const body = z.object({ description: maybe(textField), requestId: textField, clickUrl: maybe(textField) });

export const createByClicks = (call: Call): Reply => create(call, 'CLICK');
export const createByImpressions = (call: Call): Reply => create(call, 'IMP');

function create(call: Call, type: 'CLICK' | 'IMP'): Reply {
  const { state, channel, world, record } = call;
  const given = readBody(body, call.body);
  const name = checkName(call, given.description);
  const { requestId } = given;
  const clickUrl = type === 'CLICK' ? (given.clickUrl ?? null) : null;
  const isTaken = state
    .audiences(channel.bot)
    .some((other) => other.type === type && other.requestId === requestId && other.clickUrl === clickUrl);
  if (isTaken) throw refused('AUDIENCE_GROUP_REQUESTID_DUPLICATE', { property: 'requestId' });
  checkRoom(call);
  const audience = newAudience({
    id: state.newAudienceId(),
    channelId: channel.id,
    bot: channel.bot,
    name,
    type,
    requestId,
    clickUrl,
    createdAt: world.clock.time(),
  });
  state.addAudience(audience);
  record.audienceId = audience.id;
  return { status: 202, json: createdJson(audience, world.settings) };
}
