/** LINE's audiences as those of the port, and how they are found. */
import {
  asId,
  asList,
  asObject,
  asText,
  type JsonObject,
  optionalNumber,
} from '../../../packages/client-core/src/validation.ts';
import { sentence } from '../../domain/text/sentence.ts';
import type { Asking, Audience, AudiencePage } from '../destination.ts';
import type { Send } from './client.ts';
import { hasReason, OfficialAccountError } from './error.ts';

/** As many as LINE lists at once. */
const PAGE = 40;
/** So many are asked for one by one. The list shows more of them with fewer requests. */
const FEW = 5;

export function audienceOf(group: JsonObject): Audience {
  const type = asText(group['type']) || 'UNKNOWN';
  const isIfa = group['isIfaAudience'] === true;
  const isOurs = type === 'UPLOAD';
  const name = asText(group['description']);
  const status = asText(group['status']) || 'IN_PROGRESS';
  const count = optionalNumber(group['audienceCount']);
  const created = optionalNumber(group['created']);
  const failedType = asText(group['failedType']);
  return {
    id: asId(group['audienceGroupId'], 'audienceGroupId'),
    name,
    identifierType: isOurs ? (isIfa ? 'ifa' : 'line_user_id') : null,
    // LINE has one word for both kinds.
    type: isOurs && isIfa ? 'UPLOAD_IFA' : type,
    status,
    failedType: failedType || null,
    size: count === undefined || count === 0 ? '-' : String(count),
    created: created === undefined ? '' : new Date(created * 1_000).toISOString(),
    unusable: unusableBecause(name, status, group['permission']),
  };
}

function unusableBecause(name: string, status: string, permission: unknown): Audience['unusable'] {
  if (status === 'EXPIRED')
    return sentence`The audience "${name}" is older than 180 days. LINE takes no more uploads for it. Choose or create another one.`;
  return permission === 'READ'
    ? sentence`The audience "${name}" belongs to another LINE channel or service. This one may only use it.`
    : null;
}

/** The answer for an audience, with its jobs. */
export const audienceById = (send: Send, id: string, { signal, background }: Asking = {}): Promise<JsonObject> =>
  send({ method: 'GET', path: '/:id', id, kind: 'read', parse: (answer) => answer, signal, background });

export const groupOf = (answer: JsonObject): Audience => audienceOf(asObject(answer['audienceGroup'], 'audienceGroup'));

interface Listed {
  readonly items: Audience[];
  readonly hasNext: boolean;
}

const listed = (
  send: Send,
  page: number,
  size: number,
  search: string | undefined,
  signal?: AbortSignal,
): Promise<Listed> =>
  send({
    method: 'GET',
    path: '/list',
    kind: 'read',
    query: { page, size, description: search || undefined },
    parse: (answer) => ({
      items: asList(answer['audienceGroups'], 'audienceGroups', audienceOf),
      hasNext: answer['hasNextPage'] === true,
    }),
    signal,
  });

/** @param size may be above LINE's own */
export async function pageOf(send: Send, { page, size, search }: AudiencePage, signal?: AbortSignal): Promise<Listed> {
  if (size <= PAGE) return listed(send, page, size, search, signal);
  const from = (page - 1) * size;
  const found: Audience[] = [];
  let hasNext = true;
  const first = Math.floor(from / PAGE) + 1;
  for (let number = first; hasNext && (number - 1) * PAGE < from + size; number += 1) {
    const answer = await listed(send, number, PAGE, search, signal);
    found.push(...answer.items);
    hasNext = answer.hasNext;
  }
  const skipped = from - (first - 1) * PAGE;
  return { items: found.slice(skipped, skipped + size), hasNext: hasNext || found.length > skipped + size };
}

/** Each audience once, although one that is new meanwhile moves the others to the next page. */
async function* everyAudience(
  send: Send,
  search: string | undefined,
  signal?: AbortSignal,
): AsyncGenerator<Audience, void> {
  const seen = new Set<string>();
  for (let page = 1; ; page += 1) {
    const { items, hasNext } = await listed(send, page, PAGE, search, signal);
    for (const audience of items) {
      if (!seen.has(audience.id)) yield audience;
      seen.add(audience.id);
    }
    if (!hasNext || items.length === 0) return;
  }
}

/** What cannot be an id is none of an audience, and LINE is not asked for it. */
const isId = (text: string): boolean => /^[1-9]\d{0,18}$/.test(text);

export async function* audiencesByIds(
  send: Send,
  ids: readonly string[],
  signal?: AbortSignal,
): AsyncGenerator<Audience, void> {
  const wanted = new Set(ids.filter(isId));
  if (wanted.size > FEW) {
    for await (const audience of everyAudience(send, undefined, signal)) if (wanted.delete(audience.id)) yield audience;
    return;
  }
  for (const id of wanted) {
    const answer = await audienceById(send, id, { signal }).catch((error: unknown) => {
      if (error instanceof OfficialAccountError && hasReason(error, 'AUDIENCE_GROUP_NOT_FOUND')) return undefined;
      throw error;
    });
    if (answer) yield groupOf(answer);
  }
}

/** LINE's search has no case and takes parts of names. */
export async function* audiencesByName(send: Send, name: string, signal?: AbortSignal): AsyncGenerator<Audience, void> {
  for await (const audience of everyAudience(send, name, signal)) if (audience.name === name) yield audience;
}
