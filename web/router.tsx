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
import { jobRowsQuery } from './api/jobs.ts';
import { overviewQuery } from './api/overview.ts';
import { queryClient } from './api/query-client.ts';
import { SignedIn } from './components/signed-in.tsx';
import { Failure, Loading, NotFound } from './components/states.tsx';
import { daysIn } from './lib/chart-days.ts';
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

/** What of an address its first data depends on. */
interface FirstSearch {
  readonly time?: string;
}

/**
 * A page for signed-in people, loaded when it is opened.
 * @param data asks for what it shows first, with the search parameters of its address
 */
function page<Module extends Record<Name, () => ReactNode>, Name extends string>(
  needs: Operation | null,
  load: () => Promise<Module>,
  name: Name,
  data?: (search: FirstSearch) => Promise<void>,
) {
  const component: RouteComponent = lazyRouteComponent(load, name);
  const preload = component.preload;
  // The first page does not wait here: the frame is shown before it, or the sign-in page instead of it.
  component.preload = async () => {
    if (router.state.resolvedLocation) await preload?.();
  };
  const fetch = async (search: FirstSearch) => {
    void data?.(search);
    await preload?.();
  };
  return { component, staticData: { needs, fetch } };
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
  validateSearch: keep('time', 'level', 'cursor'),
  // The list of jobs was here, and people keep addresses with its filters.
  beforeLoad: ({ location: { search } }) => {
    if (inListOfJobs.some((name) => name in search)) throw redirect({ to: '/jobs', search, replace: true });
  },
  ...page(
    'jobs.read',
    () => import('./pages/overview/overview.tsx'),
    'OverviewPage',
    ({ time }) => queryClient.prefetchQuery(overviewQuery(daysIn(time))),
  ),
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
  validateSearch: keep(...inListOfJobs, 'group', 'folded', 'cursor'),
  ...page(
    'jobs.read',
    () => import('./pages/jobs/list.tsx'),
    'JobsPage',
    () => queryClient.prefetchQuery(jobRowsQuery),
  ),
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
  validateSearch: keep('provider', 'type', 'authorization', 'choose', 'source', 'copy', 'move'),
  ...page('jobs.write', () => import('./pages/export/new.tsx'), 'NewExportPage'),
});
const job = createRoute({
  getParentRoute: () => app,
  path: '/jobs/$id',
  validateSearch: keep('cursor', 'stopped', 'time'),
  ...page('jobs.read', () => import('./pages/jobs/job.tsx'), 'JobPage'),
});
const editJob = createRoute({
  getParentRoute: () => app,
  path: '/jobs/$id/edit',
  ...page('jobs.write', () => import('./pages/export/edit.tsx'), 'EditExportPage'),
});
const runs = createRoute({
  getParentRoute: () => app,
  path: '/runs',
  validateSearch: keep('status', 'job', 'account', 'time', 'from', 'to', 'cursor'),
  ...page('runs.read', () => import('./pages/runs/list.tsx'), 'RunsPage'),
});
const run = createRoute({
  getParentRoute: () => app,
  path: '/runs/$id',
  validateSearch: keep('audience', 'log'),
  ...page('runs.read', () => import('./pages/runs/run.tsx'), 'RunPage'),
});
const audiences = createRoute({
  getParentRoute: () => app,
  path: '/audiences',
  validateSearch: keep('authorization', 'account', 'search', 'cursor'),
  ...page('custom_audiences.read', () => import('./pages/audiences/list.tsx'), 'AudiencesPage'),
});
const authorizations = createRoute({
  getParentRoute: () => app,
  path: '/authorizations',
  validateSearch: keep('connect'),
  ...page('authorizations.read', () => import('./pages/authorizations/list.tsx'), 'AuthorizationsPage'),
});
const newAuthorization = createRoute({
  getParentRoute: () => app,
  path: '/authorizations/new',
  validateSearch: keep('provider', 'method', 'for', 'authorization', 'source'),
  ...page('authorizations.write', () => import('./pages/authorizations/new.tsx'), 'NewAuthorizationPage'),
});
const authorization = createRoute({
  getParentRoute: () => app,
  path: '/authorizations/$id',
  validateSearch: keep('connect'),
  ...page('authorizations.read', () => import('./pages/authorizations/authorization.tsx'), 'AuthorizationPage'),
});
const suppressionLists = createRoute({
  getParentRoute: () => app,
  path: '/suppression-lists',
  ...page('suppression_lists.read', () => import('./pages/suppression-lists/list.tsx'), 'SuppressionListsPage'),
});
const newSuppressionList = createRoute({
  getParentRoute: () => app,
  path: '/suppression-lists/new',
  ...page('suppression_lists.write', () => import('./pages/suppression-lists/new.tsx'), 'NewSuppressionListPage'),
});
const suppressionList = createRoute({
  getParentRoute: () => app,
  path: '/suppression-lists/$id',
  ...page(
    'suppression_lists.read',
    () => import('./pages/suppression-lists/suppression-list.tsx'),
    'SuppressionListPage',
  ),
});
const editSuppressionList = createRoute({
  getParentRoute: () => app,
  path: '/suppression-lists/$id/edit',
  ...page('suppression_lists.write', () => import('./pages/suppression-lists/edit.tsx'), 'EditSuppressionListPage'),
});
const users = createRoute({
  getParentRoute: () => app,
  path: '/users',
  ...page('users.read', () => import('./pages/admin/users.tsx'), 'UsersPage'),
});
const apiTokens = createRoute({
  getParentRoute: () => app,
  path: '/api-tokens',
  ...page('api_tokens.read', () => import('./pages/admin/api-tokens.tsx'), 'ApiTokensPage'),
});
const auditLog = createRoute({
  getParentRoute: () => app,
  path: '/audit-log',
  validateSearch: keep('who', 'what', 'subject', 'from', 'to', 'cursor'),
  ...page('audit_log.read', () => import('./pages/admin/audit-log.tsx'), 'AuditLogPage'),
});
const notifications = createRoute({
  getParentRoute: () => app,
  path: '/notifications',
  ...page('notifications.read', () => import('./pages/admin/notifications.tsx'), 'NotificationsPage'),
});
const settings = createRoute({
  getParentRoute: () => app,
  path: '/settings',
  ...page('settings.read', () => import('./pages/admin/settings/settings.tsx'), 'SettingsPage'),
});
const account = createRoute({
  getParentRoute: () => app,
  path: '/account',
  ...page(null, () => import('./pages/admin/account.tsx'), 'AccountPage'),
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
    /** Asks for the code and for the data of the page at the same time. */
    readonly fetch?: (search: FirstSearch) => Promise<void>;
  }
  interface Register {
    router: typeof router;
  }
}
