/** The form of suppression lists. Runs when the web app is built. A change has the rules of the creation. */
import { suppressionListEndpoints } from '../../../src/endpoints/suppression-lists.ts';
import { rulesOf } from '../rules-of.ts';

export const newSuppressionListRules = rulesOf(suppressionListEndpoints, 'POST /suppression-lists');
