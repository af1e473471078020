/** What a configuration must have, and must not have, when it splits. Without Zod: the browser checks it too. */
import { issueText } from '../text/sentence.ts';
import { unknownPlacesIn, VALUE } from './split.ts';

interface BrokenRule {
  readonly path: readonly (string | number)[];
  readonly message: string;
}

interface SplitDelivery {
  readonly audience_id?: string | null;
  readonly audience_name?: string | null;
  readonly identifier_type?: string;
  readonly id_field?: string;
  readonly shares?: boolean | undefined;
}

interface SplitKeys extends SplitDelivery {
  readonly split?: { readonly column?: string; readonly name_template?: string } | null | undefined;
  readonly hash_in_database?: boolean;
  readonly siblings?: readonly SplitDelivery[];
}

const NO_VALUE = issueText`Write {value} where the name has the value of the column. Each audience needs a name of its own.`;
const UNKNOWN_PLACE = issueText`Only {value} and {name} are replaced. Remove other braces.`;
const EXISTING = issueText`A job that fills an audience for each value creates all of them. Enter a name instead of an ID.`;

/** The rules that it breaks, each at its key. It may lack fields, or hold wrong ones. */
export function brokenSplitRules(configuration: SplitKeys): BrokenRule[] {
  const { split } = configuration;
  if (typeof split !== 'object' || split === null) return [];
  const siblings = Array.isArray(configuration.siblings) ? configuration.siblings : [];
  const found: BrokenRule[] = [];
  const add = (path: BrokenRule['path'], message: string) => found.push({ path, message });
  if (configuration.audience_id) add(['audience_id'], EXISTING);
  if (configuration.audience_name) {
    add(['audience_name'], issueText`The template gives each audience its name. Leave this empty.`);
  }
  if (configuration.hash_in_database) {
    add(
      ['hash_in_database'],
      issueText`A job that fills an audience for each value reads the identifiers itself. Turn off hashing in the database.`,
    );
  }
  for (const message of templateProblems(split.name_template)) add(['split', 'name_template'], message);
  for (const [n, sibling] of siblings.entries()) {
    if (typeof sibling !== 'object' || sibling === null) continue;
    const path = ['siblings', n] as const;
    if (sibling.audience_id) add([...path, 'audience_id'], EXISTING);
    if (sibling.shares || !sibling.audience_name) continue;
    for (const message of templateProblems(sibling.audience_name)) add([...path, 'audience_name'], message);
    if (sibling.audience_name === split.name_template) {
      add(
        [...path, 'audience_name'],
        issueText`Two identifiers have the same audience. Each one needs an audience of its own.`,
      );
    }
  }
  const isIdentifier = [configuration, ...siblings].some(
    (delivery) => (delivery?.id_field ?? delivery?.identifier_type) === split.column,
  );
  if (isIdentifier) {
    add(['split', 'column'], issueText`This column has the identifiers. Choose the one that has the audiences.`);
  }
  return found;
}

const templateProblems = (template: unknown): string[] => {
  if (typeof template !== 'string') return [];
  return [
    ...(template.includes(VALUE) ? [] : [NO_VALUE]),
    ...(unknownPlacesIn(template).length > 0 ? [UNKNOWN_PLACE] : []),
  ];
};
