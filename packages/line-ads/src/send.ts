/** How a call is sent: what is signed, one exchange, and what its answer means. */
import {
  type Attempted,
  attemptOnce,
  type CallerOptions,
  Calling,
  headersOf,
  readAnswer,
  streamed,
  textOf,
} from '../../client-core/src/call.ts';
import { urlOf } from '../../client-core/src/request.ts';
import { frameMultipart, type UploadBody } from '../../client-core/src/upload.ts';
import { present } from '../../client-core/src/validation.ts';
import { type Failure, LineAdsError } from './errors.ts';
import { failureOfAnswer } from './failure.ts';
import { type ApiRequest, quotaOf, type RequestLogEntry, type Send } from './request.ts';
import { clockSkew, sign } from './sign.ts';

interface SenderOptions extends CallerOptions<RequestLogEntry> {
  accessKey: string;
  secretKey: string;
  /** Of one attempt, in ms. */
  timeout: number;
  uploadTimeout: number;
}

/** What the answer says besides its content, for the log. */
type AnswerFacts = Pick<RequestLogEntry, 'status' | 'skewMs' | 'quota'>;

const name = 'LINE';

/** Sends a client's requests: waits for a turn, makes an attempt, logs it, and repeats as the retry policy says. */
export function createSender(options: SenderOptions): Send {
  return <T>(request: ApiRequest<T>): Promise<T> => {
    const limitMs = limitOf(options, request);
    const calling = new Calling<T, Failure, AnswerFacts, RequestLogEntry>(options, request, {
      name,
      attempt: () =>
        attemptOnce({ name, limitMs, connection: options }, request, (upload, signal) =>
          exchange(options, request, upload, signal),
        ),
      entry: (usual, result) => ({
        ...usual,
        ...present({
          status: result.status,
          error: result.ok ? undefined : result.failure.code,
          skewMs: result.skewMs,
          quota: result.quota,
        }),
      }),
      error: (failure, about) => new LineAdsError(failure, about),
    });
    return calling.run();
  };
}

async function exchange<T>(
  options: SenderOptions,
  request: ApiRequest<T>,
  upload: UploadBody | undefined,
  signal: AbortSignal,
): Promise<Attempted<T, Failure, AnswerFacts>> {
  const url = urlOf(options.baseUrl, request);
  const response = await options.fetch(url, {
    method: request.method,
    signal,
    redirect: 'manual',
    ...signed(options, request, url.pathname, upload),
  });
  const { status, headers } = response;
  const body = await textOf(response);
  const now = options.now();
  const skewMs = clockSkew(headers.get('date'), now);
  const facts: AnswerFacts = { status, ...present({ skewMs, quota: quotaOf(headers) }) };
  if (!response.ok) return { ...facts, ok: false, failure: failureOfAnswer({ ...facts, status, headers, body, now }) };
  return { ...facts, ...readAnswer(name, status, () => request.parse(body)) };
}

/** Ms that one attempt may take. */
function limitOf<T>({ timeout, uploadTimeout }: SenderOptions, { options, upload }: ApiRequest<T>): number {
  return options.timeout ?? (upload === undefined ? timeout : uploadTimeout);
}

/** Body and headers, signed with the date of this attempt. */
function signed<T>(
  options: SenderOptions,
  request: ApiRequest<T>,
  canonicalUri: string,
  upload: UploadBody | undefined,
): RequestInit {
  const { body, contentType } =
    upload === undefined ? smallBody(options, request) : { contentType: upload.contentType };
  const date = new Date(options.now());
  const { accessKey, secretKey } = options;
  const token = sign({ canonicalUri, contentType, body, date, accessKey, secretKey });
  const headers = headersOf(options, request.options, {
    authorization: `Bearer ${token}`,
    // The Fetch standard forbids it to pages in a browser; Node sends it.
    date: date.toUTCString(),
    'content-type': contentType,
  });
  return upload === undefined ? { headers, body: body ?? null } : streamed(upload, headers);
}

/** A body in memory, or none. */
function smallBody<T>(
  { boundary }: SenderOptions,
  { body, form }: ApiRequest<T>,
): { body?: string | Uint8Array; contentType?: string } {
  if (body !== undefined) return { body: JSON.stringify(body), contentType: 'application/json' };
  if (form === undefined) return {};
  const { contentType, head, tail } = frameMultipart(form, undefined, boundary());
  return { body: Buffer.concat([head, tail]), contentType };
}
