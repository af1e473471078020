/** The users. better-auth stores them, and administrators manage them here. */
import { LineupError } from '../../domain/errors/errors.ts';
import { type Role, role, type User } from '../../domain/people/people.ts';
import { wrongValue } from '../../domain/text/localized.ts';
import { sentence } from '../../domain/text/sentence.ts';
import { type BetterAuth, OIDC } from './better-auth.ts';

const MAX_USERS = 1_000;

type Record_ = NonNullable<Awaited<ReturnType<Awaited<BetterAuth['$context']>['internalAdapter']['findUserById']>>> & {
  role?: unknown;
  banned?: unknown;
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

export class People {
  readonly #auth: BetterAuth;
  readonly #singleSignOn: boolean;

  /** @param singleSignOn whether a single sign-on provider is configured */
  constructor(auth: BetterAuth, singleSignOn: boolean) {
    this.#auth = auth;
    this.#singleSignOn = singleSignOn;
  }

  /** The oldest first. */
  async list(): Promise<User[]> {
    const rows = await (await this.#store()).listUsers(MAX_USERS, 0, {
      field: 'createdAt',
      direction: 'asc',
    });
    return rows.flatMap((row) => userOf(row) ?? []);
  }

  /** @throws {LineupError} `not_found` */
  async get(id: string): Promise<User> {
    const row = await (await this.#store()).findUserById(id);
    const user = row && userOf(row);
    if (!user) throw new LineupError('not_found', sentence`There is no user ${id}.`);
    return user;
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
  async add(person: { name: string; email: string; role: Role }): Promise<User> {
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
  async addFirstAdministrator(person: { name: string; email: string; password: string }): Promise<User> {
    const store = await this.#store();
    const left = await store.findUserByEmail(person.email.toLowerCase());
    if (left) await store.deleteUser(left.user.id);
    const { id } = await this.add({ name: person.name, email: person.email, role: 'viewer' });
    await this.setPassword(id, person.password);
    return this.change(id, { role: 'administrator' });
  }

  /**
   * Disabling a user ends the sessions of that user.
   * @throws {LineupError} `not_found`; `action_not_allowed` when no administrator would be left who can sign in
   */
  async change(id: string, change: { name?: string; role?: Role; disabled?: boolean }): Promise<User> {
    const before = await this.get(id);
    const managed = await this.#manages(before);
    const store = await this.#store();
    const write = ({ disabled, ...plain }: typeof change) =>
      store.updateUser(id, { ...plain, ...(disabled !== undefined && { banned: disabled }) });
    await write(change);
    // Checked afterwards: when two administrators remove each other's role at once, neither can see it before.
    if (managed && !(await this.#somebodyManages())) {
      await write({ role: before.role, disabled: before.disabled });
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
    return accounts.some(({ providerId, password }) => (providerId === OIDC ? this.#singleSignOn : Boolean(password)));
  }

  async #store() {
    return (await this.#auth.$context).internalAdapter;
  }
}
