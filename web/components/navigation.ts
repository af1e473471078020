/** The pages of the navigation, for its links and for the command palette. */
import type { ReactNode } from 'react';
import type { Operation } from '../../src/domain/people/people.ts';
import type { Key } from '../i18n/messages.ts';
import {
  AudienceIcon,
  BellIcon,
  JobsIcon,
  KeyIcon,
  LogIcon,
  OverviewIcon,
  PeopleIcon,
  RunsIcon,
  SettingsIcon,
  SuppressionIcon,
  TokenIcon,
} from './icons.tsx';

export interface Entry {
  readonly to:
    | '/'
    | '/jobs'
    | '/runs'
    | '/audiences'
    | '/authorizations'
    | '/suppression-lists'
    | '/users'
    | '/api-tokens'
    | '/audit-log'
    | '/notifications'
    | '/settings';
  readonly label: Key;
  readonly needs: Operation;
  readonly icon: (props: { size?: number }) => ReactNode;
}

export const work: readonly Entry[] = [
  { to: '/', label: 'nav.overview', needs: 'jobs.read', icon: OverviewIcon },
  { to: '/jobs', label: 'nav.jobs', needs: 'jobs.read', icon: JobsIcon },
  { to: '/runs', label: 'nav.runs', needs: 'runs.read', icon: RunsIcon },
  { to: '/audiences', label: 'nav.audiences', needs: 'custom_audiences.read', icon: AudienceIcon },
  { to: '/authorizations', label: 'nav.authorizations', needs: 'authorizations.read', icon: KeyIcon },
  {
    to: '/suppression-lists',
    label: 'nav.suppressionLists',
    needs: 'suppression_lists.read',
    icon: SuppressionIcon,
  },
];

export const administration: readonly Entry[] = [
  { to: '/users', label: 'nav.users', needs: 'users.read', icon: PeopleIcon },
  { to: '/api-tokens', label: 'nav.apiTokens', needs: 'api_tokens.read', icon: TokenIcon },
  { to: '/audit-log', label: 'nav.auditLog', needs: 'audit_log.read', icon: LogIcon },
  { to: '/notifications', label: 'nav.notifications', needs: 'notifications.read', icon: BellIcon },
  { to: '/settings', label: 'nav.settings', needs: 'settings.read', icon: SettingsIcon },
];
