/** The user fields of the account: their schema, and their values for an invented person. */
import type { Person } from '../shared/people.ts';

/** A profile in an answer. Missing fields are absent. */
export type Entity = Readonly<Record<string, unknown>>;

export interface Field {
  readonly id: string;
  /** E.g. `string`, `[]string`, `ts[]string`, `map[string]number`. */
  readonly type: string;
  readonly shortdesc: string;
  readonly identifier?: boolean;
  readonly pii?: boolean;
}

interface PersonField extends Field {
  readonly read: (person: Person) => unknown;
}

const filled = <T>(list: readonly T[]): readonly T[] | undefined => (list.length > 0 ? list : undefined);

const personFields: readonly PersonField[] = [
  {
    id: 'email',
    type: 'string',
    shortdesc: 'Email Address',
    identifier: true,
    pii: true,
    read: ({ email }) => email,
  },
  {
    id: 'emails',
    type: '[]string',
    shortdesc: 'All Email Addresses',
    pii: true,
    read: ({ emails }) => filled(emails),
  },
  {
    id: 'login_emails',
    type: 'ts[]string',
    shortdesc: 'Email Addresses by Last Login',
    pii: true,
    read: ({ emails }) => filled(emails),
  },
  {
    id: 'email_sha256',
    type: 'string',
    shortdesc: 'Hashed Email',
    identifier: true,
    read: ({ emailSha256 }) => emailSha256,
  },
  { id: 'phone', type: 'string', shortdesc: 'Phone Number', pii: true, read: ({ phone }) => phone },
  {
    id: 'phones',
    type: '[]string',
    shortdesc: 'All Phone Numbers',
    pii: true,
    read: ({ phones }) => filled(phones),
  },
  { id: 'idfa', type: 'string', shortdesc: 'Apple Advertising ID', identifier: true, read: ({ idfa }) => idfa },
  {
    id: 'gaid',
    type: 'string',
    shortdesc: 'Google Advertising ID',
    identifier: true,
    read: ({ gaid }) => gaid,
  },
  { id: 'first_name', type: 'string', shortdesc: 'First Name', pii: true, read: ({ name }) => name },
  { id: 'visit_count', type: 'int', shortdesc: 'Number of Visits', read: ({ visits }) => visits },
  {
    id: 'scores',
    type: 'map[string]number',
    shortdesc: 'Behavior Scores',
    read: ({ visits }) => ({ frequency: visits, recency: 100 - visits }),
  },
];

export const sampleFields: readonly Field[] = personFields.map(({ read, ...field }) => field);

/** The wanted fields of a person; all when `wanted` is undefined. */
export function entityOf(person: Person, wanted: readonly string[] | undefined): Entity {
  const entity: Record<string, unknown> = {};
  for (const { id, read } of personFields) {
    if (wanted && !wanted.includes(id)) continue;
    const value = read(person);
    if (value !== undefined) entity[id] = value;
  }
  return entity;
}
