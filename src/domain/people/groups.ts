/** Groups of a single sign-on provider, and the roles that they give. Pure. */
import { type Role, role } from './people.ts';

/** The groups of each role. `*` stands for everybody whom the provider lets in. */
export type RoleMapping = Readonly<Partial<Record<Role, readonly string[]>>>;

export const EVERYBODY = '*';

/** More groups than any person has. A longer list is a mistake, or an attack. */
export const MAX_GROUPS = 10_000;

export type GroupsOfPerson =
  | { readonly groups: ReadonlySet<string>; readonly problem?: undefined }
  /** `left_out`: the provider names another place to ask · `unreadable`: neither a text nor a list, or too long. */
  | { readonly groups?: undefined; readonly problem: 'left_out' | 'unreadable' };

/**
 * The groups in the claims about a person. Nobody has a claim that the provider left out because the person is in no
 * group, so a missing one means none.
 * @param claim a name, or names joined with dots, such as `realm_access.roles`
 */
export function groupsIn(claims: Readonly<Record<string, unknown>>, claim: string): GroupsOfPerson {
  const value = claimAt(claims, claim);
  if (value === undefined || value === null) {
    return isLeftOut(claims, claim) ? { problem: 'left_out' } : { groups: new Set() };
  }
  const list = typeof value === 'string' ? [value] : value;
  if (!Array.isArray(list) || list.length > MAX_GROUPS) return { problem: 'unreadable' };
  return { groups: new Set(list.filter((group) => typeof group === 'string')) };
}

/**
 * The value of a claim. A name may have dots of its own, as `https://example.com/groups` has, so the longest name that
 * is there counts.
 */
export function claimAt(claims: Readonly<Record<string, unknown>>, path: string): unknown {
  if (Object.hasOwn(claims, path)) return claims[path];
  for (let dot = path.lastIndexOf('.'); dot > 0; dot = path.lastIndexOf('.', dot - 1)) {
    const inner = Object.hasOwn(claims, path.slice(0, dot)) ? claims[path.slice(0, dot)] : undefined;
    if (typeof inner !== 'object' || inner === null) continue;
    const found = claimAt(inner as Readonly<Record<string, unknown>>, path.slice(dot + 1));
    if (found !== undefined) return found;
  }
  return undefined;
}

/**
 * Whether the provider has more groups than fit into a token. It then names a place to ask (`_claim_names`), as Entra
 * ID does from 200 groups on.
 */
function isLeftOut(claims: Readonly<Record<string, unknown>>, claim: string): boolean {
  const elsewhere = claims._claim_names;
  if (typeof elsewhere === 'object' && elsewhere !== null && Object.hasOwn(elsewhere, claim)) return true;
  return claims.hasgroups === true || claims.hasgroups === 'true';
}

/** The highest role that these groups give, and the group that gives it; undefined when no group is mapped. */
export function roleOfGroups(
  mapping: RoleMapping,
  groups: ReadonlySet<string>,
): { readonly role: Role; readonly group: string } | undefined {
  // From the highest to the lowest.
  for (const held of role.options) {
    const group = mapping[held]?.find((name) => name === EVERYBODY || groups.has(name));
    if (group !== undefined) return { role: held, group };
  }
  return undefined;
}
