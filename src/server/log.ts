/**
 * The log of the service: JSON, one line for each event. Tokens, cookies, passwords and keys are removed, and URLs are
 * logged without their query.
 */
import { hostname } from 'node:os';
import { type FastifyReply, type FastifyRequest, LogController } from 'fastify';
import { type DestinationStream, type Logger, pino, stdSerializers } from 'pino';
import { type EventLog, logEvents } from '../contracts/event-log.ts';
import { LineupError } from '../domain/errors/errors.ts';
import type { TraceContext } from '../domain/values/traceparent.ts';

export type Log = Logger;

const secrets = ['authorization', 'cookie', 'set-cookie', 'password', 'token', 'secret', 'secret_key', 'access_key'];

export interface LogOptions {
  /** @default `info` */
  readonly level?: 'debug' | 'info' | 'warn' | 'error' | 'silent';
  /** @default standard error */
  readonly to?: DestinationStream;
  /** The span in which a line is written. @default none */
  readonly trace?: () => TraceContext | undefined;
}

export function createLog({ level = 'info', to, trace }: LogOptions = {}): Log {
  return pino(
    {
      level,
      base: null,
      timestamp: () => `,"time":"${new Date().toISOString()}"`,
      formatters: { level: (label) => ({ level: label }) },
      ...(trace && { mixin: () => fieldsOf(trace()) }),
      redact: {
        paths: ['', '*.', '*.*.'].flatMap((depth) => secrets.map((name) => at(depth, name))),
        censor: '[secret]',
      },
      serializers: {
        err: withoutValues,
        req: (request: { method?: string; url?: string; ip?: string }) => ({
          method: request.method,
          path: request.url?.split('?')[0],
          ip: request.ip,
        }),
        res: (reply: { statusCode?: number }) => ({ status: reply.statusCode }),
      },
    },
    to ?? pino.destination({ fd: 2, sync: false }),
  );
}

/** By the names of OpenTelemetry. */
const fieldsOf = (trace: TraceContext | undefined) =>
  trace ? { trace_id: trace.traceId, span_id: trace.spanId, trace_flags: trace.sampled ? '01' : '00' } : {};

/** Writes the events of the service (`contracts/event-log.ts`) to the log, each with its host and process. */
export function eventLog(log: Log): EventLog {
  const lines = log.child({ host: hostname(), pid: process.pid });
  return {
    record: (event, { err, ...fields } = {}) => {
      const { level, meaning } = logEvents[event];
      lines[level]({ event, ...fields, ...faultOf(err) }, meaning);
    },
  };
}

/** For our own errors only the code and the cause: their messages may hold file names. */
function faultOf(error: unknown): { code?: string; err?: unknown } {
  if (error === undefined) return {};
  if (!(error instanceof LineupError)) return { err: error };
  return { code: error.code, ...(error.cause instanceof Error && { err: error.cause }) };
}

/**
 * The properties of an error that are logged. Drivers add others, such as the statement with its values or the refused
 * row.
 */
const loggedProperties = [
  ...['type', 'message', 'stack', 'name', 'code', 'reason', 'retryable', 'status', 'errno', 'syscall'],
  ...['severity', 'table', 'column', 'constraint', 'routine', 'aggregateErrors'],
];

const withoutValues = (error: Error): unknown => partOf(stdSerializers.err(error));

const partOf = (serialised: object): object =>
  Object.fromEntries(
    Object.entries(serialised)
      .filter(([key]) => loggedProperties.includes(key))
      .map(([key, value]) => [key, key === 'aggregateErrors' ? value.map(partOf) : value]),
  );

/** A path for pino: it does not accept `*.set-cookie`, but `*["set-cookie"]`. */
const at = (depth: string, name: string): string => `${depth.replace(/\.$/, '')}["${name}"]`;

/** One line for each request, when it is answered: what, by whom, the result, the duration. */
export class RequestLog extends LogController {
  constructor() {
    // The name that problem documents use.
    super({ requestIdLogLabel: 'request_id' });
  }

  override incomingRequest(): void {}

  override requestCompleted(error: Error | null | undefined, request: FastifyRequest, reply: FastifyReply): void {
    const line = {
      req: request,
      res: reply,
      ms: Math.round(reply.elapsedTime * 10) / 10,
      by: (request.principal as FastifyRequest['principal'] | null)?.id,
    };
    const write = () =>
      error ? reply.log.error({ ...line, err: error }, 'Broke off') : reply.log.info(line, 'Answered');
    // The answer may have ended in a callback of its connection, which belongs to no request.
    if (request.span) request.span.within(write);
    else write();
  }
}
