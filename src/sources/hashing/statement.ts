/**
 * The statement of a scan of hashes: it judges and hashes the values of some fields, and gives each distinct outcome
 * once, with how often it occurs. Its result has one column. A row is, without spaces: the number of the field, the
 * letter of the outcome (kinds.ts), the hash of a value that has one, and `:` with the count when that is more than 1.
 */
import { MAX_VALUE_LENGTH } from '../../../packages/identifiers/src/rules.ts';
import type { SqlDialect } from './dialect.ts';
import { emailJudgement, ifaJudgement, type Judgement, phoneJudgement } from './judgement.ts';
import { Hashed } from './kinds.ts';
import type { FieldRules } from './rules.ts';

export interface OutcomesOptions {
  /**
   * A SELECT of all values: `field`, the number of the field as a text of one digit; `value`, the value as a text, or
   * NULL; and `further`, when some field is a list: 1 for a value that is not the first one of its member, or 0.
   */
  readonly values: string;
  readonly rules: readonly FieldRules[];
  /** Whether `values` has `further`. */
  readonly lists: boolean;
}

/** One column, `outcome`. */
export function selectOutcomes(sql: SqlDialect, { values, rules, lists }: OutcomesOptions): string {
  const judgements = rules.map((rule) => judgementOf(sql, rule));
  const byField = (expression: (judgement: Judgement) => string) => choose(sql, judgements.map(expression));
  const place = lists ? 'field, further' : 'field';
  const cleaned = `SELECT ${place},
    CASE WHEN value IS NULL THEN ${sql.text('')} WHEN ${sql.isAscii('value')} THEN ${sql.trim('value')} ELSE NULL END AS cleaned
    FROM ${sql.step(values, 'given')}`;
  const candidates = `SELECT ${place}, cleaned,
    CASE WHEN ${sql.system}LENGTH(cleaned) <= ${MAX_VALUE_LENGTH} THEN ${byField(({ candidate }) => candidate)} ELSE NULL END AS candidate
    FROM ${sql.step(cleaned, 'cleaned_values')}`;
  const hasDigits = judgements.some(({ digits }) => digits !== undefined);
  const normal = hasDigits
    ? normalForms(sql, judgements, candidates, place)
    : `SELECT ${place}, cleaned, candidate AS normal FROM ${sql.step(candidates, 'candidates')}`;
  const judged = `SELECT ${place}, cleaned, normal, ${byField(({ kind }) => kind)} AS kind
    FROM ${sql.step(normal, 'normal_forms')}`;
  const hashed = Object.values(Hashed).filter((kind) => kind !== Hashed.before);
  // A database may see an alias instead of a column with its name, so the new columns have new names. HASH is a
  // reserved word.
  const outcomes = `SELECT field, ${lists ? `CASE WHEN further = 1 THEN ${sql.system}UPPER(kind) ELSE kind END` : 'kind'} AS letter,
    CASE WHEN kind IN (${hashed.map((kind) => sql.text(kind)).join(', ')}) THEN ${sql.sha256('normal')}
    WHEN kind = ${sql.text(Hashed.before)} THEN cleaned ELSE ${sql.text('')} END AS digest
    FROM ${sql.step(judged, 'judged')}`;
  const counted = `${sql.selectGroups} field, letter, digest, ${sql.system}COUNT(*) AS times FROM ${sql.step(outcomes, 'outcomes')}
    GROUP BY field, letter, digest`;
  const count = `CASE WHEN times > 1 THEN ${sql.concat(sql.text(':'), sql.decimal('times'))} ELSE ${sql.text('')} END`;
  return `SELECT ${sql.concat('field', 'letter', 'digest', count)} AS outcome FROM ${sql.step(counted, 'counted')}`;
}

/** With the steps that only phones need. */
function normalForms(sql: SqlDialect, judgements: readonly Judgement[], candidates: string, place: string): string {
  const byField = (expression: (judgement: Judgement) => string) => choose(sql, judgements.map(expression));
  const digits = `SELECT ${place}, cleaned, candidate, ${byField((judgement) => judgement.digits ?? sql.text(''))} AS digits
    FROM ${sql.step(candidates, 'candidates')}`;
  return `SELECT ${place}, cleaned, digits, ${byField((judgement) => judgement.normal ?? 'candidate')} AS normal
    FROM ${sql.step(digits, 'digits_of_phones')}`;
}

function judgementOf(sql: SqlDialect, { identifierType, ...countries }: FieldRules): Judgement {
  switch (identifierType) {
    case 'email':
      return emailJudgement(sql);
    case 'phone':
      return phoneJudgement(sql, countries);
    case 'ifa':
      return ifaJudgement(sql);
  }
}

/** One expression for each field, or one for all when they are equal. */
function choose(sql: SqlDialect, expressions: readonly string[]): string {
  const [first = '', ...others] = new Set(expressions);
  if (others.length === 0) return first;
  const ways = expressions.map((expression, field) => `WHEN ${sql.text(String(field))} THEN ${expression}`);
  return `CASE field ${ways.join('\n')} END`;
}
