/** The API reference: an OpenAPI 3.1 document from the schemas of the endpoints, and a page to read and try it. */
import swagger from '@fastify/swagger';
import swaggerUi from '@fastify/swagger-ui';
import type { FastifyInstance } from 'fastify';
import { createJsonSchemaTransform, createJsonSchemaTransformObject } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { auditEntry } from '../contracts/audit.ts';
import { authorization } from '../contracts/authorizations.ts';
import { customAudience } from '../contracts/custom-audiences.ts';
import { jobTransition, jobView } from '../contracts/jobs.ts';
import { sentenceSchema, valueSchema } from '../contracts/localized.ts';
import { apiToken, user } from '../contracts/people.ts';
import { problem } from '../contracts/problem.ts';
import { runDocument } from '../contracts/run.ts';
import { runDetail } from '../contracts/run-progress.ts';
import { runSummary } from '../contracts/runs.ts';
import { settingsView } from '../contracts/settings.ts';
import { preview, sourceAudience, sourceField } from '../contracts/sources.ts';
import { suppressionListView } from '../contracts/suppression-lists.ts';
import { upload } from '../contracts/uploads.ts';

export const REFERENCE_PATH = '/api/docs';
/** Where programs look for the document. */
const DOCUMENT_PATH = '/api/v1/openapi.json';

/** Schemas that have a name in the document. */
const named = {
  Authorization: authorization,
  Job: jobView,
  JobTransition: jobTransition,
  RunSummary: runSummary,
  Run: runDetail,
  RunReport: runDocument,
  CustomAudience: customAudience,
  SourceAudience: sourceAudience,
  SourceField: sourceField,
  Preview: preview,
  Upload: upload,
  SuppressionList: suppressionListView,
  Settings: settingsView,
  User: user,
  ApiToken: apiToken,
  AuditEntry: auditEntry,
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
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'Lineup',
        version,
        description: 'Exports a company’s own audiences to LINE Ads. Times are in ISO 8601, UTC.',
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
    transformObject: createJsonSchemaTransformObject({ schemaRegistry }),
  });
  await app.register(swaggerUi, {
    routePrefix: REFERENCE_PATH,
    theme: { title: 'Lineup: API reference' },
    uiConfig: { docExpansion: 'list', deepLinking: true },
  });
  app.get(DOCUMENT_PATH, { schema: { hide: true } }, async () => app.swagger());
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
      ...(access !== 'public' &&
        access !== 'signed_in' && { description: `Requires the permission \`${access}\`.` }),
      response: { ...(schema.response ?? {}), default: refused },
    },
  };
}
