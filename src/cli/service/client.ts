/** The service's HTTP API, typed by the contracts that it is made of. */
import { EventSourceParserStream } from 'eventsource-parser/stream';
import { z } from 'zod';
import { isErrorCode, LineupError } from '../../contracts/errors.ts';
import { pageOf } from '../../contracts/page.ts';
import type { Secret } from '../../contracts/secret.ts';

/** A list is sent as its key once for each of it. */
type Query = Readonly<Record<string, string | number | readonly string[] | undefined>>;

export interface ClientOptions {
  /** Where the service is, without a slash at its end. */
  readonly url: string;
  readonly token: Secret;
  readonly signal: AbortSignal;
}

/** What the server answers when it refuses (RFC 9457): as much of it as is read here. */
const problem = z.object({
  code: z.string(),
  detail: z.string(),
  reason: z.string().nullish(),
  retryable: z.boolean().optional(),
  errors: z.array(z.object({ path: z.string(), message: z.string() })).optional(),
});

const PAGE = 200;

export class ServiceClient {
  readonly #options: ClientOptions;

  constructor(options: ClientOptions) {
    this.#options = options;
  }

  get url(): string {
    return this.#options.url;
  }

  /** @throws {LineupError} what the service answered; `service_unreachable`, `service_incompatible` */
  async get<T>(path: string, schema: z.ZodType<T>, query: Query = {}): Promise<T> {
    return this.#read(await this.#call('GET', withQuery(path, query)), schema);
  }

  /** Every item of a paged list, as many as are asked for. */
  async *list<T>(path: string, item: z.ZodType<T>, query: Query = {}): AsyncGenerator<T> {
    let cursor: string | undefined;
    do {
      const page = await this.get(path, pageOf(item), { ...query, limit: PAGE, cursor });
      yield* page.items;
      cursor = page.next ?? undefined;
    } while (cursor !== undefined);
  }

  /** @param idempotencyKey for a creation: sent again with it, it is done once */
  async post<T>(path: string, schema: z.ZodType<T>, body: unknown = {}, idempotencyKey?: string): Promise<T> {
    const headers: Record<string, string> =
      idempotencyKey === undefined ? {} : { 'idempotency-key': idempotencyKey };
    return this.#read(await this.#call('POST', path, body, headers), schema);
  }

  async patch<T>(path: string, schema: z.ZodType<T>, body: unknown): Promise<T> {
    return this.#read(await this.#call('PATCH', path, body), schema);
  }

  async delete(path: string): Promise<void> {
    await this.#call('DELETE', path);
  }

  /** Server-sent events after the one with the id `after`; ends when the server or the network ends it. */
  async *events(path: string, after: string): AsyncGenerator<{ id: string | undefined; data: unknown }> {
    const answer = await this.#call('GET', path, undefined, {
      accept: 'text/event-stream',
      'last-event-id': after,
    });
    if (!answer.body) return;
    const events = answer.body
      .pipeThrough(new TextDecoderStream())
      .pipeThrough(new EventSourceParserStream());
    for await (const { id, data } of events) yield { id, data: JSON.parse(data) as unknown };
  }

  async #call(
    method: string,
    path: string,
    body?: unknown,
    headers: Record<string, string> = {},
  ): Promise<Response> {
    const { url, token, signal } = this.#options;
    const answer = await fetch(`${url}/api/v1${path}`, {
      method,
      signal,
      // The token is for the service that was named, and for no other.
      redirect: 'manual',
      headers: {
        authorization: `Bearer ${token.reveal()}`,
        ...(body !== undefined && { 'content-type': 'application/json' }),
        ...headers,
      },
      body: body === undefined ? undefined : JSON.stringify(body),
    }).catch((error: unknown) => {
      throw signal.aborted ? signal.reason : unreachable(url, codeOf(error));
    });
    if (answer.ok) return answer;
    throw await this.#refusal(answer);
  }

  async #read<T>(answer: Response, schema: z.ZodType<T>): Promise<T> {
    const parsed = schema.safeParse(await json(answer));
    if (parsed.success) return parsed.data;
    throw incompatible(this.url, answer.status);
  }

  async #refusal(answer: Response): Promise<LineupError> {
    const parsed = problem.safeParse(await json(answer));
    if (!parsed.success) {
      // A proxy's own words, while the service behind it restarts.
      const isAway = [502, 503, 504].includes(answer.status);
      return isAway ? unreachable(this.url, `HTTP ${answer.status}`) : incompatible(this.url, answer.status);
    }
    const { code, detail, reason, retryable, errors } = parsed.data;
    const options = { reason: reason ?? undefined, retryable, fields: errors };
    if (code === 'not_signed_in') {
      return new LineupError(
        code,
        `The service at ${this.url} does not take the token of LINEUP_TOKEN: it is wrong, has expired, or was revoked.`,
        options,
      );
    }
    return new LineupError(isErrorCode(code) ? code : 'internal', detail, options);
  }
}

function withQuery(path: string, query: Query): string {
  const given = Object.entries(query).flatMap(([key, value]): [string, string][] =>
    value === undefined ? [] : [value].flat().map((one): [string, string] => [key, String(one)]),
  );
  return given.length === 0 ? path : `${path}?${new URLSearchParams(given)}`;
}

const json = (answer: Response): Promise<unknown> => answer.json().catch(() => undefined);

/** `ECONNREFUSED`, … where the network told. */
const codeOf = (error: unknown): string | undefined =>
  ((error as Error).cause as { code?: string } | undefined)?.code;

const unreachable = (url: string, why: string | undefined): LineupError =>
  new LineupError(
    'service_unreachable',
    `The service at ${url} cannot be reached${why ? ` (${why})` : ''}: is it running, and is LINEUP_URL right?`,
    { retryable: true },
  );

const incompatible = (url: string, status: number): LineupError =>
  new LineupError(
    'service_incompatible',
    `What answers at ${url} is no Lineup service, or one of another version (HTTP ${status}): check LINEUP_URL, and use the command line of the service's version.`,
  );
