/**
 * The service's log: JSON, a line an event. What could let somebody in (tokens, cookies, passwords, keys) is cut out, and
 * addresses are logged without their query.
 */
import { type DestinationStream, type Logger, pino, stdSerializers } from 'pino';

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
