/** LINE's audiences as those of the port, and how they are found. */
import {
  asId,
  asList,
  asObject,
  asText,
  type JsonObject,
  optionalNumber,
} from '../../../packages/client-core/src/validation.ts';
import { lineOfficialAccountTraits } from '../../domain/destinations/line-official-account.ts';
import { sentence } from '../../domain/text/sentence.ts';
import type { Asking, Audience, AudiencePage, SharedAudience } from '../destination.ts';
import type { Send } from './client.ts';
import { hasReason, OfficialAccountError } from './error.ts';

/** As many as LINE lists at once. */
const PAGE = 40;
/** So many are asked for one by one. The list shows more of them with fewer requests. */
const FEW = 5;

export function audienceOf(group: JsonObject): Audience {
  const ofLine = asText(group['type']) || 'UNKNOWN';
  const identifierType = ofLine !== 'UPLOAD' ? null : group['isIfaAudience'] === true ? 'ifa' : 'line_user_id';
  const name = asText(group['description']);
  const status = asText(group['status']) || 'IN_PROGRESS';
  const count = optionalNumber(group['audienceCount']);
  const failedType = asText(group['failedType']);
  return {
    id: asId(group['audienceGroupId'], 'audienceGroupId'),
    name,
    identifierType,
    // LINE has one word for both kinds.
    type: identifierType === null ? ofLine : lineOfficialAccountTraits.identifiers[identifierType].audienceType,
    status,
    failedType: failedType || null,
    size: count === undefined || count === 0 ? '-' : String(count),
    created: dateOf(group['created']) ?? '',
    endsAt: dateOf(group['expireTimestamp']),
    unusable: unusableBecause(name, status, group['permission']),
  };
}

/** LINE counts in seconds. */
function dateOf(value: unknown): string | undefined {
  const seconds = optionalNumber(value);
  return seconds === undefined ? undefined : new Date(seconds * 1_000).toISOString();
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
  { page, size, search }: AudiencePage,
  signal?: AbortSignal,
  path: '/list' | '/shared/list' = '/list',
): Promise<Listed> =>
  send({
    method: 'GET',
    path,
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
  if (size <= PAGE) return listed(send, { page, size, search }, signal);
  const from = (page - 1) * size;
  const found: Audience[] = [];
  let hasNext = true;
  const first = Math.floor(from / PAGE) + 1;
  for (let number = first; hasNext && (number - 1) * PAGE < from + size; number += 1) {
    const answer = await listed(send, { page: number, size: PAGE, search }, signal);
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
    const { items, hasNext } = await listed(send, { page, size: PAGE, search }, signal);
    for (const audience of items) {
      if (!seen.has(audience.id)) yield audience;
      seen.add(audience.id);
    }
    if (!hasNext || items.length === 0) return;
  }
}

/** LINE lists them without their owners, so each is asked for its own. */
export async function sharedPageOf(send: Send, asked: AudiencePage, signal: AbortSignal) {
  const { items, hasNext } = await listed(send, asked, signal, '/shared/list');
  const shared = items.map(async ({ identifierType: _, unusable: __, ...audience }): Promise<SharedAudience> => {
    return { ...audience, owner: await ownerOf(send, audience.id, signal) };
  });
  return { items: await Promise.all(shared), hasNext };
}

/** Null also for an audience that is not shared any more. */
async function ownerOf(send: Send, id: string, signal: AbortSignal): Promise<SharedAudience['owner']> {
  const parse = ({ owner }: JsonObject) => {
    if (owner === undefined || owner === null) return null;
    const { id: ownId, name, serviceType } = asObject(owner, 'owner');
    return { id: asText(ownId), name: asText(name), service: asText(serviceType) };
  };
  const path = '/shared/:id';
  return unlessUnknown(send({ method: 'GET', path, id, kind: 'read', parse, signal }), null);
}

async function unlessUnknown<T, None>(asked: Promise<T>, none: None): Promise<T | None> {
  try {
    return await asked;
  } catch (error) {
    if (error instanceof OfficialAccountError && hasReason(error, 'AUDIENCE_GROUP_NOT_FOUND')) return none;
    throw error;
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
    const answer = await unlessUnknown(audienceById(send, id, { signal }), undefined);
    if (answer) yield groupOf(answer);
  }
}

/** LINE's search has no case and takes parts of names. */
export async function* audiencesByName(send: Send, name: string, signal?: AbortSignal): AsyncGenerator<Audience, void> {
  for await (const audience of everyAudience(send, name, signal)) if (audience.name === name) yield audience;
}
