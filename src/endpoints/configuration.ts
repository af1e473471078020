/** Configuration as code: what the service would refuse of a plan. */
import { plannedSteps, stepChecks } from '../contracts/configuration.ts';
import { endpoint, ok } from './endpoint.ts';

export const configurationEndpoints = {
  'POST /configuration/validate': endpoint({
    operationId: 'validateConfiguration',
    tag: 'Configuration',
    summary: 'Validate the steps of a plan without doing anything; nothing of it is stored',
    access: 'jobs.write',
    body: plannedSteps,
    response: ok(stepChecks),
  }),
};
