/**
 * Forms of the settings and of notification channels. Runs when the web app is built. A change has the rules of the
 * creation.
 */
import { notificationChannelEndpoints, settingEndpoints } from '../../../src/endpoints/administration.ts';
import { rulesOf } from '../rules-of.ts';

export const newChannelRules = rulesOf(notificationChannelEndpoints, 'POST /notification-channels');
export const alertsRules = rulesOf(settingEndpoints, 'PUT /settings/alerts');
export const appearanceRules = rulesOf(settingEndpoints, 'PUT /settings/appearance');
export const filesRules = rulesOf(settingEndpoints, 'PUT /settings/files');
export const mailRules = rulesOf(settingEndpoints, 'PUT /settings/mail');
export const networkRules = rulesOf(settingEndpoints, 'PUT /settings/network');
export const retentionRules = rulesOf(settingEndpoints, 'PUT /settings/retention');
