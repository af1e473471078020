/**
 * Every page, its address and who may see it. A page is loaded when it is opened. The state of lists is in the address.
 */
import {
  createRootRoute,
  createRoute,
  createRouter,
  lazyRouteComponent,
  Navigate,
  Outlet,
  type RouteComponent,
  redirect,
} from '@tanstack/react-router';
import type { ReactNode } from 'react';
import type { Operation } from '../src/domain/people/people.ts';
import { meQuery } from './api/me.ts';
import { queryClient } from './api/query-client.ts';
import { SignedIn } from './components/signed-in.tsx';
import { Failure, Loading, NotFound } from './components/states.tsx';
import { isFirstLoad } from './lib/later.ts';
import { useValidityMessages } from './lib/validity-text.ts';

type Search = Record<string, unknown>;

const text = (search: Search, key: string): string | undefined =>
  typeof search[key] === 'string' || typeof search[key] === 'number' ? String(search[key]) : undefined;

/** Keeps only the search parameters that the page knows. */
const keep =
  <Name extends string>(...names: Name[]) =>
  (search: Search): { [name in Name]?: string } =>
    Object.fromEntries(names.map((name) => [name, text(search, name)])) as { [name in Name]?: string };

/** The filters and the order of the list of jobs. */
const inListOfJobs = ['condition', 'search', 'tag', 'sort', 'order'] as const;

/** A page for signed-in people. It is not loaded while the sign-in page is shown instead. */
function pageOf<Module extends Record<Name, () => ReactNode>, Name extends string>(
  load: () => Promise<Module>,
  name: Name,
): RouteComponent {
  const page = lazyRouteComponent(load, name);
  const preload = page.preload;
  page.preload = async () => {
    if (!isFirstLoad() || queryClient.getQueryData(meQuery.queryKey)) await preload?.();
  };
  return page;
}

const root = createRootRoute({
  staticData: { needs: null },
  component: () => {
    useValidityMessages();
    return <Outlet />;
  },
  notFoundComponent: NotFound,
});

const setup = createRoute({
  getParentRoute: () => root,
  path: '/setup',
  staticData: { needs: null },
  component: lazyRouteComponent(() => import('./pages/sign-in/setup.tsx'), 'SetupPage'),
});
const invitation = createRoute({
  getParentRoute: () => root,
  path: '/invitation',
  staticData: { needs: null },
  component: lazyRouteComponent(() => import('./pages/sign-in/invitation.tsx'), 'InvitationPage'),
});

const app = createRoute({
  getParentRoute: () => root,
  id: 'app',
  staticData: { needs: null },
  component: SignedIn,
});

