/** Lists audiences by pages: those of the bot, and those that Business Manager shares with it. */
import type { Reply } from '../../shared/reply.ts';
import { type Audience, createRoutes, statuses } from '../audiences.ts';
import { RefusalError } from '../refusal.ts';
import type { Call } from '../world.ts';
import { mayWrite } from './checks.ts';
import { audienceGroup } from './get.ts';

const mostListed = 40;

export function listAudiences(call: Call): Reply {
  const includesOthers = flagOf(call, 'includesExternalPublicGroups') ?? true;
  return list(call, ({ owner, channelId }) => owner === null && (includesOthers || channelId === call.channel.id));
}

export function listShared(call: Call): Reply {
  const includesOwned = flagOf(call, 'includesOwnedAudienceGroups') ?? false;
  return list(call, ({ owner }) => owner !== null || includesOwned);
}

function list(call: Call, isAsked: (audience: Audience) => boolean): Reply {
  const { state, channel, query, world } = call;
  const page = numberOf(call, 'page', Number.MAX_SAFE_INTEGER);
  if (page === undefined) throw wrong('page', 'must not be null', 'NOT_NULL');
  const size = numberOf(call, 'size', mostListed) ?? 20;
  const status = wordOf(call, 'status', statuses);
  const routes = query.getAll('createRoute').map((route) => wordIn('createRoute', route, createRoutes));
  const part = query.get('description')?.toLowerCase() ?? '';
  const found = state
    .audiences(channel.bot)
    .filter(isAsked)
    .filter(({ name }) => name.toLowerCase().includes(part))
    .filter((audience) => status === undefined || state.status(audience) === status)
    .filter(({ createRoute }) => routes.length === 0 || routes.includes(createRoute));
  if (world.settings.listOrder === 'newest-first') found.reverse();
  const from = (page - 1) * size;
  return {
    status: 200,
    json: {
      audienceGroups: found.slice(from, from + size).map((audience) => audienceGroup(call, audience)),
      hasNextPage: from + size < found.length,
      totalCount: found.length,
      readWriteAudienceGroupTotalCount: found.filter((audience) => mayWrite(call, audience)).length,
      page,
      size,
    },
  };
}

function numberOf({ query }: Call, name: string, most: number): number | undefined {
  const text = query.get(name);
  if (text === null) return undefined;
  const value = /^\d{1,15}$/.test(text) ? Number(text) : Number.NaN;
  if (Number.isNaN(value)) throw wrong(name, 'must be a number', 'INVALID');
  if (value < 1) throw wrong(name, 'must be greater than or equal to 1', 'TOO_LOW');
  if (value > most) throw wrong(name, `must be less than or equal to ${most}`, 'TOO_HIGH');
  return value;
}

function flagOf({ query }: Call, name: string): boolean | undefined {
  const text = query.get(name);
  if (text === null) return undefined;
  if (text !== 'true' && text !== 'false') throw wrong(name, 'must be true or false', 'INVALID');
  return text === 'true';
}

function wordOf<const Word extends string>({ query }: Call, name: string, words: readonly Word[]): Word | undefined {
  const text = query.get(name);
  return text === null ? undefined : wordIn(name, text, words);
}

function wordIn<const Word extends string>(name: string, text: string, words: readonly Word[]): Word {
  const word = words.find((known) => known === text);
  if (word === undefined) throw wrong(name, `must be one of ${words.join(', ')}`, 'INVALID');
  return word;
}

/** As LINE writes it. */
const wrong = (name: string, rule: string, code: string) => new RefusalError({ code, message: `${name}: ${rule}` });
