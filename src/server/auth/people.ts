/** The users. better-auth stores them, and administrators manage them here. */

import { OIDC, type OidcConfig } from '../../contracts/single-sign-on.ts';
import { LineupError } from '../../domain/errors/errors.ts';
import {
  type Actor,
  disabledBecause,
  type ListedUser,
  type Role,
  role,
  system,
  type User,
} from '../../domain/people/people.ts';
import { wrongValue } from '../../domain/text/localized.ts';
import { sentence } from '../../domain/text/sentence.ts';
import type { BetterAuth } from './better-auth.ts';

const MAX_USERS = 1_000;

type Record_ = NonNullable<Awaited<ReturnType<Awaited<BetterAuth['$context']>['internalAdapter']['findUserById']>>> & {
  role?: unknown;
  banned?: unknown;
  disabledAt?: unknown;
  disabledBy?: unknown;
  disabledBecause?: unknown;
};

/** A row as the API returns it; undefined for a user without one of our roles, who may do nothing. */
export function userOf(row: Record_): User | undefined {
  const held = role.safeParse(row.role);
  if (!held.success) return undefined;
  return {
    id: row.id,
    name: row.name,
    email: row.email,
    role: held.data,
    disabled: row.banned === true,
    created_at: row.createdAt.toISOString(),
  };
}

/** The columns of somebody whom a person disables, or lets in again. */
const disabling = (disabled: boolean, by: Actor) => ({
  banned: disabled,
  disabledAt: disabled ? new Date() : null,
  disabledBy: disabled ? by.name : null,
  disabledBecause: disabled ? disabledBecause.enum.administrator : null,
});

export class People {
  readonly #auth: BetterAuth;
  readonly #oidc: OidcConfig | undefined;

  /** @param oidc the provider of single sign-on, if there is one */
  constructor(auth: BetterAuth, oidc: OidcConfig | undefined) {
    this.#auth = auth;
    this.#oidc = oidc;
  }

  /** The oldest first. */
  async list(): Promise<ListedUser[]> {
    const rows = await (await this.#store()).listUsers(MAX_USERS, 0, {
      field: 'createdAt',
      direction: 'asc',
    });
    const { adapter } = await this.#auth.$context;
    const accounts = await adapter.findMany<{ userId: string }>({
      model: 'account',
      where: [{ field: 'providerId', value: OIDC }],
      limit: MAX_USERS,
    });
    const linked = new Set(accounts.map(({ userId }) => userId));
    return rows.flatMap((row) => this.#listed(row, linked.has(row.id)) ?? []);
  }

