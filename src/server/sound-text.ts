/** Text that no database takes: a NUL, or half of a character. Refused at the door, for every route alike. */
import type { FastifyInstance } from 'fastify';
import { sentence } from '../contracts/sentence.ts';
import { fieldError, wrongValues } from '../contracts/told.ts';

/** For the routes of `app`: addresses, queries and bodies of JSON. */
export function requireSoundText(app: FastifyInstance): void {
  app.addHook('preValidation', async ({ params, query, body }) => {
    // Those of an address are made by libraries, with prototypes of their own.
    const places = [Object.assign({}, params), Object.assign({}, query), body].flatMap(unsoundIn);
    if (places.length === 0) return;
    throw wrongValues(
      places.map((place) =>
        fieldError(place, sentence`This holds a character that cannot be kept: type it again.`),
      ),
    );
  });
}

const isUnsound = (text: string): boolean => text.includes('\0') || !text.isWellFormed();

/** Where in a parsed value such text is: keys joined with dots. Without recursion, for a body may be as deep as it is long. */
function unsoundIn(value: unknown): string[] {
  const found: string[] = [];
  const left: [path: string, value: unknown][] = [['', value]];
  for (let next = left.pop(); next; next = left.pop()) {
    const [path, one] = next;
    if (typeof one === 'string') {
      if (isUnsound(one)) found.push(path);
    } else if (isPlain(one)) {
      for (const [key, inner] of Object.entries(one)) {
        if (isUnsound(key)) found.push(path);
        left.push([path === '' ? key : `${path}.${key}`, inner]);
      }
    }
  }
  return found;
}

/** An uploaded file's stream, for one, is not. */
function isPlain(value: unknown): value is object {
  if (typeof value !== 'object' || value === null) return false;
  return Array.isArray(value) || Object.getPrototypeOf(value) === Object.prototype;
}
