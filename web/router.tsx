/** Every page and its address. Pages are loaded when they are gone to; the state of lists is in the address. */
import {
  createRootRoute,
  createRoute,
  createRouter,
  lazyRouteComponent,
  Navigate,
  Outlet,
} from '@tanstack/react-router';
import { SignedIn } from './components/signed-in.tsx';
import { Failure, Loading, NotFound } from './components/states.tsx';
import { useValidityWords } from './lib/validity-words.ts';

type Search = Record<string, unknown>;

const text = (search: Search, key: string): string | undefined =>
  typeof search[key] === 'string' || typeof search[key] === 'number' ? String(search[key]) : undefined;

/** Keeps only what a page knows. */
const keep =
  <Name extends string>(...names: Name[]) =>
  (search: Search): { [name in Name]?: string } =>
    Object.fromEntries(names.map((name) => [name, text(search, name)])) as { [name in Name]?: string };

const root = createRootRoute({
  component: () => {
    useValidityWords();
    return <Outlet />;
  },
  notFoundComponent: NotFound,
});

const setup = createRoute({
  getParentRoute: () => root,
  path: '/setup',
  component: lazyRouteComponent(() => import('./pages/sign-in/setup.tsx'), 'SetupPage'),
});
const invitation = createRoute({
  getParentRoute: () => root,
  path: '/invitation',
  component: lazyRouteComponent(() => import('./pages/sign-in/invitation.tsx'), 'InvitationPage'),
});

const app = createRoute({ getParentRoute: () => root, id: 'app', component: SignedIn });

const jobs = createRoute({
  getParentRoute: () => app,
  path: '/',
  validateSearch: keep('condition', 'search', 'tag', 'sort', 'order', 'cursor'),
  component: lazyRouteComponent(() => import('./pages/jobs/list.tsx'), 'JobsPage'),
});
/** Where single sign-on comes back to when it failed; whoever is signed in has nothing to do here. */
const signIn = createRoute({
  getParentRoute: () => app,
  path: '/sign-in',
  component: () => <Navigate to="/" replace />,
});
const newJob = createRoute({
  getParentRoute: () => app,
  path: '/jobs/new',
  validateSearch: keep('provider', 'type', 'authorization', 'source', 'copy'),
  component: lazyRouteComponent(() => import('./pages/export/new.tsx'), 'NewExportPage'),
});
const job = createRoute({
  getParentRoute: () => app,
  path: '/jobs/$id',
  validateSearch: keep('cursor'),
  component: lazyRouteComponent(() => import('./pages/jobs/job.tsx'), 'JobPage'),
});
const editJob = createRoute({
  getParentRoute: () => app,
  path: '/jobs/$id/edit',
  component: lazyRouteComponent(() => import('./pages/export/edit.tsx'), 'EditExportPage'),
});
const run = createRoute({
  getParentRoute: () => app,
  path: '/runs/$id',
  component: lazyRouteComponent(() => import('./pages/runs/run.tsx'), 'RunPage'),
});
const audiences = createRoute({
  getParentRoute: () => app,
  path: '/audiences',
  validateSearch: keep('authorization', 'account', 'search', 'cursor'),
  component: lazyRouteComponent(() => import('./pages/audiences/list.tsx'), 'AudiencesPage'),
});
const authorizations = createRoute({
  getParentRoute: () => app,
  path: '/authorizations',
  component: lazyRouteComponent(() => import('./pages/authorizations/list.tsx'), 'AuthorizationsPage'),
});
const newAuthorization = createRoute({
  getParentRoute: () => app,
  path: '/authorizations/new',
  validateSearch: keep('provider', 'method', 'for', 'authorization'),
  component: lazyRouteComponent(() => import('./pages/authorizations/new.tsx'), 'NewAuthorizationPage'),
});
const authorization = createRoute({
  getParentRoute: () => app,
  path: '/authorizations/$id',
  component: lazyRouteComponent(
    () => import('./pages/authorizations/authorization.tsx'),
    'AuthorizationPage',
  ),
});
const users = createRoute({
  getParentRoute: () => app,
  path: '/users',
  component: lazyRouteComponent(() => import('./pages/admin/users.tsx'), 'UsersPage'),
});
const apiTokens = createRoute({
  getParentRoute: () => app,
  path: '/api-tokens',
  component: lazyRouteComponent(() => import('./pages/admin/api-tokens.tsx'), 'ApiTokensPage'),
});
const auditLog = createRoute({
  getParentRoute: () => app,
  path: '/audit-log',
  validateSearch: keep('cursor'),
  component: lazyRouteComponent(() => import('./pages/admin/audit-log.tsx'), 'AuditLogPage'),
});
const notifications = createRoute({
  getParentRoute: () => app,
  path: '/notifications',
  component: lazyRouteComponent(() => import('./pages/admin/notifications.tsx'), 'NotificationsPage'),
});
const settings = createRoute({
  getParentRoute: () => app,
  path: '/settings',
  component: lazyRouteComponent(() => import('./pages/admin/settings/settings.tsx'), 'SettingsPage'),
});
const account = createRoute({
  getParentRoute: () => app,
  path: '/account',
  component: lazyRouteComponent(() => import('./pages/admin/account.tsx'), 'AccountPage'),
});

export const router = createRouter({
  routeTree: root.addChildren([
    setup,
    invitation,
    app.addChildren([
      jobs,
      signIn,
      newJob,
      job,
      editJob,
      run,
      audiences,
      authorizations,
      newAuthorization,
      authorization,
      users,
      apiTokens,
      auditLog,
      notifications,
      settings,
      account,
    ]),
  ]),
  defaultPreload: 'intent',
  scrollRestoration: true,
  defaultPendingComponent: Loading,
  defaultErrorComponent: ({ error, reset }) => (
    <Failure error={error instanceof Error ? error : new Error(String(error))} onRetry={reset} />
  ),
});

declare module '@tanstack/react-router' {
  interface Register {
    router: typeof router;
  }
}
