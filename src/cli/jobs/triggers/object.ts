/** `--on-new-object`: a job waits for a new object of its storage. */

import { segmentId } from '../../../domain/values/bounds.ts';
import { bySchema } from '../../schema-options.ts';
import type { TriggerFlagsOf } from './kind.ts';

export interface ObjectFlags {
  /** An address in the storage of the source; true for that of the source. */
  onNewObject?: string | true;
}

export const objectFlags: TriggerFlagsOf<ObjectFlags> = {
  options: (command) =>
    command.option(
      '--on-new-object [address]',
      'run when a new object matches the source, or this other address in its storage; makes the frequency when_ready',
      bySchema('--on-new-object', segmentId),
    ),
  flag: '--on-new-object',
  isGiven: ({ onNewObject }) => onNewObject !== undefined,
  async keysOf(_, { onNewObject }, before) {
    const address = before?.kind === 'object' ? before.address : null;
    return { kind: 'object', address: typeof onNewObject === 'string' ? onNewObject : onNewObject ? null : address };
  },
};
