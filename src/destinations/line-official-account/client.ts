/** The requests to LINE: a turn of the channel and the endpoint, a token, one attempt, and the next one. */
import {
  type Attempted,
  attemptOnce,
  type CallerOptions,
  headersOf,
  readAnswer,
  streamed,
  textOf,
  uploadMs,
} from '../../../packages/client-core/src/call.ts';
import type { Failure as Plain } from '../../../packages/client-core/src/failure.ts';
import type { Limiter } from '../../../packages/client-core/src/limiter.ts';
import * as machine from '../../../packages/client-core/src/machine.ts';
import { checkedBaseUrl, type Query, type UploadSpec, urlOf } from '../../../packages/client-core/src/request.ts';
import type { CallKind } from '../../../packages/client-core/src/retry.ts';
import { callWithToken } from '../../../packages/client-core/src/token-call.ts';
import type { UploadBody } from '../../../packages/client-core/src/upload.ts';
import { AnswerError, asObject, type JsonObject, present } from '../../../packages/client-core/src/validation.ts';
import { quotaOf } from '../../domain/destinations/limits.ts';
import { lineOfficialAccountTraits } from '../../domain/destinations/line-official-account.ts';
import { Secret } from '../../domain/values/secret.ts';
import type { ConnectOptions, RequestRecord } from '../connect.ts';
import { type Failure, failureOfAnswer, OfficialAccountError } from './error.ts';

export const API_HOST = 'https://api.line.me';
/** Takes the files. */
export const FILE_HOST = 'https://api-data.line.me';
const PATH = '/v2/bot/audienceGroup';
const TIMEOUT_MS = 30_000;
/** For requests of a waiting person: few retries, because the person sees the error and can try again. */
const RETRIES = { run: 5, person: 2 };
/** LINE counts the requests of a minute, also those of other programs, and says nothing of it. So a run waits one. */
const PAUSE_MS = 12_000;
const name = 'LINE';

export interface ApiCall<T> {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  /** Below the path of audiences. `:id` stands for the id, because all audiences share a limit. */
  readonly path: string;
  readonly id?: string;
  readonly kind: CallKind;
  readonly query?: Query;
  readonly body?: JsonObject;
  readonly upload?: UploadSpec;
  /** Reads an answer; throws AnswerError. */
  readonly parse: (answer: JsonObject) => T;
  readonly background?: boolean | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Rejects with OfficialAccountError. */
export type Send = <T>(call: ApiCall<T>) => Promise<T>;

type Facts = Pick<RequestRecord, 'status'>;
type Answered<T> = Attempted<T, Failure, Facts>;

/** What a simulation has instead of the machine's. */
type OfMachine = Pick<CallerOptions<RequestRecord>, 'fetch' | 'random'>;

export function senderOf(
  { credentials, tokens, limits, clock, baseUrl, patience, log }: ConnectOptions,
  { fetch, random }: OfMachine = { fetch: globalThis.fetch, random: machine.random },
): Send {
  const channel = credentials['channel_id'] ?? '';
  const common: Omit<CallerOptions<RequestRecord>, 'limiter' | 'baseUrl'> = {
    fetch,
    now: clock ? () => clock.now().getTime() : machine.now,
    sleep: clock?.sleep ?? machine.sleep,
    deadline: clock?.sleep ?? machine.sleep,
    random,
    boundary: machine.boundary,
    headers: undefined,
    userAgent: 'Lineup',
    maxRetries: RETRIES[patience],
    log,
  };

  return <T>(call: ApiCall<T>): Promise<T> => {
    const { method, upload } = call;
    const host = checkedBaseUrl(baseUrl ?? (upload === undefined ? API_HOST : FILE_HOST));
    const path = PATH + call.path.replace(':id', call.id ?? '');
    const limiter: Limiter = limits.rate(quotaOf(lineOfficialAccountTraits, `${channel} ${method} ${call.path}`));
    const options = { ...common, baseUrl: host, limiter };
    const limitMs = TIMEOUT_MS + uploadMs(upload?.file.bytes ?? 0);
    const asked = { ...call, path, upload, options: { signal: call.signal } };
    let pauses = 0;
    return callWithToken<T, Failure, Facts, RequestRecord>(options, asked, {
      name,
      token: async (refused, signal) => {
        if (!tokens) throw new Error('LINE Official Account needs tokens.');
        return (await tokens.current(refused === undefined ? undefined : new Secret(refused), signal)).reveal();
      },
      attempt: (token) =>
        attemptOnce({ name, limitMs, connection: options }, asked, (body, signal) =>
          exchange(options, { call, path, token, body, signal }),
        ),
      entry: (usual, result) => ({
        ...usual,
        ...present({ status: result.status, error: result.ok ? undefined : reasonOf(result.failure) }),
      }),
      delayAfter: (failure) =>
        isUntimed(failure) && patience === 'run' && pauses++ < RETRIES.run ? PAUSE_MS : undefined,
      error: (failure, about) => new OfficialAccountError(failure, about),
    });
  };
}

/** One request too many, and nobody says how long to wait. */
const isUntimed = ({ code, retryAfterMs }: Plain): boolean => code === 'rate_limited' && retryAfterMs === undefined;

const reasonOf = (failure: Failure): string => failure.reasons?.[0]?.code ?? failure.code;

interface Exchange<T> {
  readonly call: ApiCall<T>;
  readonly path: string;
  readonly token: string;
  readonly body: UploadBody | undefined;
  readonly signal: AbortSignal;
}

async function exchange<T>(
  options: CallerOptions<RequestRecord>,
  { call, path, token, body, signal }: Exchange<T>,
): Promise<Answered<T>> {
  const json = call.body === undefined ? undefined : JSON.stringify(call.body);
  const headers = headersOf(
    options,
    {},
    {
      authorization: `Bearer ${token}`,
      'content-type': json === undefined ? undefined : 'application/json',
    },
  );
  const sent = body === undefined ? { headers, ...present({ body: json }) } : streamed(body, headers);
  const url = urlOf(options.baseUrl, { path, query: call.query });
  const response = await options.fetch(url, { method: call.method, signal, redirect: 'manual', ...sent });
  const { status, ok } = response;
  const text = await textOf(response);
  if (!ok) return { status, ok: false, failure: failureOfAnswer(status, response.headers, text, options.now()) };
  return { status, ...readAnswer(name, status, () => call.parse(objectOf(text))) };
}

/** LINE answers some requests without a body. The engine's own error would quote the text. */
function objectOf(text: string): JsonObject {
  if (text === '') return {};
  try {
    return asObject(JSON.parse(text), 'the answer');
  } catch (error) {
    throw error instanceof AnswerError ? error : new AnswerError('it is not JSON');
  }
}