  /** @throws {LineupError} `not_found` */
  async get(id: string): Promise<ListedUser> {
    const store = await this.#store();
    const row = await store.findUserById(id);
    const accounts = row ? await store.findAccounts(id) : [];
    const user =
      row &&
      this.#listed(
        row,
        accounts.some(({ providerId }) => providerId === OIDC),
      );
    if (!user) throw new LineupError('not_found', sentence`There is no user ${id}.`);
    return user;
  }

  #listed(row: Record_, isLinked: boolean): ListedUser | undefined {
    const known = userOf(row);
    const { disabledAt: at, disabledBy: by } = row;
    return (
      known && {
        ...known,
        single_sign_on: isLinked,
        role_from: isLinked && this.#oidc?.roles ? 'groups' : 'lineup',
        disabled_at: known.disabled && at instanceof Date ? at.toISOString() : null,
        disabled_by: known.disabled && typeof by === 'string' ? by : null,
        disabled_because: known.disabled
          ? disabledBecause
              .nullable()
              .catch(null)
              .parse(row.disabledBecause ?? null)
          : null,
      }
    );
  }

  /** The user with this e-mail address, in any case; undefined when there is none. */
  async find(email: string): Promise<User | undefined> {
    const found = await (await this.#store()).findUserByEmail(email.toLowerCase());
    return found ? userOf(found.user) : undefined;
  }

  /** Whether there is an administrator. Until then the setup link works. */
  async hasAdministrator(): Promise<boolean> {
    const count = await (await this.#store()).countTotalUsers([{ field: 'role', value: 'administrator' }]);
    return count > 0;
  }

  /** A user without a password yet. @throws {LineupError} `invalid_argument` for a taken address */
  async add(person: { name: string; email: string; role: Role }): Promise<ListedUser> {
    const store = await this.#store();
    const email = person.email.toLowerCase();
    if (await store.findUserByEmail(email)) {
      throw wrongValue('email', sentence`Another user already has this e-mail address.`);
    }
    const created = await store.createUser(
      // The administrator vouches for the address, so single sign-on may link to the user.
      { name: person.name, email, role: person.role, emailVerified: true },
      { method: 'admin' },
    );
    return this.get(created.id);
  }

  /**
   * Adds the first administrator, with a password. The role is written last: after a crash there is no administrator,
   * and the next attempt with that address starts again.
   */
  async addFirstAdministrator(person: { name: string; email: string; password: string }): Promise<ListedUser> {
    const store = await this.#store();
    const left = await store.findUserByEmail(person.email.toLowerCase());
    if (left) await store.deleteUser(left.user.id);
    const { id } = await this.add({ name: person.name, email: person.email, role: 'viewer' });
    await this.setPassword(id, person.password);
    return this.change(id, { role: 'administrator' });
  }

  /**
   * Disabling a user ends the sessions of that user.
   * @param by who disables
   * @throws {LineupError} `not_found`; `action_not_allowed` when no administrator would be left who can sign in, or
   *   when groups give the role
   */
  async change(
    id: string,
    change: { name?: string; role?: Role; disabled?: boolean },
    by: Actor = system,
  ): Promise<ListedUser> {
    const before = await this.get(id);
    if (change.role !== undefined && change.role !== before.role && before.role_from === 'groups') {
      throw new LineupError(
        'action_not_allowed',
        sentence`The groups of the single sign-on provider give this user the role. Change the groups there.`,
      );
    }
    const managed = await this.#manages(before);
    const store = await this.#store();
    const write = ({ disabled, ...plain }: typeof change) =>
      store.updateUser(id, {
        ...plain,
        ...(disabled !== undefined && disabled !== before.disabled && disabling(disabled, by)),
      });
    await write(change);
    // Checked afterwards: when two administrators remove each other's role at once, neither can see it before.
    if (managed && !(await this.#somebodyManages())) {
      await store.updateUser(id, { role: before.role, ...disabling(before.disabled, by) });
      throw new LineupError(
        'action_not_allowed',
        sentence`This is the last administrator who can sign in. First make another user with a password an administrator.`,
      );
    }
    if (change.disabled) await store.deleteUserSessions(id);
    return this.get(id);
  }

  /** Ends all sessions of that user. */
  async setPassword(id: string, password: string): Promise<void> {
    const { internalAdapter: store, password: passwords } = await this.#auth.$context;
    const hashed = await passwords.hash(password);
    if (await store.findCredentialAccount(id)) await store.updatePassword(id, hashed);
    else await store.linkAccount({ providerId: 'credential', accountId: id, userId: id, password: hashed });
    await store.deleteUserSessions(id);
  }

  async #somebodyManages(): Promise<boolean> {
    for (const user of await this.list()) if (await this.#manages(user)) return true;
    return false;
  }

  /**
   * Whether the user is an administrator who can sign in: with a password, or by single sign-on that was used before.
   */
  async #manages({ id, role: held, disabled }: User): Promise<boolean> {
    if (held !== 'administrator' || disabled) return false;
    const accounts = await (await this.#store()).findAccounts(id);
    return accounts.some(({ providerId, password }) =>
      providerId === OIDC ? this.#oidc !== undefined : Boolean(password),
    );
  }

  async #store() {
    return (await this.#auth.$context).internalAdapter;
  }
}
