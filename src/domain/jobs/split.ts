/**
 * A split job fills an audience for each value of a column. Its own run sends nothing: it divides one scan among its
 * *parts*, which are jobs of their own. These are the templates of their names. Without Zod.
 */

/** `one`: a refusal stops the audience that it is about · `all`: it stops all audiences of the scan. */
export const refusalChoices = ['one', 'all'] as const;

/** In a template: where the value of the column stands. */
export const VALUE = '{value}';

/** What else a template may have: the name of the job. */
const NAME = '{name}';

/** What a template has in braces, but is no place that Lineup fills. */
export const unknownPlacesIn = (template: string): string[] =>
  (template.match(/\{[^{}]*\}/g) ?? []).filter((place) => place !== VALUE && place !== NAME);
