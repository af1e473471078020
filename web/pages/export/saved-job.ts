/** What only the form of a saved job needs: it is not loaded for a new one. */
import type { JobChange, JobView } from '../../../src/contracts/jobs.ts';
import { choiceOf, type OwnAudience } from './own-audience.ts';
import { inputOf } from './request.ts';
import { type SiblingContext, savedOf } from './siblings/values.ts';
import type { ExportValues } from './values.ts';

/** The audience that it has at LINE; null before a run has created it. */
export const ownAudienceOf = (job: JobView, isGone: boolean): OwnAudience | null =>
  job.audience_id === null
    ? null
    : {
        id: job.audience_id,
        name: job.configuration.audience_name,
        authorization_id: job.authorization_id,
        adaccount_id: job.configuration.adaccount_id,
        identifier_type: job.configuration.identifier_type,
        isGone,
      };

/** A saved job's edit, as the API takes it. */
export function changeOf(values: ExportValues, own: OwnAudience | null): JobChange {
  const isAnother = own !== null && choiceOf(values, own) === 'another';
  return { ...inputOf(values, '', own), another_audience: isAnother || leavesAccount(values) };
}

/** An edit of one audience of many: what the job of all decides stays as it is. */
export function changeOfPart(change: JobChange, { configuration: before }: JobView): JobChange {
  const { configuration } = change;
  if (!configuration) return change;
  const { audience_id, audience_name, max_shrink, hold_out, suppression_lists, alerts, member_days } = configuration;
  const own = { audience_id, audience_name, max_shrink, hold_out, suppression_lists, alerts, member_days };
  return { ...change, configuration: { ...before, ...own } };
}

/** Whether an audience of a further identifier stays behind in another ad account. */
const leavesAccount = (values: SiblingContext): boolean =>
  values.configuration.siblings.some((sibling) => {
    const saved = savedOf(sibling, values);
    return saved?.audience_id != null && saved.adaccount_id !== values.configuration.adaccount_id.trim();
  });

const beside = ['description', 'tags', 'authorization_id', 'source_authorization_id', 'configuration'] as const;

/** Whether a saved edit has changed the name of the job, and nothing else. Then it can be undone. */
export const isOnlyRenamed = (before: JobView, after: JobView): boolean =>
  before.name !== after.name && beside.every((key) => JSON.stringify(before[key]) === JSON.stringify(after[key]));
