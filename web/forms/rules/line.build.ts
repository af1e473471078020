/**
 * Forms of authorizations and of audiences at LINE. Runs when the web app is built. A change has the rules of the
 * creation.
 */
import { authorizationEndpoints } from '../../../src/endpoints/authorizations.ts';
import { customAudienceEndpoints } from '../../../src/endpoints/custom-audiences.ts';
import { rulesOf } from '../rules-of.ts';

export const newAuthorizationRules = rulesOf(authorizationEndpoints, 'POST /authorizations');
export const consentCodeRules = rulesOf(authorizationEndpoints, 'POST /authorizations/:id/consent/code');
/** What the browser itself checks of an ad account's id. */
export const adAccountPattern = newAuthorizationRules.adaccount_id?.pattern?.[0];
export const newLookalikeRules = rulesOf(customAudienceEndpoints, 'POST /custom-audiences/lookalikes');
