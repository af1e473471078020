/** The names of sibling audiences. Without Zod, because the form of the web app suggests them too. */
import { MAX_AUDIENCE_NAME } from './line-limits.ts';
import type { IdentifierType } from './requests.ts';

/** The name of a sibling of the audience `name`: "VIP (phone)". A long name is cut to LINE's limit. */
export function suggestedName(name: string, type: IdentifierType): string {
  const ending = ` (${type})`;
  let kept = '';
  // By characters, because half of one is not valid.
  for (const character of name.trim()) {
    if (kept.length + character.length + ending.length > MAX_AUDIENCE_NAME) break;
    kept += character;
  }
  return `${kept.trimEnd()}${ending}`;
}
