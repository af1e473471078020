/** What is wrong with the export form beyond the rules of single fields: what one field requires of another. */
import { brokenJobRules, type JobConfiguration } from '../../../src/domain/jobs/configuration.ts';
import { brokenSplitRules } from '../../../src/domain/jobs/split-rules.ts';
import { asSentence, type Sentence, sentence } from '../../../src/domain/text/sentence.ts';
import type { Key } from '../../i18n/messages.ts';
import { choiceOf, type OwnAudience } from './own-audience.ts';
import { inputOf } from './request.ts';
import { audienceOf } from './siblings/values.ts';
import type { ExportValues } from './values.ts';

/** What the form says itself: a percentage is another number in the request, for example. */
const ownTexts: readonly (readonly [path: string, text: Key])[] = [
  ['configuration.adaccount_id', 'form.adaccount_id.wrong'],
  ['configuration.max_shrink', 'form.max_shrink.wrong'],
];

const namesIn = ({ audience_name, siblings }: JobConfiguration): [path: string, name: string | null][] => [
  ['configuration.audience_name', audience_name],
  ...siblings.map((sibling, n): [string, string | null] => [
    `configuration.siblings.${n}.audience_name`,
    sibling.audience_name,
  ]),
];

const isTooLong = (name: string | null, { max_name_length }: ExportValues): boolean =>
  [...(name ?? '')].length > max_name_length;

/** As the service says it. */
const tooLong = ({ max_name_length }: ExportValues): Sentence => sentence`Use at most ${max_name_length} characters.`;

/** By the API's paths. @param broken the rules of single fields that the values break */
export function problemsOf(
  values: ExportValues,
  own: OwnAudience | null,
  broken: Readonly<Record<string, Sentence>>,
): Readonly<Record<string, Key | Sentence>> {
  const { configuration } = inputOf(values, '', own);
  const choice = own && choiceOf(values, own);
  const found: Record<string, Key | Sentence> = {};
  for (const { path, message } of [...brokenJobRules(configuration), ...brokenSplitRules(configuration)]) {
    const key = path.join('.');
    // The choice of an audience has its own problems.
    if (key !== 'audience_name' || own === null || choice === 'another')
      found[`configuration.${key}`] = asSentence(message);
  }
  for (const [path, text] of ownTexts) if (broken[path]) found[path] = text;
  for (const [path, name] of namesIn(configuration)) if (isTooLong(name, values)) found[path] = tooLong(values);
  // The API would take the name of the identifier type.
  if (configuration.id_field === '') found['configuration.id_field'] = 'form.id_field.missing';

  if (configuration.split?.column === '') found['configuration.split.column'] = 'form.required';
  if (configuration.split?.name_template === '') found['configuration.split.name_template'] = 'form.required';

  if (choice === '') found.another_audience = 'form.audience.undecided';
  if (choice === 'keep' && !configuration.audience_id && !configuration.audience_name)
    found['configuration.audience_name'] = 'form.required';
  if (choice === 'existing' && !configuration.audience_id)
    found['configuration.audience_id'] = 'form.segment_id.missing';

  for (const [index, sibling] of values.configuration.siblings.entries()) {
    const at = (key: keyof JobConfiguration['siblings'][number]) => `configuration.siblings.${index}.${key}`;
    const sent = configuration.siblings[index];
    if (sent?.id_field === '') found[at('id_field')] = 'form.id_field.missing';
    if (audienceOf(sibling, values) === 'existing' && !sent?.audience_id) {
      // Its form has no name then.
      delete found[at('audience_name')];
      found[at('audience_id')] = 'form.segment_id.missing';
    }
  }
  return found;
}
