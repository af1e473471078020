/** The API reference: an OpenAPI 3.1 document from the schemas of the endpoints, and a page to read and try it. */
import swagger from '@fastify/swagger';
import swaggerUi from '@fastify/swagger-ui';
import type { FastifyInstance } from 'fastify';
import { createJsonSchemaTransform, createJsonSchemaTransformObject } from 'fastify-type-provider-zod';
import type { OpenAPIV3_1 } from 'openapi-types';
import { z } from 'zod';
import { shownAuditEntry } from '../contracts/audit.ts';
import { authorization } from '../contracts/authorizations.ts';
import { customAudience } from '../contracts/custom-audiences.ts';
import { jobTransition, jobView, newJob } from '../contracts/jobs.ts';
import { channel } from '../contracts/notifications.ts';
import { problem } from '../contracts/problem.ts';
import { numberedRunEvent, runDetail } from '../contracts/run-progress.ts';
import { runSummary } from '../contracts/runs.ts';
import { settingsView } from '../contracts/settings.ts';
import { preview, sourceAudience, sourceField } from '../contracts/sources.ts';
import { upload } from '../contracts/uploads.ts';
import { alertRules } from '../domain/alerts/alerts.ts';
import { suppressionListView } from '../domain/audiences/suppression-lists.ts';
import { openApproval } from '../domain/jobs/approvals.ts';
import { jobConfiguration } from '../domain/jobs/configuration.ts';
import { apiToken, user } from '../domain/people/people.ts';
import { judgedAudience, runDocument, runError, runWarning, stageCounts } from '../domain/runs/run.ts';
import { sentenceSchema, valueSchema } from '../domain/text/localized.ts';

export const REFERENCE_PATH = '/api/docs';
/** Where programs look for the document. */
const DOCUMENT_PATH = '/api/v1/openapi.json';

/** Schemas that have a name in the document, where they stand once. */
const named = {
  Authorization: authorization,
  NewJob: newJob,
  JobConfiguration: jobConfiguration,
  Job: jobView,
  JobTransition: jobTransition,
  RunSummary: runSummary,
  Run: runDetail,
  RunReport: runDocument,
  RunEvent: numberedRunEvent,
  RunError: runError,
  RunWarning: runWarning,
  JudgedAudience: judgedAudience,
  OpenApproval: openApproval,
  StageCounts: stageCounts,
  AlertRules: alertRules,
  NotificationChannel: channel,
  CustomAudience: customAudience,
  SourceAudience: sourceAudience,
  SourceField: sourceField,
  Preview: preview,
  Upload: upload,
  SuppressionList: suppressionListView,
  Settings: settingsView,
  User: user,
  ApiToken: apiToken,
  AuditEntry: shownAuditEntry,
  Sentence: sentenceSchema,
  SentenceValue: valueSchema,
  Problem: problem,
};

/** Call it before the routes are registered. */
export async function serveReference(
  app: FastifyInstance,
  { version, publicUrl }: { version: string; publicUrl: string },
): Promise<void> {
  const schemaRegistry = z.registry<{ id?: string }>();
  for (const [id, schema] of Object.entries(named)) schemaRegistry.add(schema, { id });
  const transform = createJsonSchemaTransform({ schemaRegistry });
  const nameSchemas = createJsonSchemaTransformObject({ schemaRegistry });
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'Lineup',
        version,
        description:
          'Exports a company’s own audiences to destinations such as LINE Ads and LY Ads. Times are in ISO 8601, UTC.',
      },
      servers: [{ url: publicUrl }],
      components: {
        securitySchemes: {
          token: { type: 'http', scheme: 'bearer', description: 'An API token: `lineup_…`' },
          session: { type: 'apiKey', in: 'cookie', name: 'lineup.session_token' },
        },
      },
    },
    transform: (document) => withAccess(transform(document), document.route.config?.access),
    transformObject: (document) => eachOnce(nameSchemas(document) as Document),
  });
  await app.register(swaggerUi, {
    routePrefix: REFERENCE_PATH,
    theme: { title: 'Lineup: API reference' },
    uiConfig: { docExpansion: 'list', deepLinking: true },
  });
  app.get(DOCUMENT_PATH, { schema: { hide: true } }, async () => app.swagger());
}

type Document = Partial<OpenAPIV3_1.Document>;

/**
 * The library writes every named schema twice: for requests (`JobInput`) and for answers (`Job`). Only those that
 * something refers to stay. Those for requests lose the suffix, unless an answer has that name and another form.
 */
function eachOnce(document: Document): Document {
  const text = JSON.stringify(document.paths);
  const all: Readonly<Record<string, unknown>> = document.components?.schemas ?? {};
  const used = new Set<string>();
  const follow = (part: string): void => {
    for (const [, name = ''] of part.matchAll(/"#\/components\/schemas\/(\w+)"/g)) {
      if (used.has(name)) continue;
      used.add(name);
      follow(JSON.stringify(all[name]));
    }
  };
  follow(text);
  const nameOf = (name: string): string => {
    const plain = name.replace(/Input$/, '');
    return used.has(plain) && JSON.stringify(all[plain]) !== JSON.stringify(all[name]) ? name : plain;
  };
  const schemas = Object.fromEntries([...used].sort().map((name) => [nameOf(name), all[name]]));
  const whole = JSON.stringify({ ...document, components: { ...document.components, schemas } });
  const renamed = whole.replace(
    /"#\/components\/schemas\/(\w+)"/g,
    (_, name: string) => `"#/components/schemas/${nameOf(name)}"`,
  );
  return JSON.parse(renamed) as Document;
}

const refused = {
  description: 'The request was refused or failed.',
  content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
};

type Transformed = ReturnType<ReturnType<typeof createJsonSchemaTransform>>;

/** Adds the access and the error response, which all operations have. */
function withAccess({ schema, url }: Transformed, access: string | undefined): Transformed {
  if (!schema || schema.hide || access === undefined) return { schema, url };
  return {
    url,
    schema: {
      ...schema,
      // An empty list, because a missing one could mean that somebody forgot it.
      security: access === 'public' ? [] : [{ token: [] }, { session: [] }],
      ...(access !== 'public' && access !== 'signed_in' && { description: `Requires the permission \`${access}\`.` }),
      response: { ...(schema.response ?? {}), default: refused },
    },
  };
}
