/** Members for the hashing of several fields, and what they must give. */
import type { HashedField, Source } from '../../../src/sources/source.ts';
import { expectedHashes, type Hashes, hostileValues } from './hashing.ts';
import { readMembers } from './values.ts';

export interface HashedMember {
  readonly email: string | null;
  readonly phone: string | null;
  readonly emails: readonly (string | null)[] | null;
}

/** Some values are equal, and some lists are empty. */
export function hostileMembers(count: number): HashedMember[] {
  const emails = hostileValues({ identifierType: 'email' }, count);
  const phones = hostileValues({ identifierType: 'phone' }, count);
  return emails.map((email, n) => ({
    email,
    phone: phones[n] ?? null,
    emails: n % 6 === 5 ? null : emails.slice(n, n + (n % 6)),
  }));
}

export function hashesOf(members: readonly HashedMember[], { field, ...rules }: HashedField): Hashes {
  const values = members.map((member) => {
    const value = member[field as keyof HashedMember];
    return Array.isArray(value) ? value : [value as string | null];
  });
  return hashesOfValues(values, rules);
}

/** What the values of an ordinary scan must give. */
export async function hashesOfScan(source: Source, { field, ...rules }: HashedField): Promise<Hashes> {
  return hashesOfValues(await readMembers(await source.scan([field])), rules);
}

/** A member without a value has one, which is missing. */
function hashesOfValues(members: readonly (readonly (string | null)[])[], rules: Omit<HashedField, 'field'>): Hashes {
  const values = members.flatMap((member) => (member.length === 0 ? [null] : member));
  const { hashes, judged } = expectedHashes(values, rules);
  return { hashes, judged: { ...judged, further: values.length - members.length } };
}
