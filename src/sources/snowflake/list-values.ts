/** The values of an ARRAY, which Snowflake gives as a JSON list. */
import { memberRecords } from '../scans.ts';

/** An element is not a text, a number, a boolean or null. It never contains the element. */
export class ListError extends Error {
  override readonly name = 'ListError';
}

/** The marked records of one member (source.ts). @throws {ListError} */
export const listRecords = (json: string): string => memberRecords(listValues(json));

/** @throws {ListError} */
export function listValues(json: string): string[] {
  const list = parse(json);
  if (!Array.isArray(list)) throw new ListError();
  return list.map((element) => {
    if (element === null) return '';
    if (typeof element !== 'string') throw new ListError();
    return element;
  });
}

/** JavaScript would round a number of 17 digits and more, so the text of a number is kept. */
const keepNumbers = (_key: string, value: unknown, context?: { readonly source?: string }): unknown => {
  if (typeof value === 'number') return (context?.source ?? String(value)).replace(/\.0+$/, '');
  return typeof value === 'boolean' ? String(value) : value;
};

function parse(json: string): unknown {
  try {
    return JSON.parse(json, keepNumbers);
  } catch {
    throw new ListError();
  }
}
