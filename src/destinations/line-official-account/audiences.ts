/** LINE's audiences as those of the port, and how they are found. */
import {
  asId,
  asList,
  asNumber,
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

const EXPIRED = 'EXPIRED';
/** As many as LINE lists at once. */
const PAGE = 40;
/** So many are asked for one by one. The list shows more of them with fewer requests. */
const FEW = 5;

export function audienceOf(group: JsonObject): Audience {
  const ofLine = asText(group['type']) || 'UNKNOWN';
  const isIfa = String(group['isIfaAudience']) === 'true';
  const identifierType = ofLine !== 'UPLOAD' ? null : isIfa ? 'ifa' : 'line_user_id';
  const name = asText(group['description']);
  const status = asText(group['status']) || 'IN_PROGRESS';
  const count = optionalNumber(group['audienceCount']) ?? 0;
  const failedType = asText(group['failedType']);
  return {
    id: asId(group['audienceGroupId'], 'audienceGroupId'),
    name,
    identifierType,
    // LINE has one word for both kinds.
    type: identifierType === null ? ofLine : lineOfficialAccountTraits.identifiers[identifierType].audienceType,
    status,
    failedType: failedType || null,
    size: count > 0 ? String(count) : '-',
    created: timeOf(group['created']),
    endsAt: timeOf(group['expireTimestamp']) || undefined,
    unusable: unusableBecause(name, status, group['permission']),
    ...(status === EXPIRED && { hasEnded: true as const }),
    ...(group['permission'] === 'READ' && { isReadOnly: true }),
  };
}

/** The end of the year 9999, in seconds. */
const LAST_SECOND = 253_402_300_799;

/** A time of LINE's in ISO 8601. Empty without one. */
export function timeOf(value: unknown): string {
  const seconds = optionalNumber(value) ?? 0;
  return seconds > 0 && seconds <= LAST_SECOND ? new Date(seconds * 1_000).toISOString() : '';
}

function unusableBecause(name: string, status: string, permission: unknown): Audience['unusable'] {
  if (status === EXPIRED)
    return sentence`The audience "${name}" is older than 180 days. LINE takes no more uploads for it. If a job fills it, its next run renews it. Else choose or create another one.`;
  return permission === 'READ'
    ? sentence`The audience "${name}" belongs to another LINE channel or service. This one may only use it.`
    : null;
}

/** An audience, with its jobs. @param parse throws AnswerError */
export const audienceById = <T>(
  send: Send,
  id: string,
  parse: (answer: JsonObject) => T,
  { signal, background }: Asking = {},
): Promise<T> => send({ method: 'GET', path: '/:id', id, kind: 'read', parse, signal, background });

export const groupOf = (answer: JsonObject): Audience => audienceOf(asObject(answer['audienceGroup'], 'audienceGroup'));

interface Listed {
  readonly items: Audience[];
  readonly hasNext: boolean;
}

/** Which audiences to list. */
interface Wanted extends AudiencePage {
  /** Not those of other channels that this one may use. @default false */
  readonly ownOnly?: boolean;
}

const listed = (
  send: Send,
  { page, size, search, ownOnly }: Wanted,
  signal?: AbortSignal,
  path: '/list' | '/shared/list' = '/list',
): Promise<Listed> =>
  send({
    method: 'GET',
    path,
    kind: 'read',
    query: {
      page,
      size,
      description: search || undefined,
      includesExternalPublicGroups: ownOnly ? false : undefined,
    },
    parse: (answer) => {
      const items = asList(answer['audienceGroups'], 'audienceGroups', audienceOf);
      const hasNext = answer['hasNextPage'];
      return { items, hasNext: typeof hasNext === 'boolean' ? hasNext : items.length === size };
    },
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

/** So many pages without a new audience end a list, although LINE says that another one follows. */
const MAX_PAGES_WITHOUT_NEW = 3;

/** Each audience once, although one that is new meanwhile moves the others to the next page. */
async function* everyAudience(
  send: Send,
  wanted: Pick<Wanted, 'search' | 'ownOnly'>,
  signal?: AbortSignal,
): AsyncGenerator<Audience, void> {
  const seen = new Set<string>();
  let without = 0;
  for (let page = 1; ; page += 1) {
    const { items, hasNext } = await listed(send, { ...wanted, page, size: PAGE }, signal);
    const fresh = items.filter(({ id }) => !seen.has(id));
    for (const { id } of fresh) seen.add(id);
    yield* fresh;
    without = fresh.length > 0 ? 0 : without + 1;
    if (!hasNext || without === MAX_PAGES_WITHOUT_NEW) return;
  }
}

/** LINE lists them without their owners, so each is asked for its own. */
export async function sharedPageOf(send: Send, asked: AudiencePage, signal: AbortSignal) {
  const { items, hasNext } = await listed(send, asked, signal, '/shared/list');
  const shared = items.map(
    async ({
      identifierType: _,
      unusable: __,
      isReadOnly: ___,
      hasEnded: ____,
      ...audience
    }): Promise<SharedAudience> => {
      return { ...audience, owner: await ownerOf(send, audience.id, signal) };
    },
  );
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
    if (error instanceof OfficialAccountError && isNotFound(error)) return none;
    throw error;
  }
}

/** How many audiences the LINE channel has. Those of others that it may use are none of them. */
export const countOf = (send: Send, signal?: AbortSignal): Promise<number> =>
  send({
    method: 'GET',
    path: '/list',
    kind: 'read',
    query: { page: 1, size: 1, includesExternalPublicGroups: false },
    parse: (answer) => asNumber(answer['totalCount'], 'totalCount'),
    signal,
  });

/** What cannot be an id is none of an audience, and LINE is not asked for it. */
const isId = (text: string): boolean => /^[1-9]\d{0,18}$/.test(text);

export async function* audiencesByIds(
  send: Send,
  ids: readonly string[],
  signal?: AbortSignal,
): AsyncGenerator<Audience, void> {
  const wanted = new Set(ids.filter(isId));
  if (wanted.size > FEW) {
    for await (const audience of everyAudience(send, {}, signal)) if (wanted.delete(audience.id)) yield audience;
    return;
  }
  for (const id of wanted) {
    const found = await unlessUnknown(audienceById(send, id, groupOf, { signal }), undefined);
    if (found) yield found;
  }
}

/** An answer of LINE's without its code has its status at least. */
const isNotFound = (error: OfficialAccountError): boolean =>
  hasReason(error, 'AUDIENCE_GROUP_NOT_FOUND') || (error.code === 'bad_request' && error.status === 404);

/**
 * Those of the channel: another one may have an audience with the same name. For LINE, names that differ only in case
 * are equal. Its search takes parts of names.
 */
export async function* audiencesByName(send: Send, name: string, signal?: AbortSignal): AsyncGenerator<Audience, void> {
  const wanted = name.toLowerCase();
  for await (const audience of everyAudience(send, { search: name, ownOnly: true }, signal))
    if (audience.name.toLowerCase() === wanted) yield audience;
}
