/**
 * The identifier rules (packages/identifiers/src/normalize.ts) as SQL, for values of ASCII characters. Each step gives
 * an expression over columns of the steps before it (statement.ts). They serve every destination, because rules differ
 * only in columns that are sent raw, and those are never hashed here.
 */
import type { NumberPatterns } from '../../../packages/identifiers/src/phone-classes/class-patterns.ts';
import {
  HASH_OF_EMPTY,
  MAX_EMAIL_LENGTH,
  MAX_PHONE_DIGITS,
  MAX_VALUE_LENGTH,
  MIN_PHONE_DIGITS,
} from '../../../packages/identifiers/src/rules.ts';
import type { SqlDialect } from './dialect.ts';
import { Hashed, Skipped } from './kinds.ts';
import type { FieldRules } from './rules.ts';

/** The steps of the values of one field. */
export interface Judgement {
  /** From `cleaned`, the text without white space around it: what may be the identifier. */
  readonly candidate: string;
  /** From `candidate`: its digits. Only of phones. */
  readonly digits?: string;
  /** From `candidate` and `digits`: the form that is hashed. Only of phones; of others it is the candidate. */
  readonly normal?: string;
  /** From `cleaned`, `digits` and `normal`: the letter of the outcome. */
  readonly kind: string;
}

/** The characters of an address, and of a label of its domain. Without capital letters, because it is in lower case. */
const IN_ADDRESS = "[-!#-'*+.-9=?^-~]";
const IN_LABEL = "[-!#-'*+/-9=?^-~]";
const IN_LABEL_NO_DIGIT = "[-!#-'*+/=?^-~]";
const EMAIL = `^${IN_ADDRESS}+@(${IN_LABEL}+[.])+${IN_LABEL}*${IN_LABEL_NO_DIGIT}${IN_LABEL}*$`;

export function emailJudgement(sql: SqlDialect): Judgement {
  const lower = `${sql.system}LOWER(cleaned)`;
  const prefix = 'mailto:';
  return {
    candidate: `CASE WHEN ${sql.position(prefix, lower)} = 1
      THEN ${sql.trim(`${sql.system}SUBSTR(${lower}, ${prefix.length + 1})`)} ELSE ${lower} END`,
    kind: afterCommonRules(
      sql,
      Skipped.tooLong,
      `CASE WHEN ${sql.system}LENGTH(normal) > ${MAX_EMAIL_LENGTH} THEN ${sql.text(Skipped.tooLong)}
      WHEN ${sql.matches('normal', EMAIL)} THEN ${sql.text(Hashed.plain)}
      ELSE ${sql.text(Skipped.notAnEmail)} END`,
    ),
  };
}

const IFA = '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$';

export function ifaJudgement(sql: SqlDialect): Judgement {
  return {
    candidate: `${sql.system}LOWER(cleaned)`,
    kind: afterCommonRules(
      sql,
      Skipped.notAnIfa,
      `CASE WHEN ${sql.system}LENGTH(normal) <> 36 THEN ${sql.text(Skipped.notAnIfa)}
      WHEN ${sql.matches('normal', IFA)} THEN
        CASE WHEN ${sql.matches('normal', '^[-0]*$')} THEN ${sql.text(Skipped.optedOut)} ELSE ${sql.text(Hashed.plain)} END
      ELSE ${sql.text(Skipped.notAnIfa)} END`,
    ),
  };
}

const WITH_EXPONENT = '^[-+]?([0-9]+([.,][0-9]*)?|[.,][0-9]+)e[-+]?[0-9]+$';
const WITH_FRACTION = '^[+]?[0-9]+[.]0+$';
const ONE_DIGIT_REPEATED = `^(${Array.from({ length: 10 }, (_, digit) => `${digit}*`).join('|')})$`;

