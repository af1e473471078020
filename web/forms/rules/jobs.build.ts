/** Forms of jobs. Runs when the web app is built. A change has the rules of the creation. */
import { jobEndpoints } from '../../../src/endpoints/jobs.ts';
import { rulesOf } from '../rules-of.ts';

export const newJobRules = rulesOf(jobEndpoints, 'POST /jobs');
