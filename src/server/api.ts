/** All endpoints below `/api/v1`, and the hooks that they share. */
import type { FastifyInstance } from 'fastify';
import { fieldError, wrongValues } from '../domain/text/localized.ts';
import { sentence } from '../domain/text/sentence.ts';
import { auditLogEndpoints, notificationChannelEndpoints, settingEndpoints } from '../endpoints/administration.ts';
import { authorizationEndpoints, providerEndpoints } from '../endpoints/authorizations.ts';
import { customAudienceEndpoints } from '../endpoints/custom-audiences.ts';
import { configurationEndpoints, healthReportEndpoints, jobEndpoints } from '../endpoints/jobs.ts';
import { apiTokenEndpoints, userEndpoints } from '../endpoints/people.ts';
import { runEndpoints } from '../endpoints/runs.ts';
import { meEndpoints, signInEndpoints } from '../endpoints/sign-in.ts';
import { singleSignOnEndpoints } from '../endpoints/single-sign-on.ts';
import { sourceEndpoints, uploadEndpoints } from '../endpoints/sources.ts';
import { erasureEndpoints, suppressionListEndpoints } from '../endpoints/suppression-lists.ts';
import { webhookEndpoints } from '../endpoints/webhooks.ts';
import type { Deps } from './handler.ts';
import { auditLogHandlers, notificationChannelHandlers, settingHandlers } from './handlers/administration.ts';
import { authorizationHandlers, providerHandlers } from './handlers/authorizations.ts';
import { customAudienceHandlers } from './handlers/custom-audiences.ts';
import { configurationHandlers, healthReportHandlers, jobHandlers } from './handlers/jobs.ts';
import { apiTokenHandlers, userHandlers } from './handlers/people.ts';
import { runHandlers } from './handlers/runs.ts';
import { meHandlers, signInHandlers } from './handlers/sign-in.ts';
import { singleSignOnHandlers } from './handlers/single-sign-on.ts';
import { sourceHandlers, uploadHandlers } from './handlers/sources.ts';
import { erasureHandlers, suppressionListHandlers } from './handlers/suppression-lists.ts';
import { webhookHandlers } from './handlers/webhooks.ts';
import { registerEndpoints } from './register.ts';

export async function serveApi(app: FastifyInstance, deps: Deps): Promise<void> {
  // An answer depends on the user and the moment, so nothing may store it.
  app.addHook('onSend', async (_, reply) => {
    if (!reply.hasHeader('cache-control')) reply.header('cache-control', 'no-store');
  });
  app.addHook('onRequest', async () => {
    // Such a version could spoil what the newer one has stored.
    const outdated = deps.useCases.status.outdated();
    if (outdated) throw outdated;
  });
  requireStorableText(app);
  registerEndpoints(app, signInEndpoints, signInHandlers(deps), deps);
  if (deps.auth.oidc) registerEndpoints(app, singleSignOnEndpoints, singleSignOnHandlers(deps), deps);
  registerEndpoints(app, meEndpoints, meHandlers(deps), deps);
  registerEndpoints(app, providerEndpoints, providerHandlers(), deps);
  registerEndpoints(app, authorizationEndpoints, authorizationHandlers(deps), deps);
  registerEndpoints(app, sourceEndpoints, sourceHandlers(deps), deps);
  registerEndpoints(app, uploadEndpoints, uploadHandlers(deps), deps);
  registerEndpoints(app, suppressionListEndpoints, suppressionListHandlers(deps), deps);
  registerEndpoints(app, erasureEndpoints, erasureHandlers(deps), deps);
  registerEndpoints(app, customAudienceEndpoints, customAudienceHandlers(deps), deps);
  registerEndpoints(app, jobEndpoints, jobHandlers(deps), deps);
  registerEndpoints(app, webhookEndpoints, webhookHandlers(deps), deps);
  registerEndpoints(app, configurationEndpoints, configurationHandlers(deps), deps);
  registerEndpoints(app, runEndpoints, runHandlers(deps), deps);
  registerEndpoints(app, healthReportEndpoints, healthReportHandlers(deps), deps);
  registerEndpoints(app, settingEndpoints, settingHandlers(deps), deps);
  registerEndpoints(app, notificationChannelEndpoints, notificationChannelHandlers(deps), deps);
  registerEndpoints(app, userEndpoints, userHandlers(deps), deps);
  registerEndpoints(app, apiTokenEndpoints, apiTokenHandlers(deps), deps);
  registerEndpoints(app, auditLogEndpoints, auditLogHandlers(deps), deps);
}

/**
 * Refuses text that no database can store (a NUL, or half of a character) and JSON that is nested too deeply, in paths,
 * queries and bodies of all routes of `app`.
 */
function requireStorableText(app: FastifyInstance): void {
  app.addHook('preValidation', async ({ params, query, body }) => {
    // Libraries make the params and the query, with prototypes of their own.
    const locations = [Object.assign({}, params), Object.assign({}, query), body].flatMap(findUnstorable);
    if (locations.length === 0) return;
    throw wrongValues(
      locations.map(({ path, depth }) =>
        fieldError(
          path,
          depth > DEEPEST
            ? sentence`This is nested too deeply.`
            : sentence`This contains a character that cannot be stored. Type it again.`,
        ),
      ),
    );
  });
}

/** More levels than any body of the API has. */
const DEEPEST = 20;
/** The most problems in one answer. */
const MAX_REPORTED = 20;

const isUnstorable = (text: string): boolean => text.includes('\0') || !text.isWellFormed();

interface Location {
  /** Keys joined with dots. */
  readonly path: string;
  readonly depth: number;
}

/**
 * The locations of such text in a parsed value, or where it is too deep. Not recursive, because a body can be very
 * deep.
 */
function findUnstorable(value: unknown): Location[] {
  const found: Location[] = [];
  const left: (Location & { readonly value: unknown })[] = [{ path: '', depth: 0, value }];
  for (let next = left.pop(); next && found.length < MAX_REPORTED; next = left.pop()) {
    const { path, depth, value: part } = next;
    if (typeof part === 'string') {
      if (isUnstorable(part)) found.push(next);
    } else if (isPlain(part)) {
      if (depth > DEEPEST) found.push(next);
      else {
        for (const [key, inner] of Object.entries(part)) {
          if (isUnstorable(key)) found.push(next);
          left.push({ path: path === '' ? key : `${path}.${key}`, depth: depth + 1, value: inner });
        }
      }
    }
  }
  return found.slice(0, MAX_REPORTED);
}

/** An array or a plain object; the stream of an uploaded file is neither. */
function isPlain(value: unknown): value is object {
  if (typeof value !== 'object' || value === null) return false;
  return Array.isArray(value) || Object.getPrototypeOf(value) === Object.prototype;
}
