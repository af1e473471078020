/**
 * Forms of people, tokens and passwords. Runs when the web app is built. An invitation has the password of the setup.
 */
import { apiTokenEndpoints, userEndpoints } from '../../../src/endpoints/people.ts';
import { meEndpoints, signInEndpoints } from '../../../src/endpoints/sign-in.ts';
import { rulesOf } from '../rules-of.ts';

export const newUserRules = rulesOf(userEndpoints, 'POST /users');
export const newApiTokenRules = rulesOf(apiTokenEndpoints, 'POST /api-tokens');
export const passwordChangeRules = rulesOf(meEndpoints, 'POST /me/password');
export const setupRules = rulesOf(signInEndpoints, 'POST /setup');
export const signInRules = rulesOf(signInEndpoints, 'POST /session');
