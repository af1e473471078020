/** What the destination of a job does not take of its configuration. The schema knows only what all have in common. */
import { mayShare } from '../destinations/index.ts';
import type { DestinationTraits } from '../destinations/traits.ts';
import type { FieldError } from '../errors/errors.ts';
import { fieldError } from '../text/localized.ts';
import { sentence } from '../text/sentence.ts';
import { deliveriesIn, pathOfDelivery } from './audiences.ts';
import type { JobConfiguration } from './configuration.ts';

/** Each problem at its key. */
export function destinationProblems(
  traits: Pick<DestinationTraits, 'label' | 'identifiers' | 'name' | 'sharing'>,
  configuration: JobConfiguration,
): FieldError[] {
  const { label, identifiers, name } = traits;
  const { identifier_type: first } = configuration;
  return deliveriesIn(configuration).flatMap(({ identifier_type, ifa_format, audience_name, shares }, n) => {
    const path = pathOfDelivery(n);
    const found: FieldError[] = [];
    const identifier = identifiers[identifier_type];
    const sentAs = identifier_type === 'ifa' && ifa_format === 'raw' ? 'raw' : 'hashed';
    if (!identifier) {
      found.push(fieldError(`${path}.identifier_type`, sentence`${label} does not take this type of identifier.`));
    } else if (identifier_type === 'ifa' && !identifier.sent.includes(sentAs)) {
      found.push(fieldError(`${path}.ifa_format`, sentence`${label} does not take advertising IDs in this format.`));
    }
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
}
