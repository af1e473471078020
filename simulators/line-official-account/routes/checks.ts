/** Checks that several endpoints share: names, descriptions, ids of audiences, and room for another one. */
import { z } from 'zod';
import type { Audience } from '../audiences.ts';
import { RefusalError, refused, wrongField } from '../refusal.ts';
import type { Call } from '../world.ts';

/** Both are counted in code points. */
const longestName = 120;
const longestDescription = 300;

/** A field that may be left out or null. */
export const maybe = <T extends z.ZodType>(schema: T) => z.preprocess((value) => value ?? undefined, schema.optional());

export const textField = z.string('Must be a string');
export const idField = z
  .int('Must be a number')
  .min(1, 'Must be a number')
  .transform((id) => String(id));

/** Reads a JSON body. @throws {RefusalError} for the first mistake */
export function readBody<T>(schema: z.ZodType<T>, body: unknown): T {
  const { data, error } = schema.safeParse(body);
  const [issue] = error?.issues ?? [];
  if (!issue) return data as T;
  throw wrongField(
    issue.path.map((key) => (typeof key === 'number' ? `[${key}]` : String(key))).join('.'),
    issue.message,
  );
}

/** @param except the audience that is being renamed @throws {RefusalError} */
export function checkName(call: Call, name: string | undefined, except?: Audience): string {
  if (name === undefined || name.trim() === '') throw refused('AUDIENCE_GROUP_NAME_EMPTY', { property: 'description' });
  const length = [...name].length;
  if (length > longestName)
    throw refused('AUDIENCE_GROUP_NAME_SIZE_OVER', { detail: `the name has ${length} characters, ${longestName} fit` });
  if (/\p{Cc}/u.test(name)) throw refused('AUDIENCE_GROUP_NAME_WRONG', { detail: 'the name has a control character' });
  const isTaken = (other: Audience) =>
    other !== except && other.channelId === call.channel.id && other.name.toLowerCase() === name.toLowerCase();
  if (call.world.settings.duplicateNames === 'refuse' && call.state.audiences().some(isTaken))
    throw refused('AUDIENCE_GROUP_NAME_DUPLICATE', { detail: 'another audience has this name' });
  return name;
}

/** @returns null when there is none @throws {RefusalError} */
export function checkDescription(description: string | undefined): string | null {
  if ([...(description ?? '')].length > longestDescription)
    throw refused('AUDIENCE_GROUP_UPLOAD_DESCRIPTION_SIZE_OVER', { property: 'uploadDescription' });
  return description ?? null;
}

/** @throws {RefusalError} when the channel has as many audiences as it may have */
export function checkRoom({ state, world, channel }: Call): void {
  const { mostAudiences } = world.settings;
  if (state.countOf(channel.id) < mostAudiences) return;
  throw refused('AUDIENCE_GROUP_COUNT_MAX_OVER', {
    detail: `the channel ${channel.id} has ${mostAudiences} audiences`,
    violation: 'too_many_audiences',
  });
}

const notFound = (call: Call, id: string) => {
  call.record.audienceId = id;
  return refused('AUDIENCE_GROUP_NOT_FOUND', { detail: `the channel sees no audience ${id}`, violation: 'unknown_id' });
};

/** An audience that the channel sees. @throws {RefusalError} */
export function audienceOf(call: Call, id: string): Audience {
  call.record.audienceId = id;
  const audience = call.state.audience(id);
  if (audience?.bot === call.channel.bot && audience.owner === null) return audience;
  throw notFound(call, id);
}

export const mayWrite = ({ channel }: Call, audience: Audience): boolean => audience.channelId === channel.id;

/** An audience that the channel has created. @throws {RefusalError} */
export function ownAudienceOf(call: Call, id: string): Audience {
  const audience = audienceOf(call, id);
  if (mayWrite(call, audience)) return audience;
  if (call.world.settings.foreignAudience === 'not-found') throw notFound(call, id);
  throw new RefusalError({
    status: 403,
    message: 'Access to this API is not available for your account',
    detail: `the channel may only read the audience ${id}`,
    violation: 'refused_upload',
  });
}
