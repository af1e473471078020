/** The use cases, by noun: what the HTTP server is handed. */
import type { Service } from '../contracts/use-cases.ts';
import type { Queue } from '../jobs/queue.ts';
import { apiTokensService } from './api-tokens.ts';
import { auditLogService } from './audit-log.ts';
import { authorizationsService } from './authorizations.ts';
import { customAudiencesService } from './custom-audiences.ts';
import type { ServiceDeps } from './deps.ts';
import { jobsService } from './jobs/index.ts';
import { notificationsService } from './notifications/index.ts';
import { runsService } from './runs.ts';
import { settingsService } from './settings.ts';
import { signInAttempts } from './sign-in/attempts.ts';
import { sourcesService } from './sources/index.ts';
import { statusService } from './status.ts';
import { uploadsService } from './uploads/index.ts';

export function serviceOf(deps: ServiceDeps & { readonly queue: Pick<Queue, 'depth'> }): Service {
  return {
    authorizations: authorizationsService(deps),
    sources: sourcesService(deps),
    uploads: uploadsService(deps),
    customAudiences: customAudiencesService(deps),
    jobs: jobsService(deps),
    runs: runsService(deps),
    settings: settingsService(deps),
    notifications: notificationsService(deps),
    apiTokens: apiTokensService(deps),
    auditLog: auditLogService(deps),
    signInAttempts: signInAttempts(deps),
    status: statusService(deps, deps.queue),
  };
}
