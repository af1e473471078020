/**
 * The Storage Read API through Google’s own client, which is loaded only here. A session is a snapshot of a table in
 * several streams; a stream is read from any row on, in batches of Arrow.
 */
import type { v1 as api } from '@google-cloud/bigquery-storage';
import { DeadlineError } from '../../../packages/client-core/src/timing.ts';
import { LineupError } from '../../domain/errors/errors.ts';
import { portOf } from '../../domain/values/hosts.ts';
import { withDeadline } from '../http.ts';
import { optionalPart } from '../optional-part.ts';
import { type Account, pinnedAddress } from './account.ts';
import { ArrowError, readSchema } from './arrow/message.ts';
import type { SessionColumn } from './arrow/types.ts';
import { type Asked, expired, explain, isTemporary, type Refusal, strangeAnswer } from './failure.ts';
import type { TableName } from './names.ts';
import { AttemptError, stopped, withRetries } from './retries.ts';

/** The longest message, in bytes. BigQuery documents 128 MB for a row. */
const MAX_BYTES = 136_000_000;
/** A session has at most this many streams. BigQuery gives fewer for small tables. */
const MAX_STREAMS = 8;

export interface ReadSession {
  readonly name: string;
  readonly streams: readonly string[];
  /** In the order of the batches. */
  readonly columns: readonly SessionColumn[];
  /** BigQuery’s estimate. */
  readonly rows: number | undefined;
}

export interface SessionRequest {
  readonly table: TableName;
  readonly fields: readonly string[];
  readonly label: string;
  /** @default as many as BigQuery gives, at most 8 */
  readonly streams?: number;
}

/** A batch that was not read yet. */
export interface SentBatch {
  readonly bytes: Uint8Array;
  /** How many rows BigQuery says that it has. */
  readonly rows: number;
}

export interface Storage {
  /** @throws {LineupError} `source_*`, `interrupted` */
  createSession(request: SessionRequest, signal?: AbortSignal): Promise<ReadSession>;
  /**
   * The batches of a stream from a row on, as they come. After an early end of the loop nothing more is read.
   * @throws {AttemptError} when the connection breaks; `temporary` if the rest can be read
   */
  rows(stream: string, offset: number, signal: AbortSignal): AsyncGenerator<SentBatch, void>;
  close(): Promise<void>;
}

/**
 * Each call carries its own token. Otherwise the client would look for credentials of the machine, also over the
 * network.
 */
const noAuth = { getUniverseDomain: async () => 'googleapis.com' };

/** @throws {LineupError} `source_unsupported` without Google’s client; the guard’s refusal */
export async function openStorage(account: Account): Promise<Storage> {
  const parts = ['@google-cloud/bigquery-storage', '@grpc/grpc-js'] as const;
  const [{ v1 }, { credentials }] = await optionalPart(
    'Google Cloud',
    () => Promise.all([import('@google-cloud/bigquery-storage'), import('@grpc/grpc-js')]),
    parts.join(' '),
  );
  const client = new v1.BigQueryReadClient({
    'grpc.max_receive_message_length': MAX_BYTES,
    universeDomain: 'googleapis.com',
    auth: noAuth,
    ...(account.simulator
      ? {
          servicePath: await pinnedAddress(account.simulator, account.network),
          port: portOf(account.simulator),
          sslCreds: credentials.createInsecure(),
          // The address was checked, and a proxy could reach another machine by it.
          'grpc.enable_http_proxy': 0,
        }
      : { sslCreds: credentials.createSsl() }),
  } as unknown as ConstructorParameters<typeof v1.BigQueryReadClient>[0]);

  const callOptions = async (signal?: AbortSignal): Promise<CallOptions> => ({
    otherArgs: { headers: { authorization: `Bearer ${await account.tokens(signal)}` } },
    // `withRetries` decides about the next attempt.
    retry: null,
    retryRequestOptions: { retries: 0, noResponseRetries: 0, shouldRetryFn: () => false },
  });

  return {
    createSession: ({ table, fields, label, streams = MAX_STREAMS }, signal) =>
      withRetries(account, signal, async () => {
        const request = {
          parent: `projects/${account.billingProject}`,
          maxStreamCount: streams,
          readSession: {
            table: `projects/${table.project}/datasets/${table.dataset}/tables/${table.table}`,
            dataFormat: 'ARROW' as const,
            readOptions: { selectedFields: [...fields] },
          },
        };
        const asked: Asked = { label, permission: 'bigquery.readsessions.create' };
        const options = await callOptions(signal);
        const work = () => client.createReadSession(request, options);
        try {
          const [session] = await withDeadline(account.silenceMs, signal, work);
          return readSession(session);
        } catch (error) {
          throw failureOf(error, asked, account, signal);
        }
      }),

    async *rows(stream, offset, signal) {
      const options = await callOptions(signal);
      const call = client.readRows({ readStream: stream, offset }, options);
      const stop = () => call.cancel();
      signal.addEventListener('abort', stop, { once: true });
      const answers: AsyncIterator<Answer> = call[Symbol.asyncIterator]();
      // Cancelling ends the call with an error that nobody waits for any more.
      call.on('error', () => {});
      try {
        for (;;) {
          const next = await withDeadline(account.silenceMs, signal, () => answers.next());
          if (next.done) return;
          const batch = batchIn(next.value);
          if (batch) yield batch;
        }
      } catch (error) {
        throw failureOf(error, {}, account, signal, true);
      } finally {
        signal.removeEventListener('abort', stop);
        call.cancel();
      }
    },

    close: () => client.close(),
  };
}

