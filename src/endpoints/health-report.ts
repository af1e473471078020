/** The health report: what deserves attention. */
import { healthReport } from '../contracts/health-report.ts';
import { pageQuery } from '../domain/values/paging.ts';
import { endpoint, ok } from './endpoint.ts';

export const healthReportEndpoints = {
  'GET /health-report': endpoint({
    tag: 'Jobs',
    access: 'jobs.read',
    operationId: 'getHealthReport',
    summary: 'List the audiences of all jobs with size and reach over time, sorted by what deserves attention',
    query: pageQuery,
    response: ok(healthReport),
  }),
};
