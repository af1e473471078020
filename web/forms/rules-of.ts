/**
 * The rules of a request, taken from the schema of its endpoint. Only modules that run when the web app is built use
 * this (`*.build.ts`): the browser gets the rules, and no schema.
 */
import type { z } from 'zod';
import { type Issue, issueSentence } from '../../src/domain/text/localized.ts';
import type { Endpoints } from '../../src/endpoints/index.ts';
import type { Limit, Rule, RulesFor } from './rule.ts';

export const rulesOf = <Key extends keyof Endpoints>(
  endpoints: { readonly [One in Key]: { readonly body: z.core.$ZodType } },
  key: Key,
): RulesFor<Key> => Object.fromEntries(find(endpoints[key].body));

type Found = [path: string, rule: Rule][];

/** A rule that is only code (a refinement) is not found: the server alone checks it. */
function find(anySchema: z.core.$ZodType, path = '', isOptional = false): Found {
  const schema = anySchema as z.core.$ZodTypes;
  const { def } = schema._zod;
  switch (def.type) {
    case 'optional':
    case 'default':
    case 'nullable':
      return find(def.innerType, path, true);
    case 'pipe':
      return find(def.in, path, isOptional);
    case 'object':
      return Object.entries(def.shape).flatMap(([key, field]) => find(field, `${path}${path && '.'}${key}`));
    case 'union':
      return def.options.flatMap((option) => find(option, path, isOptional));
    case 'array':
      return [...ruleOf(path, schema), ...find(def.element, `${path}.*`)];
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
  const least = (minimum: number): Limit => [minimum, templateOf(def, { code: 'too_small', origin, minimum })];
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
      // A moment is chosen, not typed.
      return def.pattern && def.format !== 'datetime'
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
