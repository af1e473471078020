/** Builds the HTTP server: everything between a request and the use cases. */
import helmet from '@fastify/helmet';
import Fastify, { type FastifyBaseLogger, type FastifyInstance } from 'fastify';
import { validatorCompiler, type ZodTypeProvider } from 'fastify-type-provider-zod';
import type { Telemetry } from '../contracts/telemetry.ts';
import type { UseCases } from '../contracts/use-cases.ts';
import { API_PATH } from '../domain/values/api-path.ts';
import { guardAccess } from './access.ts';
import { serveApi } from './api.ts';
import type { Auth } from './auth/auth.ts';
import { roleOf } from './auth/identify.ts';
import {
  answerClientError,
  connectionOptions,
  limitBodies,
  newRequestId,
  type Patience,
  requireHost,
  usualPatience,
} from './connections.ts';
import { consentRoute } from './consents.ts';
import { answerError } from './errors.ts';
import type { Deps } from './handler.ts';
import { callbackRoute, logoutRoute } from './handlers/single-sign-on.ts';
import { type Log, RequestLog } from './log.ts';
import { healthRoutes, metricsRoute } from './monitoring.ts';
import { serveReference } from './openapi.ts';
import { tolerantSerializer } from './serialize.ts';
import { type StreamLimits, Streams } from './streams.ts';
import { type Tracing, traceRequests } from './tracing.ts';
import { serveWeb } from './web.ts';

export interface ServerConfig {
  /** The URL of the server for browsers: scheme, host, port. */
  readonly publicUrl: string;
  /** The addresses of the proxies whose `X-Forwarded-*` headers are trusted. @default none */
  readonly trustProxy?: false | string;
  /** The folder of the built web app; null when there is none. */
  readonly webDirectory: string | null;
  readonly version: string;
  /** Whether `/metrics` has series of each job. @default false */
  readonly metricsPerJob?: boolean;
  /** Ms of silence after which a stream sends a comment. @default 15000 */
  readonly heartbeatMs?: number;
  /** How long a request may take to arrive. */
  readonly patience?: Partial<Patience>;
  /** The most open streams. */
  readonly streams?: Partial<StreamLimits>;
}

export interface ServerOptions {
  readonly useCases: UseCases;
  readonly auth: Auth;
  readonly config: ServerConfig;
  readonly log: Log;
  /** @default none */
  readonly telemetry?: (Tracing & Pick<Telemetry, 'measure'>) | undefined;
}

/** Bytes. Configurations have a few kilobytes, and members never come in a JSON body. */
const BODY_LIMIT = 256 * 1024;

/** Builds the server. `listen` starts it. */
export async function buildApp({ useCases, auth, config, log, telemetry }: ServerOptions): Promise<FastifyInstance> {
  const logger: FastifyBaseLogger = log;
  const patience = { ...usualPatience, ...config.patience };
  const app = Fastify({
    loggerInstance: logger,
    logController: new RequestLog(),
    bodyLimit: BODY_LIMIT,
    trustProxy: config.trustProxy ?? false,
    requestIdHeader: false,
    genReqId: newRequestId,
    http: connectionOptions(patience),
    clientErrorHandler: answerClientError,
    forceCloseConnections: 'idle',
    // An invalid address gets the same problem response as any other error.
    frameworkErrors: answerError,
  });
  app.decorateRequest('span', null);
  limitBodies(app, patience);
  const stop = new AbortController();
  app.addHook('preClose', async () => stop.abort());
  // Closes connections that were busy when the stop began. They would otherwise stay open, and the stop would wait for
  // them.
  app.addHook('onResponse', async ({ raw }) => {
    if (stop.signal.aborted) raw.socket.destroySoon();
  });
  app.setValidatorCompiler(validatorCompiler);
  app.setSerializerCompiler(
    tolerantSerializer((facts) => app.log.error(facts, 'A row of a list does not match its schema')),
  );
  app.setErrorHandler(answerError);
  onlyJson(app);
  app.addHook('onRequest', async (request, reply) => {
    reply.header('x-request-id', request.id);
    requireHost(request.raw);
  });
  await protectBrowsers(app, config.publicUrl.startsWith('https:'));
  await serveReference(app, config);
  await serveWeb(app, config.webDirectory);
  const deps: Deps = {
    useCases,
    auth,
    // regex-bounded: a setting of the operator's own
    publicUrl: config.publicUrl.replace(/\/+$/, ''),
    stopping: stop.signal,
    streams: new Streams(
      (credentials) => roleOf(auth.betterAuth, useCases.apiTokens, credentials),
      stop.signal,
      config.streams,
    ),
    heartbeatMs: config.heartbeatMs ?? 15_000,
  };
  await app.register(async (scope) => {
    guardAccess(scope, deps);
    if (telemetry) traceRequests(scope, telemetry);
    const root = scope.withTypeProvider<ZodTypeProvider>();
    const readMetrics = metricsRoute(root, deps, config.metricsPerJob ?? false);
    telemetry?.measure(readMetrics);
    healthRoutes(root, deps);
    callbackRoute(root, deps);
    consentRoute(root, deps);
    logoutRoute(root, deps);
    await scope.register((api) => serveApi(api, deps), { prefix: API_PATH });
  });
  return app;
}

/**
 * The only kind of a body, because a form of another site can send text/plain. A request that needs no body may name
 * it, too.
 */
function onlyJson(app: FastifyInstance): void {
  const parse = app.getDefaultJsonParser('error', 'error');
  app.removeAllContentTypeParsers();
  app.addContentTypeParser<string>('application/json', { parseAs: 'string' }, (request, body, done) => {
    if (body === '' && request.routeOptions.schema?.body === undefined) done(null);
    else parse(request, body, done);
  });
}

async function protectBrowsers(app: FastifyInstance, https: boolean): Promise<void> {
  await app.register(helmet, {
    contentSecurityPolicy: {
      useDefaults: false,
      directives: {
        defaultSrc: ["'self'"],
        baseUri: ["'self'"],
        formAction: ["'self'"],
        frameAncestors: ["'none'"],
        imgSrc: ["'self'", 'data:'],
        objectSrc: ["'none'"],
        scriptSrc: ["'self'"],
        // The component library sets styles on elements.
        styleSrc: ["'self'", "'unsafe-inline'"],
      },
    },
    // Browsers ignore it over plain HTTP.
    strictTransportSecurity: https,
  });
}
