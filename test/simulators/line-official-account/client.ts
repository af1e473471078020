/** A minimal client of the Messaging API, written only for these tests. A test can change every part of a request. */
import { createHash, createSign } from 'node:crypto';
import { onTestFinished } from 'vitest';
import {
  type LineOfficialAccountSimulator,
  type LineOfficialAccountSimulatorOptions,
  startLineOfficialAccountSimulator,
} from '../../../simulators/line-official-account/index.ts';

export const day = 86_400_000;
export const startTime = Date.UTC(2026, 6, 1, 3, 4, 5, 678);

/**
 * A simulator for one test. Its time stands still unless the test advances it. An upload takes 300 ms, and its audience
 * is READY 1000 ms later. The rate limit is off.
 */
export async function startOa(options: LineOfficialAccountSimulatorOptions = {}) {
  const given = { now: () => startTime, jobMs: 300, readyMs: 1000, rateLimit: 100_000, ...options };
  const sim = await startLineOfficialAccountSimulator(given);
  onTestFinished(() => sim.close());
  return { sim, oa: new Oa(sim) };
}

export interface Sent {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** The parsed body, or an empty object. */
  // biome-ignore lint/suspicious/noExplicitAny: a test reads any part of an answer
  readonly json: any;
  /** `202`, or the status and the code of a refusal: `400 AUDIENCE_GROUP_NOT_FOUND`. */
  readonly result: string;
}

export interface SendOptions {
  /** null: no header. */
  token?: string | null;
  headers?: Record<string, string>;
}

export interface Form {
  readonly description?: string;
  readonly isIfaAudience?: string;
  readonly uploadDescription?: string;
  readonly audienceGroupId?: string;
  readonly file?: Blob | null;
}

export class Oa {
  readonly #sim: LineOfficialAccountSimulator;
  token: string;

  constructor(sim: LineOfficialAccountSimulator) {
    this.#sim = sim;
    this.token = sim.token();
  }

  /** @param path below `/v2/bot/audienceGroup` */
  call(method: string, path: string, body?: unknown, options: SendOptions = {}): Promise<Sent> {
    const json = body === undefined ? undefined : typeof body === 'string' ? body : JSON.stringify(body);
    return this.#send(method, path, json, json === undefined ? {} : { 'content-type': 'application/json' }, options);
  }

  create(form: Form = {}, options: SendOptions = {}): Promise<Sent> {
    const { description = 'VIP', file = users(1, 100), ...rest } = form;
    return this.#upload('POST', { description, ...rest, file }, options);
  }

  add(id: string | number, form: Form = {}, options: SendOptions = {}): Promise<Sent> {
    const { file = users(101, 200), ...rest } = form;
    return this.#upload('PUT', { audienceGroupId: String(id), ...rest, file }, options);
  }

  /** Creates an audience of a hundred users. @returns its id */
  async newAudience(form: Form = {}): Promise<string> {
    return String((await this.create(form)).json.audienceGroupId);
  }

  async get(id: string | number) {
    return (await this.call('GET', `/${id}`)).json;
  }

  #upload(method: string, fields: Form, options: SendOptions): Promise<Sent> {
    const form = new FormData();
    for (const [name, value] of Object.entries(fields)) {
      if (value instanceof Blob) form.append(name, value, 'ids.txt');
      else if (value !== null) form.append(name, value);
    }
    return this.#send(method, '/upload/byFile', form, {}, options);
  }

  async #send(
    method: string,
    path: string,
    body: string | FormData | undefined,
    headers: Record<string, string>,
    { token = this.token, headers: more }: SendOptions,
  ): Promise<Sent> {
    const authorization: Record<string, string> = token === null ? {} : { authorization: `Bearer ${token}` };
    const url = `${this.#sim.url}/v2/bot/audienceGroup${path}`;
    return answerOf(
      await fetch(url, {
        method,
        headers: { ...authorization, ...headers, ...more },
        ...(body === undefined ? {} : { body }),
      }),
    );
  }
}

/** Asks for a token. */
export async function askToken(sim: LineOfficialAccountSimulator, form: Record<string, string>): Promise<Sent> {
  return answerOf(await fetch(`${sim.url}/oauth2/v3/token`, { method: 'POST', body: new URLSearchParams(form) }));
}

async function answerOf(response: Response): Promise<Sent> {
  const { status, headers } = response;
  const text = await response.text();
  const json = parse(text);
  const code = json.error ?? json.details?.[0]?.message;
  return { status, headers, text, json, result: code === undefined ? String(status) : `${status} ${code}` };
}

function parse(text: string) {
  try {
    return JSON.parse(text || '{}');
  } catch {
    return {};
  }
}

const base64 = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');

/** Signs an assertion of the first channel. `change` replaces parts of its header and its claims. */
export function assertionOf(
  privateKey: string,
  { header = {}, claims = {}, algorithm = 'RSA-SHA256' }: { header?: object; claims?: object; algorithm?: string } = {},
): string {
  const channelId = '1657000001';
  const head = { alg: 'RS256', typ: 'JWT', kid: 'key-1', ...header };
  const exp = Math.floor(startTime / 1000) + 1800;
  const payload = { iss: channelId, sub: channelId, aud: 'https://api.line.me/', exp, ...claims };
  const signed = `${base64(head)}.${base64(payload)}`;
  return `${signed}.${createSign(algorithm).update(signed).sign(privateKey).toString('base64url')}`;
}

const hex = (n: number) => createHash('sha256').update(`user ${n}`).digest('hex').slice(0, 32);
export const user = (n: number) => `U${hex(n)}`;
export const device = (n: number) => `0000000a-0000-4000-8000-${String(n).padStart(12, '0')}`;

const lines = (from: number, to: number, id: (n: number) => string) =>
  Array.from({ length: to - from + 1 }, (_, n) => `${id(from + n)}\n`).join('');

export const fileOf = (content: string | Uint8Array<ArrayBuffer>, type = 'text/plain') => new Blob([content], { type });
export const users = (from: number, to: number) => fileOf(lines(from, to, user));
export const userLines = (from: number, to: number) => lines(from, to, user);
export const devices = (from: number, to: number) => fileOf(lines(from, to, device));

export const violations = (sim: LineOfficialAccountSimulator) => sim.state.violations.map(({ code }) => code);
