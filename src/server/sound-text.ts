/** Text that no database takes (a NUL, or half of a character), and JSON without end: refused at the door, for every route alike. */
import type { FastifyInstance } from 'fastify';
import { fieldError, wrongValues } from '../contracts/localized.ts';
import { sentence } from '../contracts/sentence.ts';

/** For the routes of `app`: addresses, queries and bodies of JSON. */
export function requireSoundText(app: FastifyInstance): void {
  app.addHook('preValidation', async ({ params, query, body }) => {
    // Those of an address are made by libraries, with prototypes of their own.
    const places = [Object.assign({}, params), Object.assign({}, query), body].flatMap(unsoundIn);
    if (places.length === 0) return;
    throw wrongValues(
      places.map(({ path, depth }) =>
        fieldError(
          path,
          depth > DEEPEST
            ? sentence`This is nested too deeply.`
            : sentence`This holds a character that cannot be kept: type it again.`,
        ),
      ),
    );
  });
}

/** Deeper than anything that the API takes. */
const DEEPEST = 20;
/** Places that are told: a person corrects no more at once. */
const MOST_TOLD = 20;

const isUnsound = (text: string): boolean => text.includes('\0') || !text.isWellFormed();

interface Place {
  /** Keys joined with dots. */
  readonly path: string;
  readonly depth: number;
}

/** Where in a parsed value such text is, or where it is too deep. Without recursion, for a body may be as deep as it is long. */
function unsoundIn(value: unknown): Place[] {
  const found: Place[] = [];
  const left: (Place & { readonly value: unknown })[] = [{ path: '', depth: 0, value }];
  for (let next = left.pop(); next && found.length < MOST_TOLD; next = left.pop()) {
    const { path, depth, value: one } = next;
    if (typeof one === 'string') {
      if (isUnsound(one)) found.push(next);
    } else if (isPlain(one)) {
      if (depth > DEEPEST) found.push(next);
      else {
        for (const [key, inner] of Object.entries(one)) {
          if (isUnsound(key)) found.push(next);
          left.push({ path: path === '' ? key : `${path}.${key}`, depth: depth + 1, value: inner });
        }
      }
    }
  }
  return found.slice(0, MOST_TOLD);
}

/** An uploaded file's stream, for one, is not. */
function isPlain(value: unknown): value is object {
  if (typeof value !== 'object' || value === null) return false;
  return Array.isArray(value) || Object.getPrototypeOf(value) === Object.prototype;
}
