/** Every endpoint below `/api/v1`, with the hooks that all of them share. */
import type { FastifyInstance } from 'fastify';
import { redactInternalsInBody } from '../contracts/redact-internals.ts';
import { apiTokenEndpoints } from '../endpoints/api-tokens.ts';
import { auditLogEndpoints } from '../endpoints/audit-log.ts';
import { authorizationEndpoints } from '../endpoints/authorizations.ts';
import { customAudienceEndpoints } from '../endpoints/custom-audiences.ts';
import { jobEndpoints } from '../endpoints/jobs.ts';
import { meEndpoints } from '../endpoints/me.ts';
import { notificationChannelEndpoints } from '../endpoints/notification-channels.ts';
import { providerEndpoints } from '../endpoints/providers.ts';
import { runEndpoints } from '../endpoints/runs.ts';
import { settingEndpoints } from '../endpoints/settings.ts';
import { signInEndpoints, singleSignOnEndpoints } from '../endpoints/sign-in.ts';
import { sourceEndpoints } from '../endpoints/sources.ts';
import { uploadEndpoints } from '../endpoints/uploads.ts';
import { userEndpoints } from '../endpoints/users.ts';
import type { Deps } from './deps.ts';
import { knowsInside } from './errors.ts';
import { apiTokenHandlers } from './handlers/api-tokens.ts';
import { auditLogHandlers } from './handlers/audit-log.ts';
import { authorizationHandlers } from './handlers/authorizations.ts';
import { customAudienceHandlers } from './handlers/custom-audiences.ts';
import { jobHandlers } from './handlers/jobs.ts';
import { meHandlers } from './handlers/me.ts';
import { notificationChannelHandlers } from './handlers/notification-channels.ts';
import { providerHandlers } from './handlers/providers.ts';
import { runHandlers } from './handlers/runs.ts';
import { settingHandlers } from './handlers/settings.ts';
import { signInHandlers } from './handlers/sign-in.ts';
import { singleSignOnHandlers } from './handlers/single-sign-on.ts';
import { sourceHandlers } from './handlers/sources.ts';
import { uploadHandlers } from './handlers/uploads.ts';
import { userHandlers } from './handlers/users.ts';
import { registerEndpoints } from './register.ts';
import { requireSoundText } from './sound-text.ts';

export async function serveApi(app: FastifyInstance, deps: Deps): Promise<void> {
  // An answer is for whoever asked, at that moment.
  app.addHook('onSend', async (_, reply) => {
    if (!reply.hasHeader('cache-control')) reply.header('cache-control', 'no-store');
  });
  app.addHook('preSerialization', async (request, _, payload) =>
    knowsInside(request) ? payload : redactInternalsInBody(payload),
  );
  requireSoundText(app);
  registerEndpoints(app, signInEndpoints, signInHandlers(deps), deps);
  if (deps.auth.oidc) registerEndpoints(app, singleSignOnEndpoints, singleSignOnHandlers(deps), deps);
  registerEndpoints(app, meEndpoints, meHandlers(deps), deps);
  registerEndpoints(app, providerEndpoints, providerHandlers(), deps);
  registerEndpoints(app, authorizationEndpoints, authorizationHandlers(deps), deps);
  registerEndpoints(app, sourceEndpoints, sourceHandlers(deps), deps);
  registerEndpoints(app, uploadEndpoints, uploadHandlers(deps), deps);
  registerEndpoints(app, customAudienceEndpoints, customAudienceHandlers(deps), deps);
  registerEndpoints(app, jobEndpoints, jobHandlers(deps), deps);
  registerEndpoints(app, runEndpoints, runHandlers(deps), deps);
  registerEndpoints(app, settingEndpoints, settingHandlers(deps), deps);
  registerEndpoints(app, notificationChannelEndpoints, notificationChannelHandlers(deps), deps);
  registerEndpoints(app, userEndpoints, userHandlers(deps), deps);
  registerEndpoints(app, apiTokenEndpoints, apiTokenHandlers(deps), deps);
  registerEndpoints(app, auditLogEndpoints, auditLogHandlers(deps), deps);
}
