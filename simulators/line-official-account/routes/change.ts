/** Renames and deletes audiences. */
import { z } from 'zod';
import type { Reply } from '../../shared/reply.ts';
import type { Call } from '../world.ts';
import { checkName, maybe, ownAudienceOf, readBody, textField } from './checks.ts';
import { emptyReply } from './replies.ts';

const change = z.object({ description: maybe(textField) });

export function renameAudience(call: Call): Reply {
  const audience = ownAudienceOf(call, call.id);
  audience.name = checkName(call, readBody(change, call.body).description, audience);
  return emptyReply(call, 200);
}

export function deleteAudience(call: Call): Reply {
  const { id } = ownAudienceOf(call, call.id);
  call.state.deleteAudience(id);
  return { status: Number(call.world.settings.deleteStatus), json: {} };
}
