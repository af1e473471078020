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
  readonly of: (person: Person) => unknown;
}

const filled = <T>(list: readonly T[]): readonly T[] | undefined => (list.length > 0 ? list : undefined);

const personFields: readonly PersonField[] = [
  {
    id: 'email',
    type: 'string',
    shortdesc: 'Email Address',
    identifier: true,
    pii: true,
    of: ({ email }) => email,
  },
  {
    id: 'emails',
    type: '[]string',
    shortdesc: 'All Email Addresses',
    pii: true,
    of: ({ emails }) => filled(emails),
  },
  {
    id: 'login_emails',
    type: 'ts[]string',
    shortdesc: 'Email Addresses by Last Login',
    pii: true,
    of: ({ emails }) => filled(emails),
  },
  {
    id: 'email_sha256',
    type: 'string',
    shortdesc: 'Hashed Email',
    identifier: true,
    of: ({ emailSha256 }) => emailSha256,
  },
  { id: 'phone', type: 'string', shortdesc: 'Phone Number', pii: true, of: ({ phone }) => phone },
  {
    id: 'phones',
    type: '[]string',
    shortdesc: 'All Phone Numbers',
    pii: true,
    of: ({ phones }) => filled(phones),
  },
  { id: 'idfa', type: 'string', shortdesc: 'Apple Advertising ID', identifier: true, of: ({ idfa }) => idfa },
  {
    id: 'gaid',
    type: 'string',
    shortdesc: 'Google Advertising ID',
    identifier: true,
    of: ({ gaid }) => gaid,
  },
  { id: 'first_name', type: 'string', shortdesc: 'First Name', pii: true, of: ({ name }) => name },
  { id: 'visit_count', type: 'int', shortdesc: 'Number of Visits', of: ({ visits }) => visits },
  {
    id: 'scores',
    type: 'map[string]number',
    shortdesc: 'Behavior Scores',
    of: ({ visits }) => ({ frequency: visits, recency: 100 - visits }),
  },
];

export const sampleFields: readonly Field[] = personFields.map(({ of, ...field }) => field);

/** The wanted fields of a person; all when `wanted` is undefined. */
export function entityOf(person: Person, wanted: readonly string[] | undefined): Entity {
  const entity: Record<string, unknown> = {};
  for (const { id, of } of personFields) {
    if (wanted && !wanted.includes(id)) continue;
    const value = of(person);
    if (value !== undefined) entity[id] = value;
  }
  return entity;
}
