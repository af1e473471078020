/** What the destination of a job does not take of its configuration. The schema knows only what all have in common. */
import { kindOf, mayShare } from '../destinations/index.ts';
import type { DestinationTraits } from '../destinations/traits.ts';
import type { FieldError } from '../errors/errors.ts';
import { fieldError } from '../text/localized.ts';
import { listed, type Sentence, sentence } from '../text/sentence.ts';
import { type Delivery, deliveriesIn, pathOfDelivery } from './audiences.ts';
import type { JobConfiguration } from './configuration.ts';

/** Each problem at its key. */
export function destinationProblems(
  traits: Pick<DestinationTraits, 'label' | 'identifiers' | 'name' | 'sharing' | 'leaving'>,
  configuration: JobConfiguration,
): FieldError[] {
  const { label, name } = traits;
  const { identifier_type: first } = configuration;
  const ofDeliveries = deliveriesIn(configuration).flatMap((delivery, n) => {
    const { identifier_type, audience_name, shares } = delivery;
    const path = pathOfDelivery(n);
    const found = identifierProblems(traits, delivery, path);
    if ([...(audience_name ?? '')].length > name.maxLength) {
      found.push(fieldError(`${path}.audience_name`, sentence`Use at most ${name.maxLength} characters.`));
    }
    if (shares && !mayShare(traits, first, identifier_type)) {
      found.push(
        fieldError(
          `${path}.shares`,
          sentence`${label} does not take identifiers of the types ${first} and ${identifier_type} in one audience. Give this identifier an audience of its own.`,
        ),
      );
    }
    return found;
  });
  return [...ofDeliveries, ...memberDaysProblems(traits, configuration)];
}

function identifierProblems(
  { label, identifiers }: Pick<DestinationTraits, 'label' | 'identifiers'>,
  { identifier_type, ifa_format, ifa_kind }: Delivery,
  path: string,
): FieldError[] {
  const identifier = identifiers[identifier_type];
  if (!identifier)
    return [fieldError(`${path}.identifier_type`, sentence`${label} does not take this type of identifier.`)];
  if (identifier_type !== 'ifa') return [];
  const found: FieldError[] = [];
  const isHashed = ifa_format !== 'raw';
  if (!identifier.sent.includes(isHashed ? 'hashed' : 'raw')) {
    found.push(
      fieldError(
        `${path}.ifa_format`,
        isHashed
          ? sentence`${label} takes advertising IDs only as they are. Choose the format “raw”.`
          : sentence`${label} takes advertising IDs only as hashes. Choose the format “sha256”.`,
      ),
    );
  }
  const kinds = identifier.kinds ?? [];
  if (kinds.length > 0 && kindOf(identifier, ifa_kind) === undefined) {
    found.push(
      fieldError(
        `${path}.ifa_kind`,
        sentence`${label} must know what the advertising IDs are. Choose ${listed(kinds)}: a field with both needs one export for each.`,
      ),
    );
  }
  if (kinds.length === 0 && ifa_kind !== undefined) {
    found.push(
      fieldError(
        `${path}.ifa_kind`,
        sentence`${label} does not tell kinds of advertising IDs apart. Leave this empty.`,
      ),
    );
  }
  return found;
}

function memberDaysProblems(
  { label, leaving }: Pick<DestinationTraits, 'label' | 'leaving'>,
  { member_days: days }: JobConfiguration,
): FieldError[] {
  const problem = (text: Sentence) => [fieldError('configuration.member_days', text)];
  if (leaving.by !== 'age') {
    return days === undefined ? [] : problem(sentence`At ${label}, members do not leave by age. Leave this empty.`);
  }
  const [least, most] = leaving.days;
  if (days !== undefined && days >= least && days <= most) return [];
  return problem(sentence`Enter after how many days members leave the audience: ${least} to ${most}.`);
}
