/** The forms of answers. v1 (`/api`) and v2 (`/v2`) have their own, also for errors. */
import { randomUUID } from 'node:crypto';
import type { Reply } from '../shared/http.ts';
import type { Settings } from './settings.ts';

export type Version = 'v1' | 'v2';

/** A refused request. */
export class RefusalError extends Error {
  override readonly name = 'RefusalError';
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

/** A number in the form of this account. */
export const written = (value: number, { numbers }: Settings): number | string =>
  numbers === 'strings' ? String(value) : value;

/** @param more fields of v1 beside the data: `_next`, `total` */
export function answerV1(data: unknown, settings: Settings, more: Record<string, unknown> = {}): Reply {
  return { status: 200, json: { status: written(200, settings), message: 'success', ...more, data } };
}

/** In the form of the request's version. */
export const answerIn = (version: Version, data: unknown, settings: Settings): Reply =>
  version === 'v1' ? answerV1(data, settings) : answerV2(data);

export function answerV2(data: unknown): Reply {
  return { status: 200, json: { data, status: 200, request_id: randomUUID() } };
}

const errorCodes: Record<number, string> = {
  403: 'FORBIDDEN-003',
  404: 'NOT_FOUND-001',
  429: 'TOO_MANY_REQUESTS-001',
};

export function errorReply(
  version: Version,
  { errorBody }: Settings,
  { status, message }: Pick<RefusalError, 'status' | 'message'>,
  time: Date,
): Reply {
  // The token is checked before the version is known. So this answer always has the form of v1.
  if (version === 'v1' || status === 401) return { status, json: { data: null, message, status } };
  const request_id = randomUUID();
  if (errorBody === 'flat') return { status, json: { status, message, request_id } };
  const code = errorCodes[status] ?? `ERROR-${status}`;
  const errors = [{ code, level: 'error', message, timestamp: time.toISOString() }];
  return { status, json: { status, request_id, errors } };
}