const overview = createRoute({
  getParentRoute: () => app,
  path: '/',
  staticData: { needs: 'jobs.read' },
  validateSearch: keep('range', 'level', 'cursor'),
  // The list of jobs was here, and people keep addresses with its filters.
  beforeLoad: ({ location: { search } }) => {
    if (inListOfJobs.some((name) => name in search)) throw redirect({ to: '/jobs', search, replace: true });
  },
  component: pageOf(() => import('./pages/overview/overview.tsx'), 'OverviewPage'),
});
/** Its former address. Messages that were sent before have it. */
const healthReport = createRoute({
  getParentRoute: () => app,
  path: '/health-report',
  staticData: { needs: null },
  component: () => <Navigate to="/" replace />,
});
const jobs = createRoute({
  getParentRoute: () => app,
  path: '/jobs',
  staticData: { needs: 'jobs.read' },
  validateSearch: keep(...inListOfJobs, 'group', 'folded', 'cursor'),
  component: pageOf(() => import('./pages/jobs/list.tsx'), 'JobsPage'),
});
/** Single sign-on returns here after an error. Signed-in people go on to the first page. */
const signIn = createRoute({
  getParentRoute: () => app,
  path: '/sign-in',
  staticData: { needs: null },
  component: () => <Navigate to="/" replace />,
});
const newJob = createRoute({
  getParentRoute: () => app,
  path: '/jobs/new',
  staticData: { needs: 'jobs.write' },
  validateSearch: keep('provider', 'type', 'authorization', 'choose', 'source', 'copy'),
  component: pageOf(() => import('./pages/export/new.tsx'), 'NewExportPage'),
});
const job = createRoute({
  getParentRoute: () => app,
  path: '/jobs/$id',
  staticData: { needs: 'jobs.read' },
  validateSearch: keep('cursor', 'stopped', 'time'),
  component: pageOf(() => import('./pages/jobs/job.tsx'), 'JobPage'),
});
const editJob = createRoute({
  getParentRoute: () => app,
  path: '/jobs/$id/edit',
  staticData: { needs: 'jobs.write' },
  component: pageOf(() => import('./pages/export/edit.tsx'), 'EditExportPage'),
});
const runs = createRoute({
  getParentRoute: () => app,
  path: '/runs',
  staticData: { needs: 'runs.read' },
  validateSearch: keep('status', 'job', 'account', 'time', 'from', 'to', 'cursor'),
  component: pageOf(() => import('./pages/runs/list.tsx'), 'RunsPage'),
});
const run = createRoute({
  getParentRoute: () => app,
  path: '/runs/$id',
  staticData: { needs: 'runs.read' },
  validateSearch: keep('audience', 'log'),
  component: pageOf(() => import('./pages/runs/run.tsx'), 'RunPage'),
});
const audiences = createRoute({
  getParentRoute: () => app,
  path: '/audiences',
  staticData: { needs: 'custom_audiences.read' },
  validateSearch: keep('authorization', 'account', 'search', 'cursor'),
  component: pageOf(() => import('./pages/audiences/list.tsx'), 'AudiencesPage'),
});
const authorizations = createRoute({
  getParentRoute: () => app,
  path: '/authorizations',
  staticData: { needs: 'authorizations.read' },
  component: pageOf(() => import('./pages/authorizations/list.tsx'), 'AuthorizationsPage'),
});
const newAuthorization = createRoute({
  getParentRoute: () => app,
  path: '/authorizations/new',
  staticData: { needs: 'authorizations.write' },
  validateSearch: keep('provider', 'method', 'for', 'authorization', 'source'),
  component: pageOf(() => import('./pages/authorizations/new.tsx'), 'NewAuthorizationPage'),
});
const authorization = createRoute({
  getParentRoute: () => app,
  path: '/authorizations/$id',
  staticData: { needs: 'authorizations.read' },
  component: pageOf(() => import('./pages/authorizations/authorization.tsx'), 'AuthorizationPage'),
});
const suppressionLists = createRoute({
  getParentRoute: () => app,
  path: '/suppression-lists',
  staticData: { needs: 'suppression_lists.read' },
  component: pageOf(() => import('./pages/suppression-lists/list.tsx'), 'SuppressionListsPage'),
});
const newSuppressionList = createRoute({
  getParentRoute: () => app,
  path: '/suppression-lists/new',
  staticData: { needs: 'suppression_lists.write' },
  component: pageOf(() => import('./pages/suppression-lists/new.tsx'), 'NewSuppressionListPage'),
});
const suppressionList = createRoute({
  getParentRoute: () => app,
  path: '/suppression-lists/$id',
  staticData: { needs: 'suppression_lists.read' },
  component: pageOf(() => import('./pages/suppression-lists/suppression-list.tsx'), 'SuppressionListPage'),
});
const editSuppressionList = createRoute({
  getParentRoute: () => app,
  path: '/suppression-lists/$id/edit',
  staticData: { needs: 'suppression_lists.write' },
  component: pageOf(() => import('./pages/suppression-lists/edit.tsx'), 'EditSuppressionListPage'),
});
const users = createRoute({
  getParentRoute: () => app,
  path: '/users',
  staticData: { needs: 'users.read' },
  component: pageOf(() => import('./pages/admin/users.tsx'), 'UsersPage'),
});
const apiTokens = createRoute({
  getParentRoute: () => app,
  path: '/api-tokens',
  staticData: { needs: 'api_tokens.read' },
  component: pageOf(() => import('./pages/admin/api-tokens.tsx'), 'ApiTokensPage'),
});
const auditLog = createRoute({
  getParentRoute: () => app,
  path: '/audit-log',
  staticData: { needs: 'audit_log.read' },
  validateSearch: keep('who', 'what', 'subject', 'from', 'to', 'cursor'),
  component: pageOf(() => import('./pages/admin/audit-log.tsx'), 'AuditLogPage'),
});
const notifications = createRoute({
  getParentRoute: () => app,
  path: '/notifications',
  staticData: { needs: 'notifications.read' },
  component: pageOf(() => import('./pages/admin/notifications.tsx'), 'NotificationsPage'),
});
const settings = createRoute({
  getParentRoute: () => app,
  path: '/settings',
  staticData: { needs: 'settings.read' },
  component: pageOf(() => import('./pages/admin/settings/settings.tsx'), 'SettingsPage'),
});
const account = createRoute({
  getParentRoute: () => app,
  path: '/account',
  staticData: { needs: null },
  component: pageOf(() => import('./pages/admin/account.tsx'), 'AccountPage'),
});

export const router = createRouter({
  routeTree: root.addChildren([
    setup,
    invitation,
    app.addChildren([
      overview,
      healthReport,
      jobs,
      signIn,
      newJob,
      job,
      editJob,
      runs,
      run,
      audiences,
      authorizations,
      newAuthorization,
      authorization,
      suppressionLists,
      newSuppressionList,
      suppressionList,
      editSuppressionList,
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
  /**
   * The operation that the person must be allowed to perform; null for none. `Permitted` checks it before the page is
   * shown.
   */
  interface StaticDataRouteOption {
    readonly needs: Operation | null;
  }
  interface Register {
    router: typeof router;
  }
}
