/** The type of all endpoints of the HTTP API, for a client that calls any of them. */
import type { auditLogEndpoints, notificationChannelEndpoints, settingEndpoints } from './administration.ts';
import type { authorizationEndpoints, providerEndpoints } from './authorizations.ts';
import type { customAudienceEndpoints } from './custom-audiences.ts';
import type { configurationEndpoints, healthReportEndpoints, jobEndpoints } from './jobs.ts';
import type { apiTokenEndpoints, userEndpoints } from './people.ts';
import type { runEndpoints } from './runs.ts';
import type { meEndpoints, signInEndpoints } from './sign-in.ts';
import type { singleSignOnEndpoints } from './single-sign-on.ts';
import type { sourceEndpoints, uploadEndpoints } from './sources.ts';
import type { erasureEndpoints, suppressionListEndpoints } from './suppression-lists.ts';
import type { webhookEndpoints } from './webhooks.ts';

export type Endpoints = typeof jobEndpoints &
  typeof webhookEndpoints &
  typeof configurationEndpoints &
  typeof runEndpoints &
  typeof healthReportEndpoints &
  typeof authorizationEndpoints &
  typeof customAudienceEndpoints &
  typeof sourceEndpoints &
  typeof uploadEndpoints &
  typeof suppressionListEndpoints &
  typeof erasureEndpoints &
  typeof settingEndpoints &
  typeof notificationChannelEndpoints &
  typeof userEndpoints &
  typeof apiTokenEndpoints &
  typeof auditLogEndpoints &
  typeof meEndpoints &
  typeof providerEndpoints &
  typeof signInEndpoints &
  typeof singleSignOnEndpoints;
