/** Compares the rules of the forms with their schemas. */
import { describe, expect, test } from 'vitest';
import type { z } from 'zod';
import { newAuthorization } from '../../src/contracts/authorizations.ts';
import { newChannel } from '../../src/contracts/notifications.ts';
import { settingSections } from '../../src/contracts/settings.ts';
import { newUser } from '../../src/domain/people/people.ts';
import { issueSentence } from '../../src/domain/text/localized.ts';
import { inEnglish } from '../../src/domain/text/sentence.ts';
import { signInEndpoints } from '../../src/endpoints/sign-in.ts';
import { attributesOf, findProblems, type Rules } from '../../web/forms/rule.ts';
import { filesRules, networkRules, newChannelRules, retentionRules } from '../../web/forms/rules/installation.build.ts';
import { newAuthorizationRules } from '../../web/forms/rules/line.build.ts';
import { newUserRules, setupRules } from '../../web/forms/rules/people.build.ts';

const user = { name: 'Hanako', email: 'hanako@example.com', role: 'editor' };
const setup = { token: 't', name: 'Hanako', email: 'hanako@example.com', password: 'long enough, it is' };
const authorization = {
  provider: 'line_ads',
  method: 'line_ads_api_key',
  label: 'LINE',
  description: '',
  configuration: { access_key: 'a', secret_key: 's' },
};
const channel = {
  kind: 'email',
  label: 'Mail',
  events: ['job_failed'],
  configuration: { host: 'mail.example.com', port: 25, from: 'a@example.com', to: ['b@example.com'] },
};

/** The first message of the server for each wrong value. */
function refusals(schema: z.ZodType, body: unknown): Record<string, string> {
  const found: Record<string, string> = {};
  for (const issue of schema.safeParse(body).error?.issues ?? []) {
    found[issue.path.join('.')] ??= inEnglish(issueSentence(issue));
  }
  return found;
}

describe('a form refuses what the server refuses, with the same sentence:', () => {
  test.each<[string, z.ZodType, Rules, unknown]>([
    ['a user', newUser, newUserRules, user],
    ['a user without a name', newUser, newUserRules, { ...user, name: '  ' }],
    ['a name that is too long', newUser, newUserRules, { ...user, name: 'x'.repeat(121) }],
    ['no address', newUser, newUserRules, { ...user, email: '' }],
    ['an address without a domain', newUser, newUserRules, { ...user, email: 'hanako@' }],
    ['a setup', signInEndpoints['POST /setup'].body, setupRules, setup],
    ['a short password', signInEndpoints['POST /setup'].body, setupRules, { ...setup, password: 'short' }],
    ['a long password', signInEndpoints['POST /setup'].body, setupRules, { ...setup, password: 'x'.repeat(201) }],
    ['an authorization', newAuthorization, newAuthorizationRules, authorization],
    [
      'a wrong ad account and no label',
      newAuthorization,
      newAuthorizationRules,
      { ...authorization, label: '', adaccount_id: 'A 1' },
    ],
    ['a channel', newChannel, newChannelRules, channel],
    ['no events', newChannel, newChannelRules, { ...channel, events: [] }],
    [
      'an invalid port, recipient and sender',
      newChannel,
      newChannelRules,
      {
        ...channel,
        configuration: { ...channel.configuration, port: 0, from: 'a', to: ['b@example.com', 'c'] },
      },
    ],
    ['no recipient', newChannel, newChannelRules, { ...channel, configuration: { ...channel.configuration, to: [] } }],
    ['nothing kept', settingSections.retention, retentionRules, { runs_days: 0, audit_days: 3651 }],
    ['relative folders', settingSections.files, filesRules, { roots: ['/exports', 'exports'], url_roots: [] }],
    [
      'too many hosts',
      settingSections.network,
      networkRules,
      { internal_hosts: Array.from({ length: 201 }, (_, host) => `10.0.0.${host}`) },
    ],
  ])('%s', (_, schema, rules, body) => {
    const found = Object.entries(findProblems(rules, body)).map(([path, problem]) => [path, inEnglish(problem)]);
    expect(Object.fromEntries(found)).toEqual(refusals(schema, body));
  });
});

test('fields that a request leaves out are not checked', () => {
  expect(findProblems(newAuthorizationRules, { label: 'LINE', adaccount_id: undefined })).toEqual({});
});

test('a rule that is only code stays on the server', () => {
  const body = { ...user, name: 'two\nlines' };
  expect(Object.keys(refusals(newUser, body))).toEqual(['name']);
  expect(findProblems(newUserRules, body)).toEqual({});
});

test('inputs get the rules that browsers check, but not the limits of a list', () => {
  expect(attributesOf(setupRules, 'password')).toEqual({ required: true, minLength: 12, maxLength: 200 });
  expect(attributesOf(newAuthorizationRules, 'description')).toMatchObject({
    required: false,
    maxLength: 1000,
  });
  expect(attributesOf(newChannelRules, 'configuration.to')).toEqual({ required: true });
});