type CallOptions = NonNullable<Parameters<InstanceType<typeof api.BigQueryReadClient>['readRows']>[1]>;

interface Answer {
  readonly arrowRecordBatch?: { readonly serializedRecordBatch?: unknown } | null;
  readonly rowCount?: unknown;
}

/** Undefined for an answer that only says how far the stream is, or how much BigQuery slows it down. */
function batchIn({ arrowRecordBatch, rowCount }: Answer): SentBatch | undefined {
  const rows = Number(rowCount ?? 0);
  if (!arrowRecordBatch && rows === 0) return undefined;
  const bytes = arrowRecordBatch?.serializedRecordBatch;
  if (!(bytes instanceof Uint8Array)) throw strangeAnswer('no batch');
  return { bytes, rows };
}

interface Session {
  readonly name?: string | null;
  readonly streams?: readonly { readonly name?: string | null }[] | null;
  readonly arrowSchema?: { readonly serializedSchema?: unknown } | null;
  readonly estimatedRowCount?: unknown;
}

const SESSION = /^projects\/[^/]{1,200}\/locations\/[^/]{1,100}\/sessions\/[^/]{1,400}$/;

function readSession({ name, streams, arrowSchema, estimatedRowCount }: Session): ReadSession {
  const schema = arrowSchema?.serializedSchema;
  const names = (streams ?? []).map((stream) => stream.name ?? '');
  const known = typeof name === 'string' && SESSION.test(name) && schema instanceof Uint8Array;
  if (!known || names.length > 1_000 || !names.every((stream) => isStreamOf(name, stream)))
    throw strangeAnswer('session');
  const rows = Number(estimatedRowCount ?? 0);
  // Only an empty table has none. Otherwise the scan would end at once, as if it were empty.
  if (names.length === 0 && rows > 0) throw strangeAnswer('no streams');
  return { name, streams: names, columns: readSchema(schema), rows: rows > 0 ? rows : undefined };
}

/** Whether this is the name of one of the streams of a session. */
export const isStreamOf = (session: string, stream: string): boolean =>
  SESSION.test(session) &&
  stream.startsWith(`${session}/streams/`) &&
  stream.length < 1_000 &&
  !stream.slice(session.length + 9).includes('/');

/** The HTTP status for a code of gRPC. */
const STATUS: Readonly<Record<number, number>> = {
  3: 400,
  4: 504,
  5: 404,
  7: 403,
  8: 429,
  9: 400,
  10: 503,
  11: 400,
  13: 500,
  14: 503,
  16: 401,
};

/** @param reading whether a session was accepted before, so that a refusal is about its position */
function failureOf(
  error: unknown,
  asked: Asked,
  { location }: Account,
  signal: AbortSignal | undefined,
  reading = false,
): unknown {
  if (signal?.aborted) return stopped();
  if (error instanceof LineupError || error instanceof AttemptError) return error;
  if (error instanceof ArrowError) return strangeAnswer('arrow');
  const { code, details } = Object(error) as { code?: unknown; details?: unknown };
  const silent = error instanceof DeadlineError;
  if (!silent && typeof code !== 'number') return error;
  const status = silent ? 504 : (STATUS[code as number] ?? 500);
  const message = typeof details === 'string' ? details.slice(0, 4_000) : '';
  if (reading && (status === 400 || status === 404)) return new AttemptError(expired(`grpc_${code}`), false);
  const reason = silent
    ? 'timeout'
    : code === 8
      ? 'quotaExceeded'
      : disabled(message)
        ? 'SERVICE_DISABLED'
        : `grpc_${code}`;
  const refusal: Refusal = { status, reason, message };
  return new AttemptError(explain(refusal, asked, location), isTemporary(refusal));
}

const disabled = (message: string): boolean => /API has not been used|is disabled/.test(message);
