/** `--after`: the job whose success a job waits for. */
import { LineupError } from '../../../domain/errors/errors.ts';
import { findJob } from '../../api/find.ts';
import type { TriggerFlagsOf } from './kind.ts';

export interface AfterJobFlags {
  /** The id or the name of the job. */
  after?: string;
}

export const afterJobFlags: TriggerFlagsOf<AfterJobFlags> = {
  options: (command) =>
    command.option('--after <job>', 'run when this job has succeeded; makes the frequency when_ready'),
  flag: '--after',
  isGiven: ({ after }) => after !== undefined,
  async keysOf(client, { after }, before) {
    const awaited = before?.kind === 'after_job' ? before.job_id : undefined;
    const job_id = after === undefined ? awaited : (await findJob(client, after)).id;
    if (job_id === undefined) throw new LineupError('invalid_argument', 'Name the job that it waits for with --after.');
    return { kind: 'after_job', job_id };
  },
};
