/** Sign-in, set-up and invitations. */
import { mutationOptions, type QueryClient, queryOptions } from '@tanstack/react-query';
import { type BodyOf, call } from './client.ts';

const LINK = 'link';

export const signInQuery = queryOptions({
  queryKey: ['sign-in'],
  queryFn: ({ signal }) => call('GET /sign-in', { signal }),
});

export type LinkKind = 'setup' | 'invitation';

/** The endpoint that checks each kind of link. */
const checks = { setup: 'POST /setup/check', invitation: 'POST /invitations/check' } as const;

/** Whether a one-time link is valid; null when there is no link to check. */
export const linkQuery = (kind: LinkKind, token: string | null) =>
  queryOptions({
    queryKey: [LINK, kind, token],
    queryFn: async ({ signal }) => {
      await call(checks[kind], { body: { token: token ?? '' }, signal });
      return true;
    },
    // Fetched once: the link is invalid after it has been used.
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: 0,
    enabled: token !== null,
  });

/** Fetches everything again for the person who is signed in now, except the state of the used link. */
const begin = (queries: QueryClient): Promise<void> =>
  queries.resetQueries({ predicate: ({ queryKey }) => queryKey[0] !== LINK });

/** Creates the first administrator, and signs in. */
export const setUp = mutationOptions({
  mutationFn: async (body: BodyOf<'POST /setup'>) => {
    await call('POST /setup', { body });
    const { email, password } = body;
    await call('POST /session', { body: { email, password } });
  },
  onSuccess: (_, __, ___, { client }) => begin(client),
});

/** Sets the password of an invited user, and signs in. */
export const acceptInvitation = mutationOptions({
  mutationFn: async (body: BodyOf<'POST /invitations/accept'>) => {
    const { email } = await call('POST /invitations/accept', { body });
    await call('POST /session', { body: { email, password: body.password } });
  },
  onSuccess: (_, __, ___, { client }) => begin(client),
});

export const signIn = mutationOptions({
  mutationFn: (body: BodyOf<'POST /session'>) => call('POST /session', { body }),
  onSuccess: (_, __, ___, { client }) => client.resetQueries(),
});

export const beginSingleSignOn = mutationOptions({
  mutationFn: (return_to: string) => call('POST /session/single-sign-on', { body: { return_to } }),
});
