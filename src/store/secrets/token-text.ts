/** An access token as one text, which the database seals and the command line keeps in a file. */
import { z } from 'zod';
import type { StoredToken } from '../../contracts/ports.ts';
import { localizedShape } from '../../domain/text/localized.ts';
import { Secret } from '../../domain/values/secret.ts';

const schema = z.object({
  token: z.string(),
  mintedAt: z.iso.datetime(),
  expiresAt: z.iso.datetime(),
  keep: z.string().nullable(),
  belongsTo: z.string(),
  refused: z.object({ askedWith: z.string(), why: z.object(localizedShape) }).optional(),
});

export function tokenText({ token, mintedAt, expiresAt, keep, belongsTo, refused }: StoredToken): Secret {
  const content: z.infer<typeof schema> = {
    token: token.reveal(),
    mintedAt: mintedAt.toISOString(),
    expiresAt: expiresAt.toISOString(),
    keep: keep?.reveal() ?? null,
    belongsTo,
    refused,
  };
  return new Secret(JSON.stringify(content));
}

/** Undefined for anything else, as half a file. */
export function readTokenText(text: Secret): StoredToken | undefined {
  const content = schema.safeParse(parsed(text)).data;
  if (!content) return undefined;
  return {
    token: new Secret(content.token),
    mintedAt: new Date(content.mintedAt),
    expiresAt: new Date(content.expiresAt),
    keep: content.keep === null ? null : new Secret(content.keep),
    belongsTo: content.belongsTo,
    ...(content.refused && { refused: content.refused }),
  };
}

function parsed(text: Secret): unknown {
  try {
    return JSON.parse(text.reveal());
  } catch {
    return undefined;
  }
}
