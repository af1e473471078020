/** A minimal client of the API, written only for these tests. A test can change every part of a request. */
import { createHash, createHmac } from 'node:crypto';

export interface SendOptions {
  accessKey?: string;
  secretKey?: string;
  json?: unknown;
  form?: FormData;
  /** A raw body, with its content type. */
  raw?: { body: string | ReadableStream<Uint8Array>; contentType: string };
  signal?: AbortSignal;
  /** @default now */
  date?: Date;
  /** Changes the four lines before they are signed. */
  bendLines?: (lines: string[]) => string[];
  /** Changes the JOSE header's JSON before it is signed. */
  bendHeader?: (json: string) => string;
  /** Removes the padding of the parts before they are signed. */
  unpadded?: boolean;
  /** Changes the token after it is signed. */
  bendToken?: (token: string) => string;
  headers?: Record<string, string>;
}

const padded = (bytes: Uint8Array | string) =>
  Buffer.from(bytes).toString('base64').replaceAll('+', '-').replaceAll('/', '_');
const bare = (bytes: Uint8Array | string) => Buffer.from(bytes).toString('base64url');

export interface Answer {
  status: number;
  headers: Headers;
  text: string;
  /** The parsed body, or an empty object if there is none. */
  json: Record<string, unknown>;
}

/** Signs and sends one request. `path` is below `/api`, for example `/v3/groups/G1/adaccounts?page=1`. */
export async function send(url: string, method: string, path: string, options: SendOptions = {}): Promise<Answer> {
  const {
    accessKey = 'LINEADSAMPLE',
    secretKey = 'LINEADSECRETKEYSAMPLE',
    json,
    form,
    raw,
    date = new Date(),
  } = options;
  const body = json === undefined ? raw?.body : JSON.stringify(json);
  const type = form ? 'multipart/form-data' : json === undefined ? (raw?.contentType ?? '') : 'application/json';
  const lines = [
    createHash('sha256')
      .update(typeof body === 'string' && !type.startsWith('multipart/') ? body : '')
      .digest('hex'),
    type.split(';')[0] ?? '',
    date.toISOString().slice(0, 10).replaceAll('-', ''),
    `/api${path.split('?')[0]}`,
  ];
  const header = `{"alg":"HS256","kid":"${accessKey}","typ":"text/plain"}`;
  const base64 = options.unpadded ? bare : padded;
  const signed = [options.bendHeader?.(header) ?? header, (options.bendLines?.(lines) ?? lines).join('\n')]
    .map(base64)
    .join('.');
  const token = `${signed}.${base64(createHmac('sha256', secretKey).update(signed).digest())}`;
  const response = await fetch(url + path, {
    method,
    headers: {
      authorization: `Bearer ${options.bendToken?.(token) ?? token}`,
      date: date.toUTCString(),
      ...(form || type === '' ? {} : { 'content-type': type }),
      ...options.headers,
    },
    body: form ?? body,
    ...(body instanceof ReadableStream ? { duplex: 'half' } : {}),
    ...(options.signal ? { signal: options.signal } : {}),
  });
  const text = await response.text();
  return { status: response.status, headers: response.headers, text, json: parse(text) };
}

function parse(text: string): Record<string, unknown> {
  try {
    return JSON.parse(text || '{}');
  } catch {
    return {};
  }
}

export interface UploadFields {
  id?: string;
  name?: string;
  action?: string;
  idType?: string;
  /** The file’s content. If it is missing, there is no file part. */
  file?: string | Uint8Array<ArrayBuffer>;
  fileName?: string;
  fileType?: string;
}

/** The form of an upload. Fields that are `undefined` are left out. */
function uploadForm(fields: UploadFields): FormData {
  const { file, fileName = 'list.txt', fileType = 'text/plain', ...texts } = fields;
  const form = new FormData();
  for (const [name, value] of Object.entries(texts)) if (value !== undefined) form.append(name, value);
  if (file !== undefined) form.append('file', new Blob([file], { type: fileType }), fileName);
  return form;
}

/** Sends an upload to ad account A1, by default ADD of hashed e-mail addresses. */
export function upload(
  url: string,
  fields: UploadFields,
  options: SendOptions & { adAccountId?: string } = {},
): Promise<Answer> {
  const form = uploadForm({ action: 'ADD', idType: 'HASHED_EMAIL', ...fields });
  return send(url, 'POST', `/v3/adaccounts/${options.adAccountId ?? 'A1'}/custom-audiences/upload`, {
    form,
    ...options,
  });
}

/** An invented hash with this number. */
export const digest = (value: number | string) => createHash('sha256').update(`member ${value}`).digest('hex');

/** A file with the hashes from one number to another, both included. */
export function lines(from: number, to: number): string {
  return Array.from({ length: to - from + 1 }, (_, index) => `${digest(from + index)}\n`).join('');
}

/** The first reason in an error answer, with its property if it has one. */
export function reason(answer: Answer): string {
  const [first] = (answer.json.errors ?? []) as { reason: string; property?: string }[];
  return first?.property === undefined ? (first?.reason ?? '') : `${first.reason} ${first.property}`;
}
