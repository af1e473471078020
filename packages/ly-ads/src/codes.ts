/** What LY's codes mean. Source: the table of errors of the Display Ads API, and what each service adds. */

/**
 * What to do about a code of LY, in one or two sentences.
 *
 * @example
 * import { codeAdvice } from '@lineup/ly-ads';
 *
 * console.log(codeAdvice['D0001']); // An audience list with this name already exists.
 */
export const codeAdvice: Readonly<Record<string, string>> = {
  '0001': 'The request has a value that LY does not take.',
  '0002': 'LY has an internal error. Try again later.',
  '0003': 'There were too many requests in a second. Wait 30 seconds.',
  '0004': 'LY does not know this address. Check the base URL.',
  '0005': 'LY cannot read the request. Check the base URL.',
  '0098': 'The Business ID has no right to change this account. Ask for the right to edit it, or connect another one.',
  '0099': 'LY is under maintenance. Try again later.',
  '0110': 'The request had no access token. Connect again.',
  '0111': 'LY does not accept the access token. Connect again.',
  '0112': 'LY finds no such account. Check the base account and the ad account.',
  '0113': 'The account is deactivated. Choose another one.',
  '0114': 'The access token is not valid, or not for this API. Connect again.',
  '0200': 'LY takes no uploads for test accounts. Choose another account.',
  '110005': 'LY knows no audience list with this ID in the account.',
  '120020': 'LY cannot set this value. The audience list may have a stopped data connection.',
  '210001':
    'LY does not allow changes of this audience list. Its data connection may have stopped: use it in an ad again, or make a new list.',
  '210002': 'Something else depends on the audience list, so LY does not change it.',
  '210003':
    'LY does not allow customer data in this account. Accept the terms for it in the ad manager of LY, or ask LY.',
  '211005': 'An ad group still uses the shared audience list. Take it out there first.',
  '211006': 'A shared audience list cannot be the base of a similarity list.',
  '211007': 'A list that is not shared cannot be in a shared combination list.',
  '211008': 'An ad group still uses the audience list. Take it out there first.',
  '211009': 'The shared list and the combination list have different owners.',
  '211011': 'A list of ad actions breaks LY’s standards for advertising data.',
  '211023': 'A tracking tag that is set cannot be changed.',
  D0001: 'An audience list with this name already exists.',
  F0001: 'A value has the wrong form.',
  I0001: 'What the request names is no longer active.',
  L0001: 'A list in the request is too short.',
  L0002: 'A list in the request is too long.',
  LT001: 'The account has as many audience lists as LY allows. Remove one that no ad uses.',
  R0001: 'A value that LY requires is missing.',
  RL001: 'Two values of the request do not fit each other.',
  V0001: 'LY does not take one of the values. Check the name and the days.',
};
