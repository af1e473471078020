/** A minimal client of LY Ads, written only for these tests. A test can change every part of a request. */
import { createHash } from 'node:crypto';
import { onTestFinished } from 'vitest';
import { type LyAdsSimulator, type LyAdsSimulatorOptions, startLyAdsSimulator } from '../../simulators/ly-ads/index.ts';

/**
 * A simulator for one test. Its time stands still unless the test advances it. An upload takes 300 ms, and the reach
 * counts it 1000 ms later. The rate limit is off.
 */
export async function startLy(options: LyAdsSimulatorOptions = {}) {
  const now = Date.UTC(2026, 6, 1, 3, 4, 5, 678);
  const sim = await startLyAdsSimulator({ now: () => now, jobMs: 300, reachMs: 1000, rateLimit: 100_000, ...options });
  onTestFinished(() => sim.close());
  return { sim, ly: new Ly(sim) };
}

export interface Sent {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** The parsed body, or an empty object. */
  // biome-ignore lint/suspicious/noExplicitAny: a test reads any part of an answer
  readonly json: any;
  /** The codes of the answer: `403/0003`, `0200` on the second level, `[D0001]` on the third, or `ok`. */
  readonly result: string;
}

export interface SendOptions {
  token?: string;
  /** The base account. null: no header. */
  base?: string | null;
  headers?: Record<string, string>;
}

export class Ly {
  readonly #sim: LyAdsSimulator;
  token: string;

  constructor(sim: LyAdsSimulator) {
    this.#sim = sim;
    this.token = sim.grant().accessToken;
  }

  /** @param body a text is sent as it is */
  call(action: string, body: unknown, options: SendOptions = {}): Promise<Sent> {
    const text = typeof body === 'string' ? body : JSON.stringify(body);
    return this.#send(`/api/v20/${action}`, text, { 'content-type': 'application/json' }, options);
  }

  lists(action: string, body: object, options: SendOptions = {}): Promise<Sent> {
    return this.call(`AudienceListService/${action}`, { accountId: 1011, ...body }, options);
  }

  /** Adds a list. @returns its id */
  async newList(name = 'VIP', dataDuration = 30, accountId = 1011): Promise<number> {
    const { json } = await this.lists('add', { accountId, operand: [listOf({ name, dataDuration })] });
    return json.rval.values[0].audienceList.audienceListId;
  }

  async list(id: number | string) {
    const { json } = await this.lists('get', { audienceListIds: [Number(id)], includeDetail: true });
    return json.rval.values[0]?.audienceList;
  }

  upload(id: number | string, file: File, options: SendOptions & { query?: Record<string, string> } = {}) {
    const query = new URLSearchParams({
      accountId: '1011',
      audienceListId: String(id),
      uploadType: 'MAIL_ADDRESS_AND_PHONE_NUMBER',
      compressType: 'NONE',
      ...options.query,
    });
    const form = new FormData();
    form.append('file', file);
    return this.#send(`/api/v20/AudienceListService/uploadUserList?${query}`, form, {}, options);
  }

  /** The uploads to a list, by their ids. */
  async jobs(
    id: number | string,
    more: object = {},
  ): Promise<Record<string, { jobStatus: string; receivedDate: string }>> {
    const body = { audienceListId: Number(id), numberResults: 100, ...more };
    const { json } = await this.lists('getUploadUserListStatus', body);
    const jobs = json.rval.values.map(({ uploadJob }: { uploadJob: { uploadJobId: string } }) => uploadJob);
    return Object.fromEntries(jobs.map((job: { uploadJobId: string }) => [job.uploadJobId, job]));
  }

  async #send(path: string, body: string | FormData, headers: Record<string, string>, options: SendOptions) {
    const { token = this.token, base = '1001' } = options;
    return answerOf(
      await fetch(this.#sim.url + path, {
        method: 'POST',
        headers: {
          authorization: `Bearer ${token}`,
          ...(base === null ? {} : { 'x-z-base-account-id': base }),
          ...headers,
          ...options.headers,
        },
        body,
      }),
    );
  }
}

async function answerOf(response: Response): Promise<Sent> {
  const { status, headers } = response;
  const text = await response.text();
  const json = parse(text);
  return { status, headers, text, json, result: resultOf(status, json) };
}

type Coded = { code: string };

function resultOf(status: number, json: { errors?: Coded[] | null; rval?: { values: { errors: Coded[] | null }[] } }) {
  const [error] = json.errors ?? [];
  if (status !== 200) return `${status}/${error?.code}`;
  if (error) return error.code;
  const failed = json.rval?.values.flatMap(({ errors }) => errors?.map(({ code }) => code) ?? []) ?? [];
  return failed.length > 0 ? `[${failed}]` : 'ok';
}

function parse(text: string) {
  try {
    return JSON.parse(text || '{}');
  } catch {
    return {};
  }
}

/** A list as `add` and `set` take it. */
export const listOf = ({
  name,
  dataDuration,
  ...more
}: {
  name?: string;
  dataDuration?: number;
  [key: string]: unknown;
}) => ({
  audienceListName: name,
  audienceListContent: { audienceListType: 'CUSTOMER_DATA', customerDataAudienceList: { dataDuration } },
  ...more,
});

/** An invented hash. */
export const hash = (value: number | string) => createHash('sha256').update(`member ${value}`).digest('hex');

/** The rows of members with one hash, from one number to another, both included. */
export const rows = (from: number, to: number) =>
  Array.from({ length: to - from + 1 }, (_, index) => `${hash(from + index)}\n`).join('');

export const fileOf = (content: string | Uint8Array<ArrayBuffer>, name = 'members.csv') => new File([content], name);

/** A file of e-mail addresses. */
export const emails = (from: number, to: number) => fileOf(`Email\n${rows(from, to)}`);

/** The codes of the violations. */
export const violations = (sim: LyAdsSimulator) => sim.state.violations.map(({ code }) => code);
