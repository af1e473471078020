/** The use cases that a test of the server gives, and nothing else: any other call is an error. All are recorded. */
import type { NewAuditEntry } from '../../src/contracts/audit.ts';
import type { UseCases } from '../../src/contracts/use-cases.ts';
import type { Actor, Role } from '../../src/domain/people/people.ts';
import type { Secret } from '../../src/domain/values/secret.ts';

/** API tokens by role, as a client would send them. */
export const tokens: Record<Role, string> = {
  administrator: 'lineup_administrator',
  editor: 'lineup_editor',
  viewer: 'lineup_viewer',
};

export type Given = { [Noun in keyof UseCases]: Partial<UseCases[Noun]> };
type Method = (...values: unknown[]) => unknown;

/** Every request, or every page, needs them. They are not recorded. */
const ofEveryRequest = {
  status: { outdated: () => undefined },
  authorizations: { destinations: async () => [] },
  apiTokens: {
    authenticate: async (token: Secret) => {
      const role = (Object.keys(tokens) as Role[]).find((name) => tokens[name] === token.reveal());
      return role && { id: `tok_${role}`, person: `usr_${role}`, name: `The ${role}’s token`, role };
    },
  },
};

/** The calls so far, in their order: of a method such as `jobs.list`. */
export type Calls = { readonly operation: string; readonly values: readonly unknown[] }[];

/** @param given a test may change it later */
export function useCases(given: Partial<Given>): UseCases & { readonly calls: Calls } {
  const calls: Calls = [];
  const noun = (name: string) => ({
    get: (_: object, method: string) => {
      const own = (given as Record<string, Record<string, unknown>>)[name]?.[method];
      const found = own ?? (ofEveryRequest as Record<string, Record<string, Method>>)[name]?.[method];
      if (found === undefined) throw new Error(`The test gives no ${name}.${method}.`);
      if (typeof found !== 'function' || own === undefined) return found;
      return (...values: unknown[]) => {
        calls.push({ operation: `${name}.${method}`, values });
        return (own as Method)(...values);
      };
    },
  });
  return new Proxy({} as UseCases & { calls: Calls }, {
    get: (_, name: string) => (name === 'calls' ? calls : new Proxy({}, noun(name))),
  });
}

/** What the server has written to the audit log, with the actors. */
export const audited = ({ calls }: { readonly calls: Calls }): (NewAuditEntry & { actor: Actor })[] =>
  calls.flatMap(({ operation, values: [actor, entry] }) =>
    operation === 'auditLog.record' ? [{ ...(entry as NewAuditEntry), actor: actor as Actor }] : [],
  );
