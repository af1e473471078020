/** What each kind of trigger adds to the flags of `jobs create` and `jobs edit`. */
import type { Command } from 'commander';
import type { Trigger } from '../../../domain/schedule/triggers/index.ts';
import type { ApiClient, BodyOf } from '../../api/client.ts';

export type GivenTrigger = NonNullable<BodyOf<'POST /jobs'>['configuration']['trigger']>;

export interface TriggerFlagsOf<Flags> {
  readonly options: (command: Command) => Command;
  /** The flag that chooses this kind, and whether it or another flag of this kind is given. */
  readonly flag: string;
  readonly isGiven: (flags: Flags) => boolean;
  /** The keys of its own, of what flags give and the edited job has. @throws {LineupError} `invalid_argument` */
  readonly keysOf: (client: ApiClient, flags: Flags, before: Trigger | undefined) => Promise<GivenTrigger>;
}
