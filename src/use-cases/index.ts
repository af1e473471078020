/** Makes the use cases for the HTTP server, by noun. */
import type { Overviews, Status, UseCases } from '../contracts/use-cases.ts';
import type { Queue } from '../store/coordination/queue.ts';
import type { SchemaWatch } from '../store/database/schema-watch.ts';
import { hasJobs } from '../store/repositories/jobs.ts';
import { alertUseCases } from './alerts.ts';
import { apiTokenUseCases } from './api-tokens.ts';
import { auditLogUseCases } from './audit-log.ts';
import { authorizationUseCases } from './authorizations.ts';
import { configurationUseCases } from './configuration.ts';
import { consentUseCases } from './consents/index.ts';
import { customAudienceUseCases } from './custom-audiences.ts';
import type { UseCaseDeps } from './deps.ts';
import { erasureUseCases } from './erasures/index.ts';
import { formerUserUseCases } from './former-users.ts';
import { healthReportUseCases, knownPoints } from './health-report/index.ts';
import { jobUseCases } from './jobs/index.ts';
import { notificationUseCases } from './notifications/index.ts';
import { overviewUseCases } from './overview/index.ts';
import { runUseCases } from './runs.ts';
import { settingUseCases } from './settings.ts';
import { signInAttempts } from './sign-in-attempts.ts';
import { singleSignOnUseCases } from './single-sign-on/index.ts';
import { sourceUseCases } from './sources/index.ts';
import { statusUseCases } from './status.ts';
import { suppressionListUseCases } from './suppression-lists/index.ts';
import { uploadUseCases } from './uploads/index.ts';
import { webhookUseCases } from './webhooks.ts';

export interface ServiceParts extends UseCaseDeps {
  readonly queue: Pick<Queue, 'depth' | 'oldestSeconds'>;
  readonly schema: Pick<SchemaWatch, 'look' | 'outdated'>;
}

/** An overview of so many jobs takes long. */
const MANY_JOBS = 1_000;

async function readAhead(
  { db }: Pick<UseCaseDeps, 'db'>,
  overview: Overviews,
  status: Pick<Status, 'metrics'>,
): Promise<void> {
  if (!(await hasJobs(db, MANY_JOBS))) return;
  await status.metrics();
  // A viewer sees sums of other numbers.
  for (const role of ['administrator', 'viewer'] as const) await overview.read(30, role);
}

export function makeUseCases(deps: ServiceParts): UseCases {
  const points = knownPoints(deps);
  const overview = overviewUseCases(deps, points);
  const status = statusUseCases(deps, deps.queue, deps.schema);
  return {
    authorizations: authorizationUseCases(deps),
    consents: consentUseCases(deps),
    sources: sourceUseCases(deps),
    uploads: uploadUseCases(deps),
    customAudiences: customAudienceUseCases(deps),
    jobs: jobUseCases(deps),
    webhooks: webhookUseCases(deps),
    configuration: configurationUseCases(deps),
    suppressionLists: suppressionListUseCases(deps),
    erasures: erasureUseCases(deps),
    alerts: alertUseCases(deps),
    runs: runUseCases(deps),
    healthReport: healthReportUseCases(deps, points),
    overview,
    settings: settingUseCases(deps),
    notifications: notificationUseCases(deps, points),
    apiTokens: apiTokenUseCases(deps),
    formerUsers: formerUserUseCases(deps),
    singleSignOn: deps.signOn ? singleSignOnUseCases(deps, deps.signOn.config, deps.signOn.provider) : null,
    auditLog: auditLogUseCases(deps),
    signInAttempts: signInAttempts(deps),
    status: { ...status, readAhead: () => readAhead(deps, overview, status) },
  };
}
