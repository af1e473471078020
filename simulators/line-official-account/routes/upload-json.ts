/** Creates an audience from a list of ids, or adds a list of ids to one. */
import { z } from 'zod';
import { idWords } from '../../shared/hex-codec.ts';
import { Records } from '../../shared/records.ts';
import type { Reply } from '../../shared/reply.ts';
import { createdJson, newAudience } from '../audiences.ts';
import { decodeLine } from '../membership.ts';
import { refused } from '../refusal.ts';
import type { Call } from '../world.ts';
import { accept, checkRepeated, checkTarget, type Upload } from './accept.ts';
import {
  checkDescription,
  checkName,
  checkRoom,
  idField,
  maybe,
  ownAudienceOf,
  readBody,
  textField,
} from './checks.ts';
import { emptyReply } from './replies.ts';

const mostIds = 10_000;
const ids = z.array(z.object({ id: textField }, 'Must be an object'), 'Must be a list');

const creation = z.object({
  description: maybe(textField),
  isIfaAudience: maybe(z.boolean('Must be a boolean')),
  uploadDescription: maybe(textField),
  audiences: maybe(ids),
});

const addition = z.object({
  audienceGroupId: idField,
  uploadDescription: maybe(textField),
  audiences: ids,
});

/** Without ids, the audience is empty and has no upload. */
export function createByJson(call: Call): Reply {
  const { description, isIfaAudience: isIfa = false, uploadDescription, audiences } = readBody(creation, call.body);
  const name = checkName(call, description);
  const list = audiences ?? [];
  const upload = uploadOf(call, uploadDescription, list, isIfa);
  checkRoom(call);
  const { state, channel, world, record } = call;
  const audience = newAudience({
    id: state.newAudienceId(),
    channelId: channel.id,
    bot: channel.bot,
    name,
    isIfa,
    createdAt: world.clock.time(),
  });
  state.addAudience(audience);
  record.audienceId = audience.id;
  if (list.length > 0) accept(call, audience, upload);
  return { status: 202, json: createdJson(audience, world.settings) };
}

export function addByJson(call: Call): Reply {
  const { audienceGroupId, uploadDescription, audiences } = readBody(addition, call.body);
  const audience = ownAudienceOf(call, audienceGroupId);
  checkTarget(call, audience);
  if (audiences.length === 0) throw refused('UPLOAD_AUDIENCE_GROUP_NO_VALID_AUDIENCE_IDS', { property: 'audiences' });
  const upload = uploadOf(call, uploadDescription, audiences, audience.members.isIfa);
  checkRepeated(call, audience, upload);
  accept(call, audience, upload);
  return emptyReply(call, 202);
}

/** @throws {RefusalError} for a single malformed id */
function uploadOf(
  call: Call,
  description: string | undefined,
  list: readonly { id: string }[],
  isIfa: boolean,
): Upload {
  if (list.length > mostIds) {
    throw refused('UPLOAD_AUDIENCE_GROUP_TOO_MANY_AUDIENCE_IDS', {
      property: 'audiences',
      detail: `the list has more than ${mostIds} ids`,
      violation: 'too_many_ids',
    });
  }
  const records = new Records(idWords);
  const wrong = list.find(({ id }) => !decodeLine(Buffer.from(id), isIfa, records));
  if (wrong) {
    throw refused('UPLOAD_AUDIENCE_GROUP_INVALID_AUDIENCE_ID_FORMAT', {
      property: 'audiences',
      message: 'Invalid audience id format',
      detail: `an id of the list is no ${isIfa ? 'advertising id' : 'user id'}`,
      violation: decodeLine(Buffer.from(wrong.id), !isIfa, new Records(idWords)) ? 'mixed_ids' : 'malformed_id',
    });
  }
  const checked = checkDescription(description);
  if (checked !== null) call.record.fileName = checked;
  return { description: checked, ids: records, bytes: 0, fails: false, file: null };
}
