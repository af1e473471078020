import type { Reply } from '../../shared/reply.ts';
import type { Call } from '../world.ts';

/** The answer to a request that has nothing to tell. LINE describes it in two ways. */
export const emptyReply = ({ world }: Call, status: number): Reply =>
  world.settings.emptyAnswers === 'object' ? { status, json: {} } : { status };
