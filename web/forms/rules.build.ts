/**
 * The rules of the requests that forms send, taken from the schemas of their endpoints. This file runs when the web app is built
 * (vite-plugin.ts): the browser gets its result, and no schema.
 */
import type { z } from 'zod';
import { type Issue, issueSentence } from '../../src/contracts/localized.ts';
import { apiTokenEndpoints } from '../../src/endpoints/api-tokens.ts';
import { authorizationEndpoints } from '../../src/endpoints/authorizations.ts';
import { customAudienceEndpoints } from '../../src/endpoints/custom-audiences.ts';
import type { Endpoints } from '../../src/endpoints/index.ts';
import { jobEndpoints } from '../../src/endpoints/jobs.ts';
import { meEndpoints } from '../../src/endpoints/me.ts';
import { notificationChannelEndpoints } from '../../src/endpoints/notification-channels.ts';
import { settingEndpoints } from '../../src/endpoints/settings.ts';
import { signInEndpoints } from '../../src/endpoints/sign-in.ts';
import { userEndpoints } from '../../src/endpoints/users.ts';
import type { Limit, Rule, Rules } from './rule.ts';

/** A form that changes something uses the rules of its creation, and an invitation those of the setup: they are the same. */
const bodies = {
  'POST /api-tokens': apiTokenEndpoints['POST /api-tokens'].body,
  'POST /authorizations': authorizationEndpoints['POST /authorizations'].body,
  'POST /custom-audiences/lookalikes': customAudienceEndpoints['POST /custom-audiences/lookalikes'].body,
  'POST /jobs': jobEndpoints['POST /jobs'].body,
  'POST /me/password': meEndpoints['POST /me/password'].body,
  'POST /notification-channels': notificationChannelEndpoints['POST /notification-channels'].body,
  'POST /session': signInEndpoints['POST /session'].body,
  'POST /setup': signInEndpoints['POST /setup'].body,
  'POST /users': userEndpoints['POST /users'].body,
  'PUT /settings/appearance': settingEndpoints['PUT /settings/appearance'].body,
  'PUT /settings/files': settingEndpoints['PUT /settings/files'].body,
  'PUT /settings/network': settingEndpoints['PUT /settings/network'].body,
  'PUT /settings/retention': settingEndpoints['PUT /settings/retention'].body,
} satisfies Partial<Record<keyof Endpoints, z.ZodType>>;

export type FormEndpoint = keyof typeof bodies;

export const endpointRules = Object.fromEntries(
  Object.entries(bodies).map(([key, body]) => [key, Object.fromEntries(rulesOf(body))]),
) as Readonly<Record<FormEndpoint, Rules>>;

type Found = [path: string, rule: Rule][];

/** A rule that is only code (a refinement) is not found: the server alone checks it. */
function rulesOf(anySchema: z.core.$ZodType, path = '', isOptional = false): Found {
  const schema = anySchema as z.core.$ZodTypes;
  const { def } = schema._zod;
  switch (def.type) {
    case 'optional':
    case 'default':
    case 'nullable':
      return rulesOf(def.innerType, path, true);
    case 'pipe':
      return rulesOf(def.in, path, isOptional);
    case 'object':
      return Object.entries(def.shape).flatMap(([key, field]) =>
        rulesOf(field, `${path}${path && '.'}${key}`),
      );
    case 'union':
      return def.options.flatMap((option) => rulesOf(option, path, isOptional));
    case 'array':
      return [...ruleOf(path, schema), ...rulesOf(def.element, `${path}.*`)];
    case 'string':
      return ruleOf(path, schema, isOptional ? {} : { required: messageForEmpty(schema) });
    case 'number':
      return ruleOf(path, schema);
    default:
      return [];
  }
}

function ruleOf(path: string, schema: z.core.$ZodTypes, begun: Rule = {}): Found {
  const { def } = schema._zod;
  // An e-mail address is a schema and its own first check.
  const checks = [...('check' in def ? [schema] : []), ...(def.checks ?? [])] as z.core.$ZodChecks[];
  const rule: Rule = Object.assign({}, begun, ...checks.map((check) => partOf(check, def.type)));
  return Object.keys(rule).length > 0 ? [[path, rule]] : [];
}

function partOf({ _zod: { def } }: z.core.$ZodChecks, origin: string): Rule {
  const least = (minimum: number): Limit => [
    minimum,
    templateOf(def, { code: 'too_small', origin, minimum }),
  ];
  const most = (maximum: number): Limit => [maximum, templateOf(def, { code: 'too_big', origin, maximum })];
  switch (def.check) {
    case 'overwrite':
      return def.tx(' ') === '' ? { trim: true } : {};
    case 'min_length':
      // A text that may not be empty is `required`.
      return def.minimum === 1 && origin === 'string' ? {} : { minLength: least(def.minimum) };
    case 'max_length':
      return { maxLength: most(def.maximum) };
    case 'greater_than':
      return { min: least(Number(def.value)) };
    case 'less_than':
      return { max: most(Number(def.value)) };
    case 'string_format':
      return def.pattern
        ? { pattern: [def.pattern.source, templateOf(def, { code: 'invalid_format', origin })] }
        : {};
    default:
      return {};
  }
}

/** The template of the sentence that the server sends for an issue. Its only value is the limit. */
function templateOf(def: z.core.$ZodCheckDef, issue: Omit<Issue, 'message'>): string {
  const own = def.error?.(issue as never);
  const message = (typeof own === 'string' ? own : own?.message) ?? 'Invalid input';
  return templateOfSentence(issueSentence({ ...issue, message }));
}

/** Some schemas take an empty text: there the form asks for it all the same, as the request needs the field. */
function messageForEmpty(schema: z.core.$ZodType): string {
  const [issue] = (schema as z.ZodString).safeParse('').error?.issues ?? [];
  return issue ? templateOfSentence(issueSentence(issue)) : 'This is required.';
}

function templateOfSentence(found: ReturnType<typeof issueSentence>): string {
  if ('template' in found) return found.template;
  throw new Error('A rule of a form needs a single sentence.');
}