export function phoneJudgement(
  sql: SqlDialect,
  { patterns, presumed }: Pick<FieldRules, 'patterns' | 'presumed'>,
): Judgement {
  const dot = sql.position('.', 'cleaned');
  const isRepaired = `${dot} > 0 AND ${sql.matches('cleaned', WITH_FRACTION)}`;
  const isRepeated = (digits: string) => sql.matches(digits, ONE_DIGIT_REPEATED);
  const lower = `${sql.system}LOWER(cleaned)`;
  const lacksCode = presumed && lacksCallingCode(sql, presumed);
  const letterOf = (withZero: string, national: string, other: string) =>
    `CASE WHEN ${sql.system}SUBSTR(normal, 1, 1) = ${sql.text('0')} THEN ${sql.text(withZero)}${
      lacksCode ? ` WHEN ${lacksCode} THEN ${sql.text(national)}` : ''
    } ELSE ${sql.text(other)} END`;
  return {
    candidate: `CASE WHEN ${isRepaired} THEN ${sql.system}SUBSTR(cleaned, 1, ${dot} - 1)
      WHEN ${sql.position('(0)', 'cleaned')} > 0 AND ${sql.position('+', 'cleaned')} > 0 THEN ${withoutTrunkZero(sql)}
      ELSE cleaned END`,
    digits: sql.digitsOf('candidate'),
    normal: patterns ? international(sql, patterns) : 'digits',
    kind: afterCommonRules(
      sql,
      Skipped.notAPhone,
      `CASE WHEN ${sql.position('e', lower)} > 0 AND ${sql.matches(lower, WITH_EXPONENT)} THEN ${sql.text(Skipped.digitsLost)}
      WHEN ${isRepeated('digits')} THEN ${sql.text(Skipped.notAPhone)}
      WHEN normal IS NULL THEN ${sql.text(Skipped.notHashed)}
      WHEN ${sql.system}LENGTH(normal) < ${MIN_PHONE_DIGITS} OR ${sql.system}LENGTH(normal) > ${MAX_PHONE_DIGITS} THEN ${sql.text(Skipped.notAPhone)}
      ${patterns ? `WHEN ${isRepeated('normal')} THEN ${sql.text(Skipped.notAPhone)}` : ''}
      WHEN ${isRepaired} THEN ${letterOf(Hashed.repairedLeadingZero, Hashed.repairedLooksNational, Hashed.repaired)}
      ELSE ${letterOf(Hashed.leadingZero, Hashed.looksNational, Hashed.plain)} END`,
    ),
  };
}

/** `+81 (0)90…`: the first `(0)` behind the first `+` goes, if a digit stands between them. */
function withoutTrunkZero(sql: SqlDialect): string {
  const plus = sql.position('+', 'cleaned');
  const rest = `${sql.system}SUBSTR(cleaned, ${plus})`;
  const zero = sql.position('(0)', rest);
  const without = sql.concat(
    `${sql.system}SUBSTR(cleaned, 1, ${plus} + ${zero} - 2)`,
    `${sql.system}SUBSTR(cleaned, ${plus} + ${zero} + 2)`,
  );
  // Two steps, because a database may compute both sides of an AND, and a text has no negative length.
  return `CASE WHEN ${zero} = 0 THEN cleaned
    WHEN ${sql.matches(`${sql.system}SUBSTR(${rest}, 1, ${zero} - 1)`, '[0-9]')} THEN ${without} ELSE cleaned END`;
}

/** Whether the calling code would come before the digits, and make them a number. Undefined: it never would. */
function lacksCallingCode(sql: SqlDialect, { callingCode, replaced }: NumberPatterns): string | undefined {
  const pattern = replaced.get(0);
  if (pattern === undefined) return undefined;
  const fits = `${sql.system}LENGTH(digits) <= ${MAX_PHONE_DIGITS - callingCode.length}`;
  return `${sql.position('+', 'cleaned')} = 0 AND ${fits} AND ${sql.matches('digits', `^(${pattern})$`)}`;
}

/** NULL: only libphonenumber knows. Empty: no phone number. */
function international(sql: SqlDialect, { callingCode, replaced, notAPhone, ownDigits }: NumberPatterns): string {
  const whole = (pattern: string) => sql.matches('digits', `^(${pattern})$`);
  const ways = [...replaced].map(([dropped, pattern]) => {
    const rest = dropped === 0 ? 'digits' : `${sql.system}SUBSTR(digits, ${dropped + 1})`;
    return `WHEN ${whole(pattern)} THEN ${sql.concat(sql.text(callingCode), rest)}`;
  });
  // In this order: a pattern may match what one before it has taken.
  if (notAPhone !== undefined) ways.push(`WHEN ${whole(notAPhone)} THEN ${sql.text('')}`);
  if (ownDigits !== undefined) ways.push(`WHEN ${whole(ownDigits)} THEN digits`);
  return `CASE WHEN ${sql.position('+', 'candidate')} > 0 THEN digits ${ways.join('\n      ')} ELSE NULL END`;
}

const HASH = '^[0-9a-fA-F]{64}$';

/**
 * What is the same for all types, before `otherwise`.
 * @param tooLong the outcome of a value that is too long to be examined
 */
function afterCommonRules(sql: SqlDialect, tooLong: string, otherwise: string): string {
  return `CASE WHEN cleaned IS NULL THEN ${sql.text(Skipped.notHashed)}
      WHEN ${sql.system}LENGTH(cleaned) = 0 THEN ${sql.text(Skipped.missing)}
      WHEN ${sql.system}LENGTH(cleaned) > ${MAX_VALUE_LENGTH} THEN ${sql.text(tooLong)}
      WHEN ${sql.system}LENGTH(cleaned) = 64 AND ${sql.matches('cleaned', HASH)} THEN
        CASE WHEN ${sql.system}LOWER(cleaned) = ${sql.text(HASH_OF_EMPTY)} THEN ${sql.text(Skipped.hashOfEmpty)} ELSE ${sql.text(Hashed.before)} END
      ELSE ${otherwise} END`;
}
