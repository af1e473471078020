/** The faults of this simulator: which requests a rule matches, and what goes wrong with them. */
import { choice, number, text } from '../shared/input.ts';
import { answerKinds, arrivalKinds, pointFaults, retryAfter, when } from '../shared/point-faults.ts';

/** The names of the endpoints, as faults and the request log use them. */
export const endpointNames = [
  'list',
  'upload',
  'upload-jobs',
  'overlap',
  'rename',
  'create',
  'delete',
  'ad-accounts',
  'link-requests',
  'link',
  'cancel',
  'unlink',
] as const;

export type EndpointName = (typeof endpointNames)[number];

const failedType = text.optional();

export const { faultKinds, readFault, parseFault, newFaults } = pointFaults(endpointNames, {
  arrival: {
    /** Answer with this status (default 503) and LINE's reason, before or after carrying out the request. */
    status: {
      status: number(400, 599).optional(),
      reason: text.optional(),
      property: text.optional(),
      retryAfter,
      when,
    },
    /** Answer as busy: 400 with `LOCK_DEFAULT` or another reason. */
    busy: { reason: text.optional() },
    ...arrivalKinds,
  },
  sender: {
    /**
     * The access key of the request is revoked. This request and all later ones of the key are 401, until the key is
     * given back: after `ms` of virtual time, or by the admin endpoint.
     */
    key_revoked: { ms: number(0, 86_400_000).optional() },
  },
  job: {
    /** The upload's job ends FAILED and changes nothing. */
    job_failed: { failedType },
    /** The upload's job ends FINISHED, but with only the first `audienceCount` lines. */
    job_partial: { failedType, audienceCount: number(0, 1_000_000) },
    /** The upload's job stays in this state (default WORKING) until it is released. */
    job_stuck: { state: choice('QUEUED', 'WORKING').optional() },
    /** The list of upload jobs shows the upload's job only after this virtual time. The job itself is as usual. */
    job_late: { ms: number(0, 86_400_000) },
    /** The job finishes, but matching the audience fails. */
    match_failed: { failedType },
  },
  accepted: {
    ...answerKinds,
    /** After the request was carried out, somebody else deletes its audience, or gives it another name. */
    audience_deleted: {},
    audience_renamed: { name: text },
  },
});

export type Fault = ReturnType<typeof readFault>;
export type Faults = ReturnType<typeof newFaults>;
