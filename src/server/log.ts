/**
 * The log of the service: JSON, a line an event. What could let somebody in (tokens, cookies, passwords, keys) is cut out, and
 * addresses are logged without their query.
 */
import { hostname } from 'node:os';
import { type DestinationStream, type Logger, pino, stdSerializers } from 'pino';
import { LineupError } from '../contracts/errors.ts';
import { type EventLog, logEvents } from '../contracts/event-log.ts';

export type Log = Logger;

const secrets = [
  'authorization',
  'cookie',
  'set-cookie',
  'password',
  'token',
  'secret',
  'secret_key',
  'access_key',
];

export interface LogOptions {
  /** @default `info` */
  readonly level?: 'debug' | 'info' | 'warn' | 'error' | 'silent';
  /** @default standard error */
  readonly to?: DestinationStream;
}

export function createLog({ level = 'info', to }: LogOptions = {}): Log {
  return pino(
    {
      level,
      base: null,
      timestamp: () => `,"time":"${new Date().toISOString()}"`,
      formatters: { level: (label) => ({ level: label }) },
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

/** The events of the service (`contracts/event-log.ts`) as lines of the log, each with the process that it comes from. */
export function eventLog(log: Log): EventLog {
  const lines = log.child({ host: hostname(), pid: process.pid });
  return {
    record: (event, { err, ...fields } = {}) => {
      const { level, meaning } = logEvents[event];
      lines[level]({ event, ...fields, ...faultOf(err) }, meaning);
    },
  };
}

/** Of our own errors the code alone, and their cause: their sentences may hold names of files. */
function faultOf(error: unknown): { code?: string; err?: unknown } {
  if (error === undefined) return {};
  if (!(error instanceof LineupError)) return { err: error };
  return { code: error.code, ...(error.cause instanceof Error && { err: error.cause }) };
}

/** What leads to a fault's cause. Drivers add the statement with its values, or the row that was refused: these stay out. */
const telling = [
  ...['type', 'message', 'stack', 'name', 'code', 'reason', 'retryable', 'status', 'errno', 'syscall'],
  ...['severity', 'table', 'column', 'constraint', 'routine', 'aggregateErrors'],
];

const withoutValues = (error: Error): unknown => partOf(stdSerializers.err(error));

const partOf = (serialised: object): object =>
  Object.fromEntries(
    Object.entries(serialised)
      .filter(([key]) => telling.includes(key))
      .map(([key, value]) => [key, key === 'aggregateErrors' ? value.map(partOf) : value]),
  );

/** `*.set-cookie` is no path, `*["set-cookie"]` is. */
const at = (depth: string, name: string): string => `${depth.replace(/\.$/, '')}["${name}"]`;
