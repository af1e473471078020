/** An access token as one text, which the database seals and the command line keeps in a file. */
import { z } from 'zod';
import type { StoredToken } from '../../contracts/ports.ts';
import { Secret } from '../../domain/values/secret.ts';

const schema = z.object({
  token: z.string(),
  mintedAt: z.iso.datetime(),
  expiresAt: z.iso.datetime(),
  keep: z.string().nullable(),
  belongsTo: z.string(),
});

export function tokenText({ token, mintedAt, expiresAt, keep, belongsTo }: StoredToken): Secret {
  const content: z.infer<typeof schema> = {
    token: token.reveal(),
    mintedAt: mintedAt.toISOString(),
    expiresAt: expiresAt.toISOString(),
    keep: keep?.reveal() ?? null,
    belongsTo,
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
  };
}

function parsed(text: Secret): unknown {
  try {
    return JSON.parse(text.reveal());
  } catch {
    return undefined;
  }
}
