/** A plan of configuration as code, which the service checks before anything is done. */
import { z } from 'zod';
import { MAX_SUPPRESSION_LISTS, newSuppressionList } from '../domain/audiences/suppression-lists.ts';
import { fieldErrorSchema } from '../domain/text/localized.ts';
import { knownId } from '../domain/values/bounds.ts';
import { jobChange, newJob } from './jobs.ts';
import { settingChanges, settingSection } from './settings.ts';

const values = z.record(z.string().max(100), z.unknown());

/**
 * What the plan will have done before: the checks of later steps count on it. New things have ids that the client
 * chooses. Of existing ones, only what changes is here.
 */
const assumed = z.strictObject({
  settings: z
    .strictObject({ files: settingChanges.files, network: settingChanges.network, mail: settingChanges.mail })
    .partial()
    .default({}),
  authorizations: z
    .array(
      z.strictObject({
        id: knownId,
        provider: z.string().max(100),
        method: z.string().max(100),
        /** Null: the client does not have the credentials. What needs them is not checked. */
        configuration: z.record(z.string().max(100), z.string().max(100_000)).nullable(),
      }),
    )
    .max(500)
    .default([]),
  suppression_lists: z
    .array(newSuppressionList.extend({ id: knownId }))
    .max(MAX_SUPPRESSION_LISTS)
    .default([]),
  /** The ids of new jobs that others wait for. */
  jobs: z.array(knownId).max(2_000).optional(),
  /** The jobs that wait for another one than now (`for`), or for none any more, also because they are deleted. */
  waits: z
    .array(z.strictObject({ id: knownId, for: knownId.nullable() }))
    .max(2_000)
    .optional(),
});
export type Assumed = z.infer<typeof assumed>;

/** The body that the endpoint of the step would get. `id`: null for a new thing. */
export const plannedStep = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('settings'), section: settingSection, body: values }),
  z.strictObject({ kind: z.literal('notification_channel'), id: knownId.nullable(), body: values }),
  z.strictObject({ kind: z.literal('authorization'), body: values }),
  z.strictObject({ kind: z.literal('suppression_list'), id: knownId.nullable(), body: newSuppressionList }),
  z.strictObject({ kind: z.literal('job'), id: z.null(), body: newJob }),
  z.strictObject({
    kind: z.literal('job_change'),
    id: knownId,
    body: jobChange.required({ authorization_id: true, source_authorization_id: true, configuration: true }),
  }),
  z.strictObject({ kind: z.literal('job_deletion'), id: knownId }),
]);
export type PlannedStep = z.infer<typeof plannedStep>;

/** The steps of one request. A longer plan takes several, so that no request takes longer than a client waits. */
export const MAX_PLANNED = 8;

export const plannedSteps = z.strictObject({
  assumed,
  steps: z.array(plannedStep).min(1).max(MAX_PLANNED),
});
export type PlannedSteps = z.infer<typeof plannedSteps>;

/** What the service would refuse of each step, in the order of the request. */
export const stepChecks = z.object({
  steps: z
    .array(
      z.object({
        errors: z.array(fieldErrorSchema).readonly(),
        /** What is unwise, but not refused. */
        warnings: z.array(fieldErrorSchema).readonly().default([]),
        /** Not everything was checked, because the client does not have the credentials. */
        incomplete: z.boolean(),
      }),
    )
    .readonly(),
});
export type StepChecks = z.infer<typeof stepChecks>;
