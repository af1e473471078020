/**
 * The client of the HTTP API of a running service. A call names an endpoint, which gives the types of its input and its
 * answer.
 */

import { EventSourceParserStream } from 'eventsource-parser/stream';
import type { z } from 'zod';
import { calledAs } from '../../config/environment.ts';
import { problem } from '../../contracts/problem.ts';
import { isErrorCode, LineupError } from '../../domain/errors/errors.ts';
import { apiRequest } from '../../domain/values/api-path.ts';
import type { Secret } from '../../domain/values/secret.ts';
import type {
  Answer,
  CallArguments,
  CallInput,
  CallKeys,
  Endpoint,
  EndpointTable,
  EventData,
  KeysOf,
  PageItem,
  PageKeys,
} from '../../endpoints/endpoint.ts';
import type { Endpoints } from '../../endpoints/index.ts';
import { printWarning } from '../output.ts';

/**
 * Tables by the first part of their paths. Each is loaded at its first call, because loading all of them takes longer
 * than most commands.
 */
const tables = {
  'ad-accounts': async () => (await import('../../endpoints/custom-audiences.ts')).customAudienceEndpoints,
  'api-tokens': async () => (await import('../../endpoints/people.ts')).apiTokenEndpoints,
  'audit-log': async () => (await import('../../endpoints/administration.ts')).auditLogEndpoints,
  alerts: async () => (await import('../../endpoints/jobs.ts')).jobEndpoints,
  authorizations: async () => (await import('../../endpoints/authorizations.ts')).authorizationEndpoints,
  me: async () => (await import('../../endpoints/sign-in.ts')).meEndpoints,
  'custom-audiences': async () => (await import('../../endpoints/custom-audiences.ts')).customAudienceEndpoints,
  'shared-audiences': async () => (await import('../../endpoints/custom-audiences.ts')).customAudienceEndpoints,
  erasures: async () => (await import('../../endpoints/suppression-lists.ts')).erasureEndpoints,
  configuration: async () => (await import('../../endpoints/jobs.ts')).configurationEndpoints,
  'health-report': async () => (await import('../../endpoints/jobs.ts')).healthReportEndpoints,
  jobs: async () => ({
    ...(await import('../../endpoints/jobs.ts')).jobEndpoints,
    ...(await import('../../endpoints/webhooks.ts')).webhookEndpoints,
  }),
  'notification-channels': async () => (await import('../../endpoints/administration.ts')).notificationChannelEndpoints,
  'suppression-lists': async () => (await import('../../endpoints/suppression-lists.ts')).suppressionListEndpoints,
  settings: async () => (await import('../../endpoints/administration.ts')).settingEndpoints,
  setup: async () => (await import('../../endpoints/sign-in.ts')).signInEndpoints,
  runs: async () => (await import('../../endpoints/runs.ts')).runEndpoints,
  users: async () => (await import('../../endpoints/people.ts')).userEndpoints,
} satisfies Record<string, () => Promise<EndpointTable>>;

type Noun = keyof typeof tables;

type NounOf<Key> = Key extends `${string} /${infer Path}`
  ? Path extends `${infer First}/${string}`
    ? First
    : Path
  : never;

export type ServiceEndpoints = {
  [Key in keyof Endpoints as NounOf<Key> extends Noun ? Key : never]: Endpoints[Key];
};

/** The body that an endpoint takes. */
export type BodyOf<Key extends keyof ServiceEndpoints> = CallInput<ServiceEndpoints[Key]>['body'];

export async function endpointOf(key: keyof ServiceEndpoints): Promise<Endpoint> {
  const [, noun] = key.split(/[ /]+/) as [string, Noun];
  const table: Readonly<Record<string, Endpoint>> = await tables[noun]();
  const found = table[key];
  if (!found) throw new Error(`there is no endpoint ${key}`);
  return found;
}

export interface ClientOptions {
  /** The URL of the service, without a slash at its end. */
  readonly url: string;
  /** Without a token, only public endpoints answer. */
  readonly token?: Secret;
  /** The span that the requests belong to. */
  readonly traceparent?: string | undefined;
  readonly signal: AbortSignal;
}

/** The parts of a problem document that are read here. Services of other versions may leave out the rest. */
const readProblem = problem
  .pick({ code: true, detail: true, reason: true, retryable: true, errors: true })
  .partial({ reason: true, retryable: true, errors: true });

const PAGE = 200;

type AnyKey = keyof ServiceEndpoints;
/** What every call may take, without the types of its endpoint. */
type AnyInput = Parameters<typeof apiRequest>[1] & {
  readonly body?: unknown;
  readonly idempotencyKey?: string;
};

export class ApiClient {
  readonly #options: ClientOptions;

  constructor(options: ClientOptions) {
    this.#options = options;
  }

  get url(): string {
    return this.#options.url;
  }

  /** The same client for a part of the work, which has another end. */
  until(signal: AbortSignal): ApiClient {
    return new ApiClient({ ...this.#options, signal });
  }

  /** @throws {LineupError} the error of the service; `service_unreachable`, `service_incompatible` */
  async call<Key extends CallKeys<ServiceEndpoints>>(
    key: Key,
    ...[input]: CallArguments<ServiceEndpoints[Key]>
  ): Promise<Answer<ServiceEndpoints[Key]>> {
    return (await this.#answer(key, input as AnyInput)) as Answer<ServiceEndpoints[Key]>;
  }

  /** Every item of a paged list. The next page is fetched when it is needed. */
  async *list<Key extends PageKeys<ServiceEndpoints>>(
    key: Key,
    ...[input]: CallArguments<ServiceEndpoints[Key]>
  ): AsyncGenerator<PageItem<ServiceEndpoints[Key]>> {
    const given: AnyInput = input ?? {};
    let cursor: string | undefined;
    do {
      const query = { ...given.query, limit: PAGE, cursor };
      const page = (await this.#answer(key, { ...given, query })) as {
        readonly items: readonly PageItem<ServiceEndpoints[Key]>[];
        readonly next: string | null;
      };
      yield* page.items;
      cursor = page.next ?? undefined;
    } while (cursor !== undefined);
  }

  /**
   * Server-sent events after the event with the id `after`. Ends when the server or the network ends it. An event of a
   * newer service that this version does not know has no data.
   */
  async *events<Key extends KeysOf<ServiceEndpoints, 'events'>>(
    key: Key,
    input: CallInput<ServiceEndpoints[Key]>,
    after: string,
  ): AsyncGenerator<{ id: string | undefined; data: EventData<ServiceEndpoints[Key]> | undefined }> {
    const { response } = await endpointOf(key);
    if (response.kind !== 'events') return;
    const headers = { accept: 'text/event-stream', 'last-event-id': after };
    const answer = await this.#request(key, input as AnyInput, headers);
    if (!answer.body) return;
    const events = answer.body.pipeThrough(new TextDecoderStream()).pipeThrough(new EventSourceParserStream());
    for await (const { id, data } of events) {
      const parsed = response.schema.safeParse(JSON.parse(data));
      yield { id, data: parsed.data as EventData<ServiceEndpoints[Key]> | undefined };
    }
  }

  async #answer(key: AnyKey, input: AnyInput | undefined): Promise<unknown> {
    const { response } = await endpointOf(key);
    const answer = await this.#request(key, input);
    return response.kind === 'json' ? this.#read(answer, response.schema) : undefined;
  }

  async #request(key: AnyKey, input: AnyInput = {}, headers: Readonly<Record<string, string>> = {}): Promise<Response> {
    const { url, token, traceparent, signal } = this.#options;
    const { body, idempotencyKey } = input;
    const { method, path } = apiRequest(key, input);
    const answer = await fetch(`${url}${path}`, {
      method,
      signal,
      // A redirect could send the token to another service.
      redirect: 'manual',
      headers: {
        ...(token && { authorization: `Bearer ${token.reveal()}` }),
        ...(traceparent !== undefined && { traceparent }),
        ...(body !== undefined && { 'content-type': 'application/json' }),
        ...(idempotencyKey !== undefined && { 'idempotency-key': idempotencyKey }),
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
    if (parsed.success) {
      warnOfDamage(parsed.data);
      return parsed.data;
    }
    throw incompatible(this.url, answer.status);
  }

  async #refusal(answer: Response): Promise<LineupError> {
    const parsed = readProblem.safeParse(await json(answer));
    if (!parsed.success) {
      // A proxy answers while the service behind it restarts.
      const isAway = [502, 503, 504].includes(answer.status);
      return isAway ? unreachable(this.url, `HTTP ${answer.status}`) : incompatible(this.url, answer.status);
    }
    const { code, detail, reason, retryable, errors } = parsed.data;
    const options = { reason: reason ?? undefined, retryable, fields: errors };
    if (code === 'not_signed_in') {
      return new LineupError(
        code,
        `The service at ${this.url} does not accept the token in LINEUP_TOKEN. The token is wrong, has expired or was revoked. Create a new one in the web app (Settings → API tokens). "${calledAs()} tokens create --help" shows how to do it without a browser.`,
        options,
      );
    }
    return new LineupError(isErrorCode(code) ? code : 'internal', detail, options);
  }
}

/** What the service could not read whole, in a list or alone. */
function warnOfDamage(answer: unknown): void {
  const { items = [answer] } = answer as { items?: readonly unknown[] };
  for (const row of items) {
    const { id, name = id, damaged } = (row ?? {}) as { id?: unknown; name?: unknown; damaged?: string[] };
    if (!damaged) continue;
    printWarning(
      `"${name}" is damaged. This version of the service cannot read a part of it: ${damaged.join(', ')}. A newer version may have stored it.`,
    );
  }
}

const json = (answer: Response): Promise<unknown> => answer.json().catch(() => undefined);

/** The code of a network error, such as `ECONNREFUSED`. */
const codeOf = (error: unknown): string | undefined => ((error as Error).cause as { code?: string } | undefined)?.code;

const unreachable = (url: string, why: string | undefined): LineupError =>
  new LineupError(
    'service_unreachable',
    `The service at ${url} cannot be reached${why ? ` (${why})` : ''}. Check that it is running and that LINEUP_URL is correct.`,
    { retryable: true },
  );

const incompatible = (url: string, status: number): LineupError =>
  new LineupError(
    'service_incompatible',
    `The server at ${url} is not a Lineup service, or has another version (HTTP ${status}). Check LINEUP_URL, and use the command line of the same version as the service.`,
  );
